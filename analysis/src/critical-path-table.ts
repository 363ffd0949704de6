import { categoryOf, operationKey, operationName } from "./facts/category.js";
import type { Focus, Request } from "./facts/requests.js";
import type { CriticalPathRow } from "./model.js";
import type { SpanNode } from "./trace/span-node.js";

const shownRows = 25;

interface Tally {
  readonly node: SpanNode;
  share: number;
  us: number;
  spans: Set<SpanNode>;
}

/** Where slow requests spend their time, by operation, beside where typical requests do. Largest share first. */
export function criticalPathTable(focus: Focus): CriticalPathRow[] {
  const slow = tally(focus.slow);
  const typical = tally(focus.typical);
  const rows = [...slow].map(([key, { node, share, us, spans }]): CriticalPathRow => {
    const usual = typical.get(key);
    return {
      service: node.span.service,
      operation: operationName(node),
      kind: node.span.kind,
      category: categoryOf(node),
      selfShareOfP95: share / focus.slow.length,
      selfMsSlow: us / focus.slow.length / 1000,
      selfMsTypical: (usual?.us ?? 0) / Math.max(1, focus.typical.length) / 1000,
      perRequest: spans.size / focus.slow.length,
    };
  });
  rows.sort((a, b) => b.selfShareOfP95 - a.selfShareOfP95 || (a.operation < b.operation ? -1 : 1));
  return rows.slice(0, shownRows);
}

function tally(requests: readonly Request[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { path, durationUs } of requests) {
    for (const { node, startUs, endUs } of path) {
      const key = operationKey(node);
      const entry = tallies.get(key) ?? { node, share: 0, us: 0, spans: new Set() };
      tallies.set(key, entry);
      entry.us += endUs - startUs;
      entry.share += durationUs > 0 ? (endUs - startUs) / durationUs : 0;
      entry.spans.add(node);
    }
  }
  return tallies;
}
