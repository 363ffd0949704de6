import { boundsMatch, commonBounds, customValuesOf, exponentialBound, usesCustomBuckets } from "./bounds.js";
import {
  COUNTER_RESET,
  type CounterResetHint,
  CUSTOM_BUCKETS,
  type FloatHistogram,
  GAUGE,
  NO_HISTOGRAM,
  NO_RESET,
  UNKNOWN_RESET,
} from "./float-histogram.js";
import {
  addMismatched,
  addSide,
  compactSide,
  copySide,
  decodeSide,
  encodeSide,
  errorAfter,
  mapSide,
  reduceSide,
  type Side,
} from "./side.js";

/** How an addition went. Exponential and custom buckets cannot be added: then nothing has changed. */
export interface AddOutcome {
  readonly isIncompatible: boolean;
  /** One side said "counter reset", the other "no reset". */
  readonly hasHintCollision: boolean;
  /** Custom bounds differed; only the common ones are left. */
  readonly hasReconciledBounds: boolean;
}

const INCOMPATIBLE: AddOutcome = { isIncompatible: true, hasHintCollision: false, hasReconciledBounds: false };
const DONE: AddOutcome = { isIncompatible: false, hasHintCollision: false, hasReconciledBounds: false };

/**
 * A histogram that others are added to. With `compensated`, every sum keeps its rounding error beside it (Neumaier);
 * `toHistogram` adds the errors in the end. Schema, zero bucket and custom bounds are reconciled as upstream does.
 */
export class HistogramAccumulator {
  schema: number;
  hint: CounterResetHint;
  zeroThreshold: number;
  customValues: Float64Array;
  readonly #compensated: boolean;
  #zeroCount: number;
  #zeroError = 0;
  #count: number;
  #countError = 0;
  #sum: number;
  #sumError = 0;
  #positive: Side;
  #negative: Side;

  constructor(h: FloatHistogram, compensated: boolean) {
    this.schema = h.schema;
    this.hint = h.counterResetHint;
    this.zeroThreshold = h.zeroThreshold;
    this.customValues = customValuesOf(h);
    this.#compensated = compensated;
    this.#zeroCount = h.zeroCount;
    this.#count = h.count;
    this.#sum = h.sum;
    this.#positive = decodeSide(h.positiveSpans, h.positiveBuckets, compensated);
    this.#negative = decodeSide(h.negativeSpans, h.negativeBuckets, compensated);
  }

  get count(): number {
    return this.#count;
  }

