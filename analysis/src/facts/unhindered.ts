import { quantile } from "../numbers.js";
import type { SpanNode } from "../trace/span-node.js";
import { operationKey } from "./category.js";
import type { Request } from "./requests.js";

/** How long an operation's own time is when nothing is in its way: the 10th percentile over all requests. */
export function unhinderedTimes(requests: readonly Request[]): (node: SpanNode) => number {
  const own = new Map<string, number[]>();
  for (const { path } of requests) {
    const perSpan = new Map<SpanNode, number>();
    for (const { node, startUs, endUs } of path) perSpan.set(node, (perSpan.get(node) ?? 0) + endUs - startUs);
    for (const [node, us] of perSpan) {
      const key = operationKey(node);
      const list = own.get(key);
      if (list === undefined) own.set(key, [us]);
      else list.push(us);
    }
  }
  const quick = new Map<string, number>();
  return (node) => {
    const key = operationKey(node);
    const known = quick.get(key);
    if (known !== undefined) return known;
    const value = quantile(own.get(key) ?? [], 0.1);
    quick.set(key, value);
    return value;
  };
}
