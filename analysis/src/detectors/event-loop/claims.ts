import type { DetectorContext } from "../../detector.js";
import { categoryOf } from "../../facts/category.js";
import type { Claim } from "../../facts/cost.js";

/** The service's own time: its spans, while nothing below them was active. */
export function ownClaim(service: string): Claim {
  return (node, ownUs) => (node.span.service === service && categoryOf(node) === "service" ? ownUs : 0);
}

/**
 * All that a busy loop costs. Besides the service's own time: calls *to* it wait until the loop accepts them, and what
 * the service waits for (a query, a connection, an answer) seems longer because the loop gets to it late; of the latter
 * only the part beyond what the operation takes when unhindered.
 */
export function processClaim(context: DetectorContext, service: string): Claim {
  const own = ownClaim(service);
  return (node, ownUs) => {
    const direct = own(node, ownUs);
    if (direct > 0) return direct;
    const category = categoryOf(node);
    if (category === "hop" && node.callee?.span.service === service) return ownUs;
    if (node.span.service === service && category !== "service") return Math.max(0, ownUs - context.unhinderedUs(node));
    return 0;
  };
}
