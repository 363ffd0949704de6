/**
 * When a cost is worth a finding. Every threshold of the diagnosis that is about *how much* stands here, so that silence
 * has one definition: a healthy system's requests also spend their time somewhere, and that is no bottleneck.
 */

/** Below this, a user does not feel it and noise on a shared machine makes it. */
export const materialMs = 50;
/** Below this, fixing it changes little. */
export const materialShare = 0.15;
/**
 * For claims without a resource to back them ("the service itself takes long"), and for all that only a duration speaks
 * for while the machine lacks CPU, both are stricter.
 */
export const unbackedMs = 100;
export const unbackedShare = 0.35;

export interface Cost {
  readonly shareOfP95: number;
  readonly p95Ms: number;
}

export function isMaterial(cost: Cost): boolean {
  return cost.p95Ms >= materialMs && cost.shareOfP95 >= materialShare;
}

export function isMaterialUnbacked(cost: Cost): boolean {
  return cost.p95Ms >= unbackedMs && cost.shareOfP95 >= unbackedShare;
}

/** Fewer slow requests than this cannot carry a statement about the slow ones. */
export const enoughSlowRequests = 5;
/** Fewer requests than this make a rough p95. */
export const enoughRequests = 60;