  get #isCustom(): boolean {
    return this.schema === CUSTOM_BUCKETS;
  }

  add(h: FloatHistogram, sign: 1 | -1 = 1): AddOutcome {
    if (this.#isCustom !== usesCustomBuckets(h)) return INCOMPATIBLE;
    const hasHintCollision = this.#adjustHint(h.counterResetHint);
    const other = new HistogramAccumulator(h, false);
    if (!this.#isCustom) this.#addZeroBucket(other, sign);
    const { count, sum } = h;
    const [newCount, newSum] = [this.#count + sign * count, this.#sum + sign * sum];
    this.#countError = errorAfter(this.#countError, this.#count, sign * count, newCount);
    this.#sumError = errorAfter(this.#sumError, this.#sum, sign * sum, newSum);
    this.#count = newCount;
    this.#sum = newSum;
    const hasReconciledBounds = this.#isCustom ? this.#addCustom(other, sign) : this.#addExponential(other, sign);
    if (!hasHintCollision && !hasReconciledBounds) return DONE;
    return { isIncompatible: false, hasHintCollision, hasReconciledBounds };
  }

  /** True when the two hints contradict each other. */
  #adjustHint(other: CounterResetHint): boolean {
    const { hint } = this;
    if (hint === other || hint === GAUGE) return false;
    this.hint = other === GAUGE ? GAUGE : UNKNOWN_RESET;
    return (hint === COUNTER_RESET && other === NO_RESET) || (hint === NO_RESET && other === COUNTER_RESET);
  }

  #addCustom(other: HistogramAccumulator, sign: 1 | -1): boolean {
    if (boundsMatch(this.customValues, other.customValues)) {
      addSide(this.#positive, other.#positive, sign, this.schema, 0);
      return false;
    }
    const common = commonBounds(this.customValues, other.customValues);
    addMismatched(this.#positive, this.customValues, other.#positive, other.customValues, sign, common);
    this.customValues = common;
    return true;
  }

  #addExponential(other: HistogramAccumulator, sign: 1 | -1): false {
    if (other.schema < this.schema) this.reduceResolution(other.schema);
    else if (other.schema > this.schema) {
      if (this.#compensated) other.#startCompensating();
      other.reduceResolution(this.schema);
    }
    addSide(this.#positive, other.#positive, sign, this.schema, this.zeroThreshold);
    addSide(this.#negative, other.#negative, sign, this.schema, this.zeroThreshold);
    return false;
  }

  #startCompensating(): void {
    for (const side of [this.#positive, this.#negative]) side.errors = new Array<number>(side.counts.length).fill(0);
  }

  /** Merges buckets into those of a coarser schema. */
  reduceResolution(schema: number): void {
    reduceSide(this.#positive, this.schema, schema);
    reduceSide(this.#negative, this.schema, schema);
    this.schema = schema;
  }

  #addZeroBucket(other: HistogramAccumulator, sign: 1 | -1): void {
    let found: ZeroBucket = { count: other.#zeroCount, threshold: other.zeroThreshold, error: 0 };
    while (found.threshold !== this.zeroThreshold) {
      if (this.zeroThreshold > found.threshold) found = other.#zeroBucketFor(this.zeroThreshold);
      if (found.threshold > this.zeroThreshold) this.#widenZeroBucket(found.threshold);
    }
    this.#increaseZero(sign * found.count);
    if (this.#compensated) this.#increaseZero(sign * found.error);
  }

  #increaseZero(by: number): void {
    const total = this.#zeroCount + by;
    this.#zeroError = errorAfter(this.#zeroError, this.#zeroCount, by, total);
    this.#zeroCount = total;
  }

  #widenZeroBucket(threshold: number): void {
    const widened = this.#zeroBucketFor(threshold);
    this.#zeroCount = widened.count;
    this.zeroThreshold = widened.threshold;
    if (this.#compensated) this.#zeroError = widened.error;
    for (const side of [this.#positive, this.#negative]) {
      for (let i = 0; i < side.indexes.length; i++) {
        if (exponentialBound(side.indexes[i]! - 1, this.schema) >= widened.threshold) break;
        side.counts[i] = 0;
        if (side.errors !== undefined) side.errors[i] = 0;
      }
      compactSide(side);
    }
  }

  /** The zero bucket with a larger threshold, enlarged further so that it cuts through no populated bucket. */
  #zeroBucketFor(threshold: number): ZeroBucket {
    const zero: ZeroBucket = { count: 0, threshold, error: this.#compensated ? this.#zeroError : 0 };
    if (threshold === this.zeroThreshold) return { ...zero, count: this.#zeroCount };
    do {
      zero.count = this.#zeroCount;
      this.#absorb(this.#positive, zero);
    } while (this.#absorb(this.#negative, zero));
    return zero;
  }

  /** Adds the buckets within the threshold; true when the threshold had to grow to the end of a bucket. */
  #absorb(side: Side, zero: ZeroBucket): boolean {
    const { indexes, counts, errors } = side;
    for (let i = 0; i < indexes.length; i++) {
      if (exponentialBound(indexes[i]! - 1, this.schema) >= zero.threshold) return false;
      addTo(zero, counts[i]!);
      if (errors !== undefined) addTo(zero, errors[i]!);
      const upper = exponentialBound(indexes[i]!, this.schema);
      if (upper <= zero.threshold) continue;
      if (counts[i] === 0) return false;
      zero.threshold = upper;
      return true;
    }
    return false;
  }

  multiply(factor: number): void {
    this.#scale((count) => count * factor);
    if (factor < 0) this.hint = GAUGE;
  }

  /** Division by 0 leaves no buckets. */
  divide(divisor: number): void {
    this.#scale((count) => count / divisor);
    if (divisor < 0) this.hint = GAUGE;
    if (divisor !== 0) return;
    this.#positive = decodeSide([], NO_HISTOGRAM.positiveBuckets, this.#compensated);
    this.#negative = decodeSide([], NO_HISTOGRAM.positiveBuckets, this.#compensated);
  }

  #scale(scale: (count: number) => number): void {
    this.#zeroCount = scale(this.#zeroCount);
    this.#zeroError = scale(this.#zeroError);
    this.#count = scale(this.#count);
    this.#countError = scale(this.#countError);
    this.#sum = scale(this.#sum);
    this.#sumError = scale(this.#sumError);
    mapSide(this.#positive, scale);
    mapSide(this.#negative, scale);
  }

  /** Whether a sum has left the range of doubles. */
  get hasOverflow(): boolean {
    if (isInfinite(this.#zeroCount) || isInfinite(this.#count) || isInfinite(this.#sum)) return true;
    return [this.#positive.counts, this.#negative.counts, this.customValues].some((list) => list.some(isInfinite));
  }

  copy(): HistogramAccumulator {
    const copy = new HistogramAccumulator(NO_HISTOGRAM, this.#compensated);
    copy.schema = this.schema;
    copy.hint = this.hint;
    copy.zeroThreshold = this.zeroThreshold;
    copy.customValues = this.customValues;
    copy.#zeroCount = this.#zeroCount;
    copy.#zeroError = this.#zeroError;
    copy.#count = this.#count;
    copy.#countError = this.#countError;
    copy.#sum = this.#sum;
    copy.#sumError = this.#sumError;
    copy.#positive = copySide(this.#positive);
    copy.#negative = copySide(this.#negative);
    return copy;
  }

  /** The sums with their errors, as an immutable histogram; compacted, no bucket is empty. */
  toHistogram(compacted: boolean): FloatHistogram {
    const isSummed = this.#compensated;
    const positive = encodeSide(this.#positive);
    const negative = encodeSide(this.#negative);
    const histogram: FloatHistogram = {
      schema: this.schema,
      zeroThreshold: this.zeroThreshold,
      zeroCount: isSummed ? this.#zeroCount + this.#zeroError : this.#zeroCount,
      count: isSummed ? this.#count + this.#countError : this.#count,
      sum: isSummed ? this.#sum + this.#sumError : this.#sum,
      positiveSpans: positive.spans,
      negativeSpans: negative.spans,
      positiveBuckets: positive.buckets,
      negativeBuckets: negative.buckets,
      counterResetHint: this.hint,
      ...(this.#isCustom ? { customValues: this.customValues } : {}),
    };
    return compacted ? compact(histogram) : histogram;
  }
}

interface ZeroBucket {
  count: number;
  threshold: number;
  error: number;
}

function addTo(zero: ZeroBucket, by: number): void {
  const total = zero.count + by;
  zero.error = errorAfter(zero.error, zero.count, by, total);
  zero.count = total;
}

function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}

/** The same histogram without empty buckets. */
export function compact(h: FloatHistogram): FloatHistogram {
  const { positiveBuckets, negativeBuckets } = h;
  if (!positiveBuckets.includes(0) && !negativeBuckets.includes(0)) return h;
  const [positive, negative] = [
    compactedSide(h.positiveSpans, positiveBuckets),
    compactedSide(h.negativeSpans, negativeBuckets),
  ];
  return {
    ...h,
    positiveSpans: positive.spans,
    negativeSpans: negative.spans,
    positiveBuckets: positive.buckets,
    negativeBuckets: negative.buckets,
  };
}

function compactedSide(spans: FloatHistogram["positiveSpans"], buckets: Float64Array): ReturnType<typeof encodeSide> {
  const side = decodeSide(spans, buckets, false);
  compactSide(side);
  return encodeSide(side);
}
