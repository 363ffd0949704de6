import { type AddOutcome, compact, HistogramAccumulator } from "./accumulator.js";
import { boundsMatch, customValuesOf, usesCustomBuckets } from "./bounds.js";
import { type FloatHistogram, GAUGE, type Span } from "./float-histogram.js";

/** The outcome of an operation on two histograms; no value where exponential meets custom buckets. */
export interface Combined {
  readonly value: FloatHistogram | undefined;
  readonly outcome: AddOutcome;
}

/** Left plus (sign -1: minus) right, not compacted. */
export function combine(left: FloatHistogram, right: FloatHistogram, sign: 1 | -1): Combined {
  const accumulator = new HistogramAccumulator(left, false);
  const outcome = accumulator.add(right, sign);
  return { value: outcome.isIncompatible ? undefined : accumulator.toHistogram(false), outcome };
}

/** All counts and the sum times a factor; a negative factor makes a gauge. */
export function multiply(h: FloatHistogram, factor: number): FloatHistogram {
  const scale = (count: number): number => count * factor;
  const scaled = scaledBy(h, scale);
  return factor < 0 ? { ...scaled, counterResetHint: GAUGE } : scaled;
}

/** All counts and the sum divided; by 0 leaves no buckets. */
export function divide(h: FloatHistogram, divisor: number): FloatHistogram {
  const scaled = scaledBy(h, (count) => count / divisor);
  if (divisor === 0) {
    const buckets = new Float64Array(0);
    return { ...scaled, positiveSpans: [], negativeSpans: [], positiveBuckets: buckets, negativeBuckets: buckets };
  }
  return divisor < 0 ? { ...scaled, counterResetHint: GAUGE } : scaled;
}

function scaledBy(h: FloatHistogram, scale: (count: number) => number): FloatHistogram {
  return {
    ...h,
    zeroCount: scale(h.zeroCount),
    count: scale(h.count),
    sum: scale(h.sum),
    positiveBuckets: h.positiveBuckets.map(scale),
    negativeBuckets: h.negativeBuckets.map(scale),
  };
}

export function asGauge(h: FloatHistogram): FloatHistogram {
  return h.counterResetHint === GAUGE ? h : { ...h, counterResetHint: GAUGE };
}

export { compact };

/** Whether layout and all counts are the same, bit by bit: equal data, as upstream compares, not equal mathematics. */
export function isSameHistogram(a: FloatHistogram, b: FloatHistogram): boolean {
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.zeroCount, b.zeroCount) &&
    (!usesCustomBuckets(a) || boundsMatch(customValuesOf(a), customValuesOf(b))) &&
    isSameLayout(a.positiveSpans, b.positiveSpans) &&
    isSameLayout(a.negativeSpans, b.negativeSpans) &&
    isSameCounts(a.positiveBuckets, b.positiveBuckets) &&
    isSameCounts(a.negativeBuckets, b.negativeBuckets)
  );
}

function isSameCounts(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Spans may be cut differently and mean the same buckets. */
export function isSameLayout(a: readonly Span[], b: readonly Span[]): boolean {
  if (a === b) return true;
  const [left, right] = [normalized(a), normalized(b)];
  return left.length === right.length && left.every((value, i) => value === right[i]);
}

/** Start and length of each run of buckets. */
function normalized(spans: readonly Span[]): number[] {
  const runs: number[] = [];
  let end = 0;
  for (const { offset, length } of spans) {
    if (length > 0 && offset === 0 && runs.length > 0 && runs.at(-2)! + runs.at(-1)! === end) {
      runs[runs.length - 1]! += length;
    } else if (length > 0) runs.push(end + offset, length);
    end += offset + length;
  }
  return runs;
}

/** The memory a histogram takes, in samples of 16 bytes, as upstream counts it against the sample limit. */
export function sampleCountOf(h: FloatHistogram): number {
  const spans = h.positiveSpans.length + h.negativeSpans.length;
  const numbers = h.positiveBuckets.length + h.negativeBuckets.length + (h.customValues?.length ?? 0);
  return Math.floor((168 + 8 * (spans + numbers) + 8) / 16);
}
