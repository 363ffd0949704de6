/** Label pairs sorted by name in UTF-16 order, names unique. */
export type PrometheusLabels = readonly (readonly [name: string, value: string])[];

export interface PrometheusExemplar {
  readonly labels: PrometheusLabels;
  readonly value: number;
  readonly timestampMs: number;
}

/** Consecutive buckets of a native histogram. */
export interface PrometheusSpan {
  /** Buckets between the end of the previous span and this one; the first span's is the index of its first bucket. */
  readonly offset: number;
  readonly length: number;
}

/** A native histogram sample. It is stale when `sum` is the stale NaN. */
export interface PrometheusHistogram {
  /** Exponential: -4 to 8, bucket `i` ends at 2^(i·2^-schema). Custom buckets: -53. */
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly positiveSpans: readonly PrometheusSpan[];
  readonly negativeSpans: readonly PrometheusSpan[];
  /** Absolute counts (not differences), one per bucket of the spans. */
  readonly positiveBuckets: Float64Array;
  readonly negativeBuckets: Float64Array;
  /** Upper bounds without +Inf; only for schema -53. */
  readonly customValues?: Float64Array;
  /** Prometheus' numbers: 0 unknown, 1 counter reset, 2 no counter reset, 3 gauge. */
  readonly counterResetHint: 0 | 1 | 2 | 3;
}

export interface PrometheusSeries {
  /** Includes `__name__`, and `job` and `instance` where the resource names a service. */
  readonly labels: PrometheusLabels;
  readonly timestampMs: number;
  /** 0 where the sample is a histogram. */
  readonly value: number;
  readonly histogram?: PrometheusHistogram;
  readonly exemplars?: PrometheusExemplar[];
}

export interface PrometheusFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "unknown";
  readonly help: string;
  readonly unit: string;
}

export interface PrometheusOptions {
  /** Append units and `_total` / `_ratio`. Default true. */
  readonly addMetricSuffixes?: boolean;
  /** Put every resource attribute on every series. Default false. */
  readonly resourceToTelemetry?: boolean;
  /** Emit a `target_info` series per resource. Default true. */
  readonly targetInfo?: boolean;
}

export interface PrometheusTranslation {
  series: PrometheusSeries[];
  families: PrometheusFamily[];
  dropped: { reason: string; count: number }[];
}
