import type { TranslationStrategy } from "./names.js";

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
  /**
   * Includes `__name__`, and `job` and `instance` where the resource names a service. The same array is given again for
   * the same series while the translation remembers it, so that its identity can find what belongs to the series.
   */
  readonly labels: PrometheusLabels;
  readonly timestampMs: number;
  /** 0 where the sample is a histogram. */
  readonly value: number;
  readonly histogram?: PrometheusHistogram | undefined;
  readonly exemplars?: readonly PrometheusExemplar[] | undefined;
  /** Since when the sample counts; 0 when the sender did not tell. */
  readonly startTimestampMs: number;
  /** What describes the series. */
  readonly family: PrometheusFamily;
}

export interface PrometheusFamily {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "info" | "stateset" | "unknown";
  readonly help: string;
  readonly unit: string;
}

export interface PrometheusOptions {
  /** Default UnderscoreEscapingWithSuffixes. */
  readonly translationStrategy?: TranslationStrategy;
  /** Goes before every metric's name, with an underscore. */
  readonly namespace?: string;
  /** Labels of every series; those of the data win. Their names are used as they are. */
  readonly externalLabels?: Readonly<Record<string, string>>;
  /** Put every resource attribute on every series. Default false. */
  readonly resourceToTelemetry?: boolean;
  /** With `resourceToTelemetry`: leave out what `job` and `instance` say already. Default false. */
  readonly excludeServiceAttributes?: boolean;
  /** Put name, version and attributes of the scope on every series, as `otel_scope_…`. Default false. */
  readonly scopeLabels?: boolean;
  /** Emit a `target_info` series per resource. Default true. */
  readonly targetInfo?: boolean;
  /** Explicit histograms as `_bucket` series, or as native histograms with custom buckets. Default "classic". */
  readonly explicitHistograms?: "classic" | "native";
  /** Make one underscore of a run of them in label names. Default false. */
  readonly collapseUnderscores?: boolean;
}

export interface PrometheusTranslation {
  series: PrometheusSeries[];
  families: PrometheusFamily[];
  dropped: { reason: string; count: number }[];
}
