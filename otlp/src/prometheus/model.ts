/** Label pairs sorted by name in UTF-16 order, names unique. */
export type PrometheusLabels = readonly (readonly [name: string, value: string])[];

export interface PrometheusExemplar {
  readonly labels: PrometheusLabels;
  readonly value: number;
  readonly timestampMs: number;
}

export interface PrometheusSeries {
  /** Includes `__name__`, and `job` and `instance` where the resource names a service. */
  readonly labels: PrometheusLabels;
  readonly timestampMs: number;
  readonly value: number;
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
