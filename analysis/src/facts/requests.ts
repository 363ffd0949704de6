import { groupBy } from "../group.js";
import type { OperationSummary, Trace } from "../model.js";
import { mean, quantile } from "../numbers.js";
import { criticalPath, type Segment } from "../trace/critical-path.js";
import { buildTree, type TraceTree } from "../trace/tree.js";

/** One request as the first service saw it. */
export interface Request {
  readonly tree: TraceTree;
  readonly service: string;
  readonly operation: string;
  readonly durationUs: number;
  readonly error: boolean;
  readonly path: readonly Segment[];
  /** Fetched because it is slow: no percentile is made from it. */
  readonly extra: boolean;
}

/** The requests that the diagnosis is about: those of the operation that costs its callers most, and others like it. */
export interface Focus {
  readonly service: string;
  readonly operations: readonly string[];
  /** A fair sample; percentiles come from it. */
  readonly sample: readonly Request[];
  /** At or above the 90th percentile: "the slow requests". */
  readonly slow: readonly Request[];
  /** Between the quartiles. */
  readonly typical: readonly Request[];
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export function buildRequests(traces: readonly Trace[], rootService: string): Request[] {
  const requests: Request[] = [];
  for (const trace of traces) {
    const tree = buildTree(trace, rootService);
    if (tree === null) continue;
    const { root } = tree;
    requests.push({
      tree,
      service: root.span.service,
      operation: root.span.name,
      durationUs: root.endUs - root.startUs,
      error: root.span.error,
      path: criticalPath(tree),
      extra: trace.extra === true,
    });
  }
  return requests;
}

/** The service whose server spans most traces begin with. Null when no trace begins with one. */
export function findRootService(traces: readonly Trace[]): string | null {
  const votes = new Map<string, number>();
  for (const trace of traces) {
    const root = buildTree(trace)?.root.span;
    if (root?.kind === "server") votes.set(root.service, (votes.get(root.service) ?? 0) + 1);
  }
  const ranked = [...votes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return ranked[0]?.[0] ?? null;
}

interface Operation {
  readonly name: string;
  readonly requests: Request[];
  readonly p95Us: number;
  /** Time spent in the operation's slow requests: how much of everybody's waiting it is. */
  readonly slowUs: number;
}

/** Operations within this factor of the worst one's p95 are looked at together with it. */
const similarP95 = 0.5;

/**
 * Mixing a 10 ms listing with a 600 ms checkout makes a p95 that is neither's. So the diagnosis is about the operation
 * whose slow requests take most time in sum, with the operations that are about as slow.
 */
export function chooseFocus(requests: readonly Request[]): Focus | null {
  const operations = groupOperations(requests);
  const main = operations.reduce<Operation | null>((a, b) => (a === null || b.slowUs > a.slowUs ? b : a), null);
  if (main === null) return null;
  const chosen = operations.filter((operation) => operation.p95Us >= similarP95 * main.p95Us);
  chosen.sort((a, b) => (a === main ? -1 : b === main ? 1 : b.slowUs - a.slowUs));
  const population = chosen.flatMap((operation) => operation.requests);
  const sample = population.filter((request) => !request.extra);
  const durations = sample.map((request) => request.durationUs);
  const [p25, p50, p75, p90, p95] = [0.25, 0.5, 0.75, 0.9, 0.95].map((q) => quantile(durations, q));
  return {
    service: main.requests[0]?.service ?? "",
    operations: chosen.map((operation) => operation.name),
    sample,
    slow: population.filter((request) => request.durationUs >= (p90 ?? 0)),
    typical: sample.filter((request) => request.durationUs >= (p25 ?? 0) && request.durationUs <= (p75 ?? 0)),
    p50Ms: (p50 ?? 0) / 1000,
    p95Ms: (p95 ?? 0) / 1000,
  };
}

function groupOperations(requests: readonly Request[]): Operation[] {
  const operations: Operation[] = [];
  for (const [name, group] of groupBy(requests, (request) => request.operation)) {
    const durations = group.filter((request) => !request.extra).map((request) => request.durationUs);
    if (durations.length === 0) continue;
    const p90 = quantile(durations, 0.9);
    const slow = durations.filter((duration) => duration >= p90);
    operations.push({ name, requests: group, p95Us: quantile(durations, 0.95), slowUs: slow.length * mean(slow) });
  }
  return operations.sort((a, b) => b.slowUs - a.slowUs || (a.name < b.name ? -1 : 1));
}

export function summarizeOperations(requests: readonly Request[], focus: Focus | null): OperationSummary[] {
  return groupOperations(requests).map(({ name, requests: group, p95Us }) => {
    const sample = group.filter((request) => !request.extra);
    return {
      service: sample[0]?.service ?? "",
      operation: name,
      requests: sample.length,
      errors: sample.filter((request) => request.error).length,
      p50Ms:
        quantile(
          sample.map((request) => request.durationUs),
          0.5,
        ) / 1000,
      p95Ms: p95Us / 1000,
      inFocus: focus?.operations.includes(name) ?? false,
    };
  });
}
