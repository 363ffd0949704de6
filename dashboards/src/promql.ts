/** PromQL fragments that several dashboards and rules share. Durations are in seconds unless a name says otherwise. */

/** Matchers that every panel about services carries: the two template variables. */
export const selected = `job=~"$job", instance=~"$instance"`;

/** Server errors only: a 4xx is the caller's fault and says nothing about this service's health. */
export const serverError = `http_response_status_code=~"5.."`;

/**
 * A ratio that is 0, not absent, while nothing of `part` was ever counted: a panel "errors" must show 0 %, not "No data".
 * @param part the numerator without its aggregation, e.g. `rate(x{code="5.."}[5m])`
 */
export function ratio(part: string, whole: string, by: string): string {
  const sum = by === "" ? "sum" : `sum by (${by})`;
  return `(${sum}(${part}) or 0 * ${sum}(${whole})) / ${sum}(${whole})`;
}

/** A quantile of a classic histogram. `by` are the labels to keep, "" for one line. */
export function quantile(q: number, bucketRate: string, by: string): string {
  return `histogram_quantile(${q}, sum by (${by === "" ? "le" : `le, ${by}`}) (${bucketRate}))`;
}

/** `rate(metric{matchers}[window])`. */
export function rate(metric: string, matchers: string, window = "$__rate_interval"): string {
  return `rate(${metric}{${matchers}}[${window}])`;
}

/**
 * A selector for one of the collector's own metrics. Unit and type suffixes depend on how a collector was told to expose them
 * (a stock one omits `_total` and `_bytes` by default, and they return when the samples pass through OTLP), so all spellings match.
 */
export function ownMetric(name: string, suffixes: readonly string[], matchers: string): string {
  const optional = suffixes.map((suffix) => `(${suffix})?`).join("");
  return `{__name__=~"${name}${optional}"${matchers === "" ? "" : `, ${matchers}`}}`;
}
