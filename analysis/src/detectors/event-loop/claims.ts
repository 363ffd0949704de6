import type { DetectorContext } from "../../detector.js";
import { categoryOf } from "../../facts/category.js";
import { type Claim, quickHopUs } from "../../facts/cost.js";
import type { SpanNode } from "../../trace/span-node.js";

/** The service's own time: its spans, while nothing below them was active. */
export function ownClaim(service: string): Claim {
  return (node, ownUs) => (node.span.service === service && categoryOf(node) === "service" ? ownUs : 0);
}

/** A distance costs every call the same; a queue does not. */
const steadyRatio = 0.5;

/**
 * All that a busy loop costs. Besides the service's own time: calls *to* it wait until the loop accepts them, and what
 * the service waits for (a query, a connection, an answer) seems longer because the loop gets to it late. Of the latter
 * only the part beyond what the operation takes when unhindered; a call to a neighbour takes next to nothing then, unless
 * it takes steadily long.
 */
export function processClaim(context: Pick<DetectorContext, "ownTimes">, service: string): Claim {
  const own = ownClaim(service);
  return (node, ownUs) => {
    const direct = own(node, ownUs);
    if (direct > 0) return direct;
    const category = categoryOf(node);
    const called = category === "hop" && node.callee?.span.service === service;
    if (!called && (node.span.service !== service || category === "service")) return 0;
    return Math.max(0, ownUs - unhinderedUs(context, node));
  };
}

/** How long an operation of a service with a busy loop takes when the loop is not in its way. */
export function unhinderedUs({ ownTimes }: Pick<DetectorContext, "ownTimes">, node: SpanNode): number {
  const { p10Us, p90Us } = ownTimes(node);
  const queues = categoryOf(node) === "hop" && p10Us < steadyRatio * p90Us;
  return queues ? Math.min(p10Us, quickHopUs) : p10Us;
}
