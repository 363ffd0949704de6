import {
  buildTree,
  categoryOf,
  criticalPath,
  type Diagnosis,
  operationName,
  type SpanNode,
  type Trace,
  type TraceTree,
} from "@venturi/analysis";
import type { Exemplar, WaterfallRow } from "./load-report.js";

const exemplarsMax = 3;
const rowsMax = 60;

/** Waterfalls of the traces that show the findings; without findings, of one slow request. */
export function exemplarsOf(diagnosis: Diagnosis, traces: readonly Trace[]): Exemplar[] {
  if (diagnosis.focus === null) return [];
  const shownKinds = new Map<string, string[]>();
  for (const { kind, exemplarTraceIds } of diagnosis.findings) {
    const [traceId] = exemplarTraceIds;
    if (traceId !== undefined) shownKinds.set(traceId, [...(shownKinds.get(traceId) ?? []), kind]);
  }
  const slow = diagnosis.findings.length === 0 ? slowTrace(diagnosis, traces) : undefined;
  if (slow !== undefined) shownKinds.set(slow, []);
  const byId = new Map(traces.map((trace) => [trace.traceId, trace]));
  const { service } = diagnosis.focus;
  return [...shownKinds].slice(0, exemplarsMax).flatMap(([traceId, kinds]) => {
    const trace = byId.get(traceId);
    const tree = trace === undefined ? null : buildTree(trace, service);
    return tree === null ? [] : [waterfall(tree, kinds)];
  });
}

/** The request whose duration comes nearest to the p95. */
function slowTrace({ focus }: Diagnosis, traces: readonly Trace[]): string | undefined {
  if (focus === null) return undefined;
  let best: { id: string; distance: number } | undefined;
  for (const trace of traces) {
    const root = trace.extra === true ? undefined : buildTree(trace, focus.service)?.root;
    if (root === undefined || !focus.operations.includes(root.span.name)) continue;
    const distance = Math.abs((root.endUs - root.startUs) / 1000 - focus.p95Ms);
    if (best === undefined || distance < best.distance) best = { id: trace.traceId, distance };
  }
  return best?.id;
}

export function waterfall(tree: TraceTree, shows: readonly string[]): Exemplar {
  const { root } = tree;
  const critical = new Map<SpanNode, [number, number][]>();
  for (const { node, startUs, endUs } of criticalPath(tree)) {
    const stretches = critical.get(node) ?? [];
    stretches.push([startUs - root.startUs, endUs - root.startUs]);
    critical.set(node, stretches);
  }
  const rows: WaterfallRow[] = [];
  const visit = (node: SpanNode, depth: number): void => {
    rows.push({
      depth,
      service: node.span.service,
      name: operationName(node),
      kind: node.span.kind,
      category: categoryOf(node),
      startUs: node.startUs - root.startUs,
      durationUs: node.endUs - node.startUs,
      error: node.span.error,
      critical: critical.get(node) ?? [],
    });
    const children = [...node.children].sort((a, b) => a.startUs - b.startUs);
    for (const child of children) if (rows.length < rowsMax) visit(child, depth + 1);
  };
  visit(root, 0);
  return {
    traceId: tree.traceId,
    operation: root.span.name,
    durationUs: root.endUs - root.startUs,
    shows,
    rows,
    hiddenRows: tree.nodes.length - rows.length,
  };
}
