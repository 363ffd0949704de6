import { mean } from "../numbers.js";
import { studentTCdf, studentTQuantile } from "./student-t.js";

/** What changed from a baseline to a candidate, and how sure that is. */
export interface Change {
  /** Of a ratio: candidate divided by baseline, minus one. Of a difference: candidate minus baseline. */
  readonly change: number;
  /** The 95 % confidence interval of `change`. */
  readonly low: number;
  readonly high: number;
  /** How often a change as large would come about by chance alone. */
  readonly pValue: number;
}

/**
 * The relative change of a positive figure that was measured in rounds, each once for the baseline and once for the
 * candidate: Student's t on the logarithms of the rounds' ratios. What differs from round to round (the machine's mood,
 * how the code was compiled) is in the interval; two rounds are the least.
 */
export function pairedRatio(baseline: readonly number[], candidate: readonly number[]): Change {
  const logs = baseline.map((value, round) => Math.log((candidate[round] ?? Number.NaN) / value));
  const { change, low, high, pValue } = studentInterval(logs);
  return { change: Math.expm1(change), low: Math.expm1(low), high: Math.expm1(high), pValue };
}

/** As `pairedRatio`, of a figure that may be zero (a share of failures): the difference itself. */
export function pairedDifference(baseline: readonly number[], candidate: readonly number[]): Change {
  return studentInterval(baseline.map((value, round) => (candidate[round] ?? Number.NaN) - value));
}

function studentInterval(values: readonly number[]): Change {
  const count = values.length;
  if (count < 2) throw new RangeError(`cannot tell chance from change with ${count} rounds: at least 2 are needed`);
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (count - 1);
  const error = Math.sqrt(variance / count);
  if (error === 0) return { change: centre, low: centre, high: centre, pValue: centre === 0 ? 1 : 0 };
  const reach = studentTQuantile(0.975, count - 1) * error;
  const pValue = 2 * studentTCdf(-Math.abs(centre / error), count - 1);
  return { change: centre, low: centre - reach, high: centre + reach, pValue };
}

/**
 * Holm's step-down correction (1979): p values as they count when several things are compared at once, so that the
 * chance of any false alarm among all stays at the level.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
  const adjusted = new Array<number>(pValues.length).fill(1);
  let floor = 0;
  for (const [rank, index] of order.entries()) {
    floor = Math.min(1, Math.max(floor, (pValues[index] ?? 1) * (pValues.length - rank)));
    adjusted[index] = floor;
  }
  return adjusted;
}
