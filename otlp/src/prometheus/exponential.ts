import type { ExponentialHistogramPoint } from "../model/metric.js";

/** Largest exponent of two that a double holds. */
const EXPONENT_MAX = 1023;
const EXPONENT_MIN = -1074;

export interface ClassicBuckets {
  /** Upper bounds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** Counts at the bounds, not cumulative; what lies above the last bound is left out. */
  readonly counts: readonly number[];
}

/**
 * Classic buckets of an exponential histogram with exact counts. Its bounds are powers of base 2^(2^-scale): at a scale
 * above 0 most of them are irrational, so neighbours are merged until the bounds are powers of two, which doubles hold
 * exactly. That is coarse (a factor of 2) and never wrong.
 * @returns undefined when there are negative values: their buckets include the lower bound and not, like `le`, the upper.
 */
export function classicBuckets(point: ExponentialHistogramPoint): ClassicBuckets | undefined {
  if (point.negative.bucketCounts.some((count) => Number(count) !== 0)) return undefined;
  const byExponent = new Map<number, number>();
  point.positive.bucketCounts.forEach((count, index) => {
    const exponent = upperExponent(point.positive.offset + index, point.scale);
    if (exponent <= EXPONENT_MAX) byExponent.set(exponent, (byExponent.get(exponent) ?? 0) + Number(count));
  });
  const bounds = [point.zeroThreshold];
  const counts = [Number(point.zeroCount)];
  for (const [exponent, count] of byExponent) {
    const bound = 2 ** exponent;
    if (bound <= (bounds.at(-1) as number)) counts[counts.length - 1] = (counts.at(-1) as number) + count;
    else {
      bounds.push(bound);
      counts.push(count);
    }
  }
  return { bounds, counts };
}

/** The power of two at or above bucket `index`, which holds (base^index, base^(index+1)]. */
function upperExponent(index: number, scale: number): number {
  // Beyond these scales nothing changes: an int32 index lies in one of two buckets, or a bucket spans all doubles.
  const exponent =
    scale > 0 ? Math.floor(index / 2 ** Math.min(scale, 31)) + 1 : (index + 1) * 2 ** Math.min(-scale, 11);
  return Math.max(exponent, EXPONENT_MIN);
}
