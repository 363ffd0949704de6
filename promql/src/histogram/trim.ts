import { compact } from "./accumulator.js";
import { usesCustomBuckets } from "./bounds.js";
import { type BucketTable, bucketTable } from "./buckets.js";
import type { FloatHistogram } from "./float-histogram.js";
import { fractionBelow } from "./statistics.js";

interface Kept {
  readonly count: number;
  /** Where the kept observations are taken to lie, for the sum. */
  readonly middle: number;
}

const NOTHING: Kept = { count: 0, middle: 0 };

interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** `h </ limit` keeps the observations below the limit, `h >/ limit` those above; sum and count are estimated anew. */
export function trim(h: FloatHistogram, limit: number, keepsLower: boolean): FloatHistogram {
  const table = bucketTable(h, false);
  const isCustom = usesCustomBuckets(h);
  const firstPositive = table.counts.length - h.positiveBuckets.length;
  const keptOf = (at: number): Kept => keep(bucketAt(table, at), limit, keepsLower, at >= firstPositive, isCustom);
  const sums = { count: 0, sum: 0, isTrimmed: false };
  const positiveBuckets = h.positiveBuckets.map((count, i) => tally(sums, count, () => keptOf(firstPositive + i)));
  // The table lists negative buckets from the lowest on, the histogram from zero on.
  const last = h.negativeBuckets.length - 1;
  const negativeBuckets = h.negativeBuckets.map((count, i) => tally(sums, count, () => keptOf(last - i)));
  let { zeroCount } = h;
  if (zeroCount > 0) zeroCount = tally(sums, zeroCount, () => keepOfZero(h, limit, keepsLower));
  if (!sums.isTrimmed) return h;
  return compact({ ...h, count: sums.count, sum: sums.sum, zeroCount, positiveBuckets, negativeBuckets });
}

function bucketAt({ lower, upper, counts }: BucketTable, at: number): Bucket {
  return { lower: lower[at]!, upper: upper[at]!, count: counts[at]! };
}

function tally(sums: { count: number; sum: number; isTrimmed: boolean }, count: number, keptOf: () => Kept): number {
  if (count === 0) return 0;
  const kept = keptOf();
  sums.count += kept.count;
  sums.sum += kept.middle * kept.count;
  if (kept.count !== count) sums.isTrimmed = true;
  return kept.count;
}

function keep(bucket: Bucket, limit: number, keepsLower: boolean, isPositive: boolean, isCustom: boolean): Kept {
  const { lower, upper, count } = bucket;
  if (keepsLower ? upper <= limit : lower >= limit) {
    return { count, middle: middleOf(lower, upper, isPositive, isCustom) };
  }
  if (!(keepsLower ? lower < limit : upper > limit)) return NOTHING;
  if (lower === -Infinity || upper === Infinity) return keepOfInfinite(bucket, limit, keepsLower);
  const below = count * fractionBelow(lower, upper, limit, isCustom);
  if (keepsLower) return { count: below, middle: middleOf(lower, limit, isPositive, isCustom) };
  return { count: count - below, middle: middleOf(limit, upper, isPositive, isCustom) };
}

/** A bucket of infinite width has no inner distribution: it goes to one side whole, unless it may begin at zero. */
function keepOfInfinite({ lower, upper, count }: Bucket, limit: number, keepsLower: boolean): Kept {
  const finite = (bound: number): number => (Number.isFinite(bound) ? bound : 0);
  if (lower !== -Infinity) {
    return !keepsLower && limit >= lower ? { count, middle: limit } : { count: 0, middle: finite(lower) };
  }
  if (keepsLower) {
    if (limit > 0 && upper > 0 && upper !== Infinity) return { count: (count * limit) / upper, middle: limit / 2 };
    return upper <= 0 ? { count, middle: limit } : { count: 0, middle: finite(upper) };
  }
  if (limit >= 0 && upper > limit && upper !== Infinity) {
    return { count: count * (1 - limit / upper), middle: (limit + upper) / 2 };
  }
  return { count: 0, middle: finite(upper) };
}

function keepOfZero(h: FloatHistogram, limit: number, keepsLower: boolean): Kept {
  const hasNegative = h.negativeBuckets.some((count) => count !== 0);
  const hasPositive = h.positiveBuckets.some((count) => count !== 0);
  const lower = hasPositive && !hasNegative ? 0 : -h.zeroThreshold;
  const upper = hasNegative && !hasPositive ? 0 : h.zeroThreshold;
  const { zeroCount } = h;
  // In this order: of a zero bucket without width, a limit of zero leaves nothing below and all above.
  if (keepsLower && limit <= lower) return NOTHING;
  if (keepsLower ? limit >= upper : limit <= lower) return { count: zeroCount, middle: (lower + upper) / 2 };
  if (!keepsLower && limit >= upper) return NOTHING;
  const [from, to] = keepsLower ? [lower, limit] : [limit, upper];
  return { count: zeroCount * ((to - from) / (upper - lower)), middle: (from + to) / 2 };
}

function middleOf(lower: number, upper: number, isPositive: boolean, isLinear: boolean): number {
  if (!Number.isFinite(lower)) {
    if (!Number.isFinite(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (!Number.isFinite(upper)) return lower;
  if (isLinear) return (lower + upper) / 2;
  const middle = Math.sqrt(Math.abs(lower * upper));
  return isPositive ? middle : -middle;
}
