import type { DetectorContext } from "../../detector.js";
import { categoryOf } from "../../facts/category.js";
import { type Claim, quickHopUs } from "../../facts/cost.js";
import type { EventLoop } from "../../facts/event-loops.js";
import type { SpanNode } from "../../trace/span-node.js";

/** The service's own time: its spans, while nothing below them was active. */
export function ownClaim(service: string): Claim {
  return (node, ownUs) => (node.span.service === service && categoryOf(node) === "service" ? ownUs : 0);
}

/** A distance costs every call the same; a queue does not. */
const steadyRatio = 0.5;
/** From here on there is always a queue, so that even the quick calls waited. */
export const exhaustedUtilization = 0.9;

/** How long a wait of the process takes when the loop is not in its way, in microseconds of its own. */
export type Unhindered = (node: SpanNode) => number;

/**
 * What the loop adds to a wait can only be told from waits that it added less to: the tenth quickest of the operation,
 * or, where the loop is exhausted and all have waited, the quickest. A call to a neighbour takes next to nothing, unless
 * it takes steadily long while the loop is idle at times.
 */
export function unhinderedWaits({ ownTimes }: Pick<DetectorContext, "ownTimes">, loop: EventLoop): Unhindered {
  const exhausted = (loop.utilization ?? 0) >= exhaustedUtilization;
  return (node) => {
    const { p2Us, p10Us, p90Us } = ownTimes(node);
    const quickUs = exhausted ? p2Us : p10Us;
    const isQueue = categoryOf(node) === "hop" && (exhausted || p10Us < steadyRatio * p90Us);
    return isQueue ? Math.min(quickUs, quickHopUs) : quickUs;
  };
}

/**
 * All that a busy loop costs. Besides the service's own time: calls *to* it wait until the loop accepts them, and what
 * the service waits for (a query, a connection, an answer) seems longer because the loop gets to it late. Of these only
 * the part beyond what the wait takes unhindered.
 */
export function processClaim(service: string, unhindered: Unhindered): Claim {
  const own = ownClaim(service);
  return (node, ownUs) => {
    const direct = own(node, ownUs);
    if (direct > 0) return direct;
    const category = categoryOf(node);
    const called = category === "hop" && node.callee?.span.service === service;
    if (!called && (node.span.service !== service || category === "service")) return 0;
    return Math.max(0, ownUs - unhindered(node));
  };
}
