/** A run of buckets: `offset` buckets after the end of the previous span (the first: its index), `length` buckets long. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** What is known about a counter reset between a histogram and the one before it, in Prometheus' numbering. */
export type CounterResetHint = 0 | 1 | 2 | 3;

export const UNKNOWN_RESET = 0;
export const COUNTER_RESET = 1;
export const NO_RESET = 2;
export const GAUGE = 3;

/** The schema of histograms with custom bucket bounds. */
export const CUSTOM_BUCKETS = -53;

/**
 * A native histogram whose counts are floats: one sample of a series. Never changed once made.
 *
 * Exponential schemas (-4 to 8): positive bucket i holds observations in (base^(i-1), base^i] with base 2^2^-schema,
 * negative buckets mirror them, the zero bucket holds [-zeroThreshold, zeroThreshold]. Custom buckets (schema -53) have
 * their upper bounds in `customValues`, an implied last bucket to +Inf, no negative buckets and no zero bucket.
 */
export interface FloatHistogram {
  /** Exponential -4..8, or -53 for custom buckets. */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  /** A stale histogram sample has the staleness marker here. */
  readonly sum: number;
  readonly positiveSpans: readonly Span[];
  readonly negativeSpans: readonly Span[];
  /** Absolute (not delta) bucket counts, one per bucket of the spans. */
  readonly positiveBuckets: Float64Array;
  readonly negativeBuckets: Float64Array;
  /** Upper bounds, ascending, +Inf left out; only for schema -53. */
  readonly customValues?: Float64Array;
  /** 0 unknown, 1 counter reset, 2 no reset, 3 gauge. */
  readonly counterResetHint: CounterResetHint;
}

const NO_BUCKETS = new Float64Array(0);

/** A histogram of nothing. */
export const NO_HISTOGRAM: FloatHistogram = {
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positiveSpans: [],
  negativeSpans: [],
  positiveBuckets: NO_BUCKETS,
  negativeBuckets: NO_BUCKETS,
  counterResetHint: UNKNOWN_RESET,
};
