/** What a policy, and in the end the processor, says of a trace. Numbers below 16: the decision log packs them. */
export const NOT_EVALUATED = 0;
export const SAMPLED = 1;
export const NOT_SAMPLED = 2;
export const DROPPED = 3;
export const ERROR = 4;

export type Verdict = typeof NOT_EVALUATED | typeof SAMPLED | typeof NOT_SAMPLED | typeof DROPPED | typeof ERROR;

/** Upstream's words; the first is ours. */
export const VERDICT_NAMES = ["not_evaluated", "sampled", "not_sampled", "dropped", "error"] as const;
