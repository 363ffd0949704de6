import { mean, quantile } from "../numbers.js";
import { type OwnTime, replay } from "../trace/replay.js";
import type { SpanNode } from "../trace/span-node.js";
import type { Focus, Request } from "./requests.js";

/** What a hop between neighbours costs. */
export const quickHopUs = 1000;

/** How much of a span's own microseconds on the critical path a finding claims; 0 for spans it is not about. */
export type Claim = (node: SpanNode, ownUs: number) => number;

function claimedUs(request: Request, claim: Claim): number {
  let total = 0;
  for (const { node, startUs, endUs } of request.path) total += claim(node, endUs - startUs);
  return total;
}

/** Mean share of the slow requests' critical paths; every slow request counts the same, however long it took. */
export function costOf(focus: Focus, claim: Claim): { shareOfP95: number; p95Ms: number } {
  const shareOfP95 = shareOf(focus.slow, claim);
  return { shareOfP95, p95Ms: shareOfP95 * focus.p95Ms };
}

export function shareOf(requests: readonly Request[], claim: Claim): number {
  return mean(requests.map((request) => (request.durationUs > 0 ? claimedUs(request, claim) / request.durationUs : 0)));
}

/** What the p95 would have been, were spans to spend the given time of their own. */
export function predictP95Ms(focus: Focus, ownTime: OwnTime): number {
  return (
    quantile(
      focus.sample.map((request) => replay(request.tree, ownTime)),
      0.95,
    ) / 1000
  );
}

/** Up to three slow requests that show the claim: the largest claim first. */
export function exemplars(focus: Focus, claim: Claim): string[] {
  return focus.slow
    .map((request) => ({ id: request.tree.traceId, us: claimedUs(request, claim) }))
    .filter(({ us }) => us > 0)
    .sort((a, b) => b.us - a.us || (a.id < b.id ? -1 : 1))
    .slice(0, 3)
    .map(({ id }) => id);
}
