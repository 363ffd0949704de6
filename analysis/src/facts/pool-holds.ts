import type { SpanNode } from "../trace/span-node.js";
import type { TraceTree } from "../trace/tree.js";
import { categoryOf } from "./category.js";

/** One use of a pooled connection, as far as the traces show it. */
export interface Hold {
  /** From getting the connection to the end of the last query that may have run on it. A lower bound: releases are not traced. */
  readonly heldMs: number;
  readonly queryMs: number;
  /** What the request did meanwhile, in this service and below. */
  readonly during: readonly SpanNode[];
}

/**
 * How long a service's requests hold the connections they got. Spans don't say which connection a query ran on; within
 * one handler, what follows an acquisition up to the next one is taken to be its work.
 */
export function holdTimes(tree: TraceTree, service: string): Hold[] {
  const holds: Hold[] = [];
  for (const owner of handlers(tree, service)) {
    const events = descendantsInProcess(owner).sort((a, b) => a.startUs - b.startUs);
    const acquires = events.filter((node) => categoryOf(node) === "pool-wait");
    const queries = events.filter((node) => categoryOf(node) === "database");
    for (const [index, acquire] of acquires.entries()) {
      const until = acquires[index + 1]?.startUs ?? Number.POSITIVE_INFINITY;
      const own = queries.filter((query) => query.startUs >= acquire.endUs && query.startUs < until);
      const end = Math.max(acquire.endUs, ...own.map((query) => query.endUs));
      const queryUs = own.reduce((total, query) => total + query.endUs - query.startUs, 0);
      const during = events.filter((node) => node !== acquire && node.startUs >= acquire.endUs && node.endUs <= end);
      holds.push({ heldMs: (end - acquire.endUs) / 1000, queryMs: queryUs / 1000, during });
    }
  }
  return holds;
}

/** Where a request enters the service. */
function handlers(tree: TraceTree, service: string): SpanNode[] {
  return tree.nodes.filter(
    (node) => node.span.service === service && (node.span.kind === "server" || node === tree.root),
  );
}

function descendantsInProcess(owner: SpanNode): SpanNode[] {
  const found: SpanNode[] = [];
  const open = [...owner.children];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.span.service !== owner.span.service || node.span.kind === "server") continue;
    found.push(node);
    open.push(...node.children);
  }
  return found;
}
