/** Evidence in one unit: natural logarithms of likelihood ratios, "a fault is at work here" against "all is as before". */

const steps = 64;

/** Likelihood ratios (faulty / ordinary) of samples of one sort, taken together. */
export interface Sampled {
  readonly ratios: readonly number[];
  /** How many independent samples each is worth, 0..1. */
  readonly weight: number;
}

/**
 * Samples of one sort share what befell all of them (a busy host, a long garbage collection), so many of them are worth
 * less than their number: Kish's design effect, `n / (1 + (n - 1) correlation)`.
 */
export function correlated(ratios: readonly number[], correlation: number): Sampled {
  return { ratios, weight: 1 / (1 + (ratios.length - 1) * correlation) };
}

/**
 * Log Bayes factor of "some unknown share of these samples is faulty" against "none is". The share has a flat prior on
 * 0..1, which is Occam's razor: a hypothesis that should have touched many samples and touched few is worth less than one
 * that explains exactly what was hit.
 */
export function mixtureEvidence(sorts: readonly Sampled[]): number {
  if (sorts.length === 0) return 0;
  const logs: number[] = [];
  for (let step = 0; step < steps; step++) {
    const share = (step + 0.5) / steps;
    let log = 0;
    for (const { ratios, weight } of sorts) {
      for (const ratio of ratios) log += weight * Math.log(1 - share + share * ratio);
    }
    logs.push(log);
  }
  return logMeanExp(logs);
}

/** The logarithm of the mean of exponentials: evidence for "one of these, and we do not know which". */
export function logMeanExp(logs: readonly number[]): number {
  const top = Math.max(...logs);
  if (!Number.isFinite(top)) return top;
  let total = 0;
  for (const log of logs) total += Math.exp(log - top);
  return top + Math.log(total / logs.length);
}
