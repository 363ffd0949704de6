import { groupBy } from "../group.js";
import { sortedQuantile } from "../numbers.js";
import type { SpanNode } from "../trace/span-node.js";
import { operationKey } from "./category.js";
import type { Request } from "./requests.js";

export interface OwnTimes {
  readonly p2Us: number;
  readonly p10Us: number;
  readonly p90Us: number;
}

/** Looks up how long operations take of their own on critical paths, over all requests. */
export function ownTimes(requests: readonly Request[]): (node: SpanNode) => OwnTimes {
  const spans: [key: string, ownUs: number][] = [];
  for (const { path } of requests) {
    const perSpan = new Map<SpanNode, number>();
    for (const { node, startUs, endUs } of path) perSpan.set(node, (perSpan.get(node) ?? 0) + endUs - startUs);
    for (const [node, us] of perSpan) spans.push([operationKey(node), us]);
  }
  const own = groupBy(spans, ([key]) => key);
  const known = new Map<string, OwnTimes>();
  return (node) => {
    const key = operationKey(node);
    const before = known.get(key);
    if (before !== undefined) return before;
    const sorted = Float64Array.from(own.get(key) ?? [], ([, us]) => us).sort();
    const times = {
      p2Us: sortedQuantile(sorted, 0.02),
      p10Us: sortedQuantile(sorted, 0.1),
      p90Us: sortedQuantile(sorted, 0.9),
    };
    known.set(key, times);
    return times;
  };
}
