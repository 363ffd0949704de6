/** Classic histogram buckets: cumulative counts, ascending upper bounds. */
export interface Buckets {
  readonly bounds: Float64Array;
  readonly counts: Float64Array;
  length: number;
}

/** What had to be corrected to make the counts ascend. */
export interface Correction {
  forced: boolean;
  lowestBucket: number;
  highestBucket: number;
  maxDiff: number;
}

/** Below this relative difference two counts differ by floating point error, not by observations. */
const SMALL_DELTA = 1e-12;
const MIN_NORMAL = 2.2250738585072014e-308;

/** Adds the counts of buckets with the same bound. */
export function coalesce(buckets: Buckets): void {
  const { bounds, counts } = buckets;
  let last = 0;
  for (let i = 1; i < buckets.length; i++) {
    if (bounds[i] === bounds[last]) counts[last]! += counts[i]!;
    else {
      last++;
      bounds[last] = bounds[i]!;
      counts[last] = counts[i]!;
    }
  }
  buckets.length = last + 1;
}

/** Removes decreases from the counts, and differences too small to be real. */
function ensureMonotonic(buckets: Buckets, correction: Correction): void {
  const { bounds, counts } = buckets;
  correction.forced = false;
  correction.lowestBucket = Infinity;
  correction.highestBucket = -Infinity;
  correction.maxDiff = 0;
  let previous = counts[0]!;
  for (let i = 1; i < buckets.length; i++) {
    const current = counts[i]!;
    if (current === previous) continue;
    if (isAlmostEqual(previous, current, SMALL_DELTA)) {
      counts[i] = previous;
    } else if (current < previous) {
      counts[i] = previous;
      correction.forced = true;
      correction.lowestBucket = Math.min(correction.lowestBucket, bounds[i]!);
      correction.highestBucket = Math.max(correction.highestBucket, bounds[i]!);
      correction.maxDiff = Math.max(correction.maxDiff, previous - current);
    } else previous = current;
  }
}

function isAlmostEqual(a: number, b: number, epsilon: number): boolean {
  if (Number.isNaN(a) && Number.isNaN(b)) return true;
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const diff = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return diff < epsilon * MIN_NORMAL;
  return diff / Math.min(sum, Number.MAX_VALUE) < epsilon;
}

/**
 * The q-quantile, observations spread evenly within a bucket. NaN without a +Inf bucket, with fewer than two buckets
 * or without observations; the second highest bound when it falls into the +Inf bucket.
 */
export function bucketQuantile(q: number, buckets: Buckets, correction: Correction): number {
  correction.forced = false;
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const { bounds, counts } = buckets;
  if (bounds[buckets.length - 1] !== Infinity) return Number.NaN;
  coalesce(buckets);
  ensureMonotonic(buckets, correction);
  const last = buckets.length - 1;
  if (last < 1) return Number.NaN;
  const observations = counts[last]!;
  if (observations === 0) return Number.NaN;
  let rank = q * observations;
  let at = 0;
  while (at < last && !(counts[at]! >= rank)) at++;
  if (at === last) return bounds[last - 1]!;
  if (at === 0 && bounds[0]! <= 0) return bounds[0]!;
  let from = 0;
  let count = counts[at]!;
  if (at > 0) {
    from = bounds[at - 1]!;
    count -= counts[at - 1]!;
    rank -= counts[at - 1]!;
  }
  return from + (bounds[at]! - from) * (rank / count);
}

/** The share of observations between two values. */
export function bucketFraction(lower: number, upper: number, buckets: Buckets): number {
  const { bounds, counts } = buckets;
  if (bounds[buckets.length - 1] !== Infinity) return Number.NaN;
  coalesce(buckets);
  const total = counts[buckets.length - 1]!;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets, total) - rankOf(lower, buckets, total)) / total;
}

/** How many observations lie below a value. Within buckets of infinite width nothing is interpolated. */
function rankOf(value: number, buckets: Buckets, total: number): number {
  const { bounds, counts } = buckets;
  let rank = 0;
  // A positive first bound means that there are positive observations only.
  let from = bounds[0]! <= 0 ? -Infinity : 0;
  for (let i = 0; i < buckets.length; i++) {
    const to = bounds[i]!;
    const count = counts[i]!;
    if (from >= value) return Math.min(rank, total);
    if (to > value) {
      const found = from === -Infinity ? count : rank + ((count - rank) * (value - from)) / (to - from);
      return Math.min(found, total);
    }
    rank = count;
    from = to;
  }
  return total;
}
