import { KahanSum } from "../kahan.js";
import { usesCustomBuckets } from "./bounds.js";
import { bucketTable } from "./buckets.js";
import type { FloatHistogram } from "./float-histogram.js";

/** What NaN observations do to a result; they are in the count, but in no bucket. */
export type NaNEffect = "result" | "skew" | undefined;

export interface Estimate {
  readonly value: number;
  readonly nanEffect: NaNEffect;
}

const exact = (value: number): Estimate => ({ value, nanEffect: undefined });

/**
 * The q-quantile. Observations are spread evenly in the zero bucket and in custom buckets, exponentially elsewhere;
 * quantiles from the median on are counted down from the highest bucket.
 */
export function histogramQuantile(q: number, h: FloatHistogram): Estimate {
  if (q < 0) return exact(-Infinity);
  if (q > 1) return exact(Infinity);
  if (h.count === 0 || Number.isNaN(q)) return exact(Number.NaN);
  const { lower: lowers, upper: uppers, counts } = bucketTable(h, true);
  const hasNaN = Number.isNaN(h.sum);
  const isForward = hasNaN || q < 0.5;
  let rank = isForward ? q * h.count : (1 - q) * h.count;
  let count = 0;
  let seen = 0;
  let at = -1;
  for (; seen < counts.length; seen++) {
    const i = isForward ? seen : counts.length - 1 - seen;
    at = i;
    if (counts[i] === 0) continue;
    count += counts[i]!;
    if (count >= rank) break;
  }
  let lower = at < 0 ? 0 : lowers[at]!;
  let upper = at < 0 ? 0 : uppers[at]!;
  const inBucket = at < 0 ? 0 : counts[at]!;
  const isCustom = usesCustomBuckets(h);
  if (!isCustom && lower < 0 && upper > 0) [lower, upper] = narrowZeroBucket(h, lower, upper);
  else if (isCustom && lower === -Infinity) {
    if (upper <= 0) return exact(upper);
    lower = 0;
  } else if (isCustom && upper === Infinity) return exact(lower);
  count = Math.min(count, h.count);
  if (count < rank) return hasNaN ? { value: Number.NaN, nanEffect: "result" } : exact(upper);
  rank = isForward ? rank - (count - inBucket) : count - rank;
  let nanEffect: NaNEffect;
  if (hasNaN) {
    for (let i = seen + 1; i < counts.length; i++) count += counts[i]!;
    if (count < h.count) nanEffect = "skew";
  }
  return { value: interpolated(lower, upper, rank / inBucket, isCustom), nanEffect };
}

/** Without negative (positive) buckets, no observation of the zero bucket is below (above) zero. */
function narrowZeroBucket(h: FloatHistogram, lower: number, upper: number): [number, number] {
  const [hasNegative, hasPositive] = [h.negativeBuckets.length > 0, h.positiveBuckets.length > 0];
  return [!hasNegative && hasPositive ? 0 : lower, !hasPositive && hasNegative ? 0 : upper];
}

function interpolated(lower: number, upper: number, fraction: number, isCustom: boolean): number {
  if (isCustom || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

/** The part of a bucket's width that lies below a value within it. */
export function fractionBelow(lower: number, upper: number, value: number, isLinear: boolean): number {
  if (isLinear) return (value - lower) / (upper - lower);
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  if (value > 0) return (logValue - logLower) / (logUpper - logLower);
  return 1 - (logValue - logUpper) / (logLower - logUpper);
}

/** The share of observations between two values; NaN observations are in no share. */
export function histogramFraction(from: number, to: number, h: FloatHistogram): Estimate {
  if (h.count === 0 || Number.isNaN(from) || Number.isNaN(to)) return exact(Number.NaN);
  if (from >= to) return exact(0);
  const { lower, upper, counts } = bucketTable(h, true);
  let limit = h.count;
  let nanEffect: NaNEffect;
  if (Number.isNaN(h.sum)) {
    limit = counts.reduce((sum, count) => sum + count, 0);
    if (limit < h.count) nanEffect = "skew";
  }
  const rankOf = (value: number): number => {
    let rank = 0;
    for (let i = 0; i < counts.length; i++) {
      let [low, high] = [lower[i]!, upper[i]!];
      const isZero = low <= 0 && high >= 0;
      if (isZero) [low, high] = narrowZeroBucket(h, low, high);
      if (low >= value) return Math.min(rank, limit);
      if (high > value) return Math.min(rankWithin(h, low, high, rank, counts[i]!, value, isZero), limit);
      rank += counts[i]!;
    }
    return limit;
  };
  return { value: (rankOf(to) - rankOf(from)) / h.count, nanEffect };
}

function rankWithin(
  h: FloatHistogram,
  low: number,
  high: number,
  rank: number,
  count: number,
  value: number,
  isZero: boolean,
): number {
  const isLinear = usesCustomBuckets(h) || isZero;
  if (isLinear && low === -Infinity) return count;
  return rank + count * fractionBelow(low, high, value, isLinear);
}

const squares = new KahanSum();

/** The variance, taking all observations of a bucket to lie at its (geometric) middle. */
export function histogramVariance(h: FloatHistogram): number {
  const mean = h.sum / h.count;
  const { lower, upper, counts } = bucketTable(h, true);
  squares.reset();
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    const delta = middleOf(h, lower[i]!, upper[i]!) - mean;
    squares.add(counts[i]! * delta * delta);
  }
  return squares.value / h.count;
}

function middleOf(h: FloatHistogram, lower: number, upper: number): number {
  if (usesCustomBuckets(h)) return (upper + lower) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  const middle = Math.sqrt(upper * lower);
  return upper < 0 ? -middle : middle;
}
