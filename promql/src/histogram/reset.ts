import { boundsMatch, customBound, customValuesOf, exponentialBound, usesCustomBuckets } from "./bounds.js";
import { COUNTER_RESET, type FloatHistogram, NO_RESET } from "./float-histogram.js";
import { decodeSide, reduceSide, type Side } from "./side.js";

/**
 * Whether a counter began anew between two histograms: its hint says so, or some count is lower than before. A finer
 * schema, a smaller zero bucket or a zero bucket that ends within an old bucket count as resets too.
 */
export function isCounterReset(h: FloatHistogram, previous: FloatHistogram): boolean {
  if (h.counterResetHint === COUNTER_RESET) return true;
  if (h.counterResetHint === NO_RESET) return false;
  if (h.count < previous.count) return true;
  if (usesCustomBuckets(h)) {
    if (!usesCustomBuckets(previous)) return true;
    const [bounds, previousBounds] = [customValuesOf(h), customValuesOf(previous)];
    if (!boundsMatch(bounds, previousBounds)) return hasFallen(h, bounds, previous, previousBounds);
  }
  if (h.schema > previous.schema || h.zeroThreshold < previous.zeroThreshold) return true;
  const before = reducedSides(previous, h.schema);
  const zeroCount = zeroCountWithin(previous, h.zeroThreshold);
  if (zeroCount === undefined || h.zeroCount < zeroCount) return true;
  const now = reducedSides(h, h.schema);
  const isBeyond = (index: number): boolean =>
    usesCustomBuckets(h) || exponentialBound(index, h.schema) > h.zeroThreshold;
  return hasLost(now.positive, before.positive, isBeyond) || hasLost(now.negative, before.negative, isBeyond);
}

function reducedSides(h: FloatHistogram, schema: number): { positive: Side; negative: Side } {
  const positive = decodeSide(h.positiveSpans, h.positiveBuckets, false);
  const negative = decodeSide(h.negativeSpans, h.negativeBuckets, false);
  if (schema !== h.schema) for (const side of [positive, negative]) reduceSide(side, h.schema, schema);
  return { positive, negative };
}

/** The observations within a larger zero bucket; undefined when its border cuts through a populated bucket. */
function zeroCountWithin(h: FloatHistogram, threshold: number): number | undefined {
  if (threshold === h.zeroThreshold) return h.zeroCount;
  let { zeroCount } = h;
  for (const [spans, buckets] of [
    [h.positiveSpans, h.positiveBuckets],
    [h.negativeSpans, h.negativeBuckets],
  ] as const) {
    const { indexes, counts } = decodeSide(spans, buckets, false);
    for (let i = 0; i < indexes.length; i++) {
      if (exponentialBound(indexes[i]! - 1, h.schema) >= threshold) break;
      zeroCount += counts[i]!;
      if (exponentialBound(indexes[i]!, h.schema) <= threshold) continue;
      if (counts[i] !== 0) return undefined;
      break;
    }
  }
  return zeroCount;
}

/** Whether a bucket outside the zero bucket holds less than before. */
function hasLost(now: Side, before: Side, isBeyond: (index: number) => boolean): boolean {
  let at = 0;
  let begun = false;
  for (let i = 0; i < before.indexes.length; i++) {
    const index = before.indexes[i]!;
    begun ||= isBeyond(index);
    if (!begun) continue;
    while (at < now.indexes.length && now.indexes[at]! < index) at++;
    const count = now.indexes[at] === index ? now.counts[at]! : 0;
    if (now.indexes[at] === index ? count < before.counts[i]! : before.counts[i] !== 0) return true;
  }
  return false;
}

/** With differing custom bounds, what lies between two common bounds is compared. */
function hasFallen(
  h: FloatHistogram,
  bounds: Float64Array,
  previous: FloatHistogram,
  previousBounds: Float64Array,
): boolean {
  const now = new Rollup(h, bounds);
  const before = new Rollup(previous, previousBounds);
  for (let i = 0, j = 0; i <= bounds.length && j <= previousBounds.length; ) {
    const bound = customBound(i, bounds);
    const previousBound = customBound(j, previousBounds);
    if (bound === previousBound) {
      if (now.upTo(bound) < before.upTo(bound)) return true;
      i++;
      j++;
    } else if (bound < previousBound) i++;
    else j++;
  }
  return false;
}

/** Walks custom buckets once, summing from one bound to the next. */
class Rollup {
  readonly #side: Side;
  readonly #bounds: Float64Array;
  #at = 0;

  constructor(h: FloatHistogram, bounds: Float64Array) {
    this.#side = decodeSide(h.positiveSpans, h.positiveBuckets, false);
    this.#bounds = bounds;
  }

  upTo(bound: number): number {
    const { indexes, counts } = this.#side;
    let sum = 0;
    while (this.#at < indexes.length && customBound(indexes[this.#at]!, this.#bounds) <= bound) {
      sum += counts[this.#at++]!;
    }
    return sum;
  }
}
