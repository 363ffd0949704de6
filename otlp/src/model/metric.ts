import type { Attributes } from "./attributes.js";

/** opentelemetry.proto.metrics.v1.AggregationTemporality. */
export type Temporality = "unspecified" | "delta" | "cumulative";

export interface Exemplar {
  readonly timeUnixNano: bigint;
  /** A bigint is stored as `asInt`, a number as `asDouble`. */
  readonly value: number | bigint;
  /** 32 hex digits or "". */
  readonly traceId?: string;
  /** 16 hex digits or "". */
  readonly spanId?: string;
  readonly filteredAttributes?: Attributes;
}

interface Point {
  readonly attributes: Attributes;
  readonly startTimeUnixNano?: bigint;
  readonly timeUnixNano: bigint;
  /** Bit 0: no recorded value (the series went stale). */
  readonly flags?: number;
}

export interface NumberPoint extends Point {
  /** A bigint is stored as `asInt`, a number as `asDouble`. */
  readonly value: number | bigint;
  readonly exemplars?: readonly Exemplar[];
}

export interface HistogramPoint extends Point {
  readonly count: number | bigint;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  /** Upper bounds, ascending, without +Inf. */
  readonly explicitBounds: readonly number[];
  /** One more than the bounds; not cumulative. Empty when only count and sum are known. */
  readonly bucketCounts: readonly (number | bigint)[];
  readonly exemplars?: readonly Exemplar[];
}

export interface ExponentialBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly (number | bigint)[];
}

export interface ExponentialHistogramPoint extends Point {
  readonly count: number | bigint;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly scale: number;
  readonly zeroCount: number | bigint;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly exemplars?: readonly Exemplar[];
}

export interface SummaryPoint extends Point {
  readonly count: number | bigint;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

export interface MetricIdentity {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  readonly metadata?: Attributes;
}

export interface Gauge extends MetricIdentity {
  readonly type: "gauge";
  readonly points: readonly NumberPoint[];
}

export interface Sum extends MetricIdentity {
  readonly type: "sum";
  readonly temporality: Temporality;
  readonly monotonic: boolean;
  readonly points: readonly NumberPoint[];
}

export interface Histogram extends MetricIdentity {
  readonly type: "histogram";
  readonly temporality: Temporality;
  readonly points: readonly HistogramPoint[];
}

export interface ExponentialHistogram extends MetricIdentity {
  readonly type: "exponentialHistogram";
  readonly temporality: Temporality;
  readonly points: readonly ExponentialHistogramPoint[];
}

export interface Summary extends MetricIdentity {
  readonly type: "summary";
  readonly points: readonly SummaryPoint[];
}

/** A metric without any data: the sender set none of the five kinds. */
export interface EmptyMetric extends MetricIdentity {
  readonly type: "empty";
  readonly points: readonly never[];
}

/** One decoded metric with all its points. What `forEachMetric` reads, `MetricsBatchWriter.metric` writes. */
export type Metric = Gauge | Sum | Histogram | ExponentialHistogram | Summary | EmptyMetric;
