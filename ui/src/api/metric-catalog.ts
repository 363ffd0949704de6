import { getJson } from "./http.js";
import type { Labels } from "./prometheus.js";

interface Answer<T> {
  readonly data: T;
}

export interface NamedCount {
  readonly name: string;
  readonly value: number;
}

/** What makes the series so many. */
export interface Cardinality {
  readonly headStats: { readonly numSeries: number; readonly numLabelPairs: number };
  readonly seriesCountByMetricName: readonly NamedCount[];
  readonly labelValueCountByLabelName: readonly NamedCount[];
  readonly seriesCountByLabelValuePair: readonly NamedCount[];
}

export interface Metric {
  readonly name: string;
  /** As the sender declared it; "" when nobody did. */
  readonly type: string;
  readonly help: string;
  readonly unit: string;
  /** Series that the store knows of it. */
  readonly series: number;
}

/** Prometheus takes no larger limit. */
const limitMax = 10_000;

/** The counts of series by metric, label and pair. */
export async function readCardinality(signal: AbortSignal): Promise<Cardinality> {
  return (await getJson<Answer<Cardinality>>(`/api/v1/status/tsdb?limit=${limitMax}`, signal)).data;
}

/** All metrics by name, with what is declared about them. */
export async function readMetrics(signal: AbortSignal): Promise<{ metrics: Metric[]; cardinality: Cardinality }> {
  type Declared = Readonly<Record<string, readonly { type: string; help: string; unit: string }[]>>;
  const [cardinality, { data: declared }] = await Promise.all([
    readCardinality(signal),
    getJson<Answer<Declared>>("/api/v1/metadata", signal),
  ]);
  const metrics = cardinality.seriesCountByMetricName.map(({ name, value }) => {
    const { type = "", help = "", unit = "" } = declared[name]?.[0] ?? declared[family(name)]?.[0] ?? {};
    return { name, series: value, type, help, unit };
  });
  return { metrics: metrics.sort((a, b) => (a.name < b.name ? -1 : 1)), cardinality };
}

/** `x` of `x_bucket`, `x_count` and `x_sum`. */
export function family(name: string): string {
  return name.replace(/_(bucket|count|sum)$/, "");
}

/** The labels of a metric with their values, those with the most values first. */
export interface LabelValues {
  readonly label: string;
  readonly values: readonly NamedCount[];
}

/** What the labels of a metric are, from up to 10,000 of its series. */
export async function readLabels(metric: string, signal: AbortSignal): Promise<LabelValues[]> {
  const parameters = new URLSearchParams({
    "match[]": `{__name__=${JSON.stringify(metric)}}`,
    limit: String(limitMax),
  });
  const { data } = await getJson<Answer<readonly Labels[]>>(`/api/v1/series?${parameters}`, signal);
  return countLabels(data);
}

/** Counts the series by each label's values. */
export function countLabels(series: readonly Labels[]): LabelValues[] {
  const labels = new Map<string, Map<string, number>>();
  for (const one of series) {
    for (const [label, value] of Object.entries(one)) {
      if (label === "__name__") continue;
      const counts = labels.get(label) ?? new Map<string, number>();
      labels.set(label, counts.set(value, (counts.get(value) ?? 0) + 1));
    }
  }
  return [...labels]
    .map(([label, counts]) => ({
      label,
      values: [...counts].map(([name, value]) => ({ name, value })).sort((a, b) => b.value - a.value),
    }))
    .sort((a, b) => b.values.length - a.values.length || (a.label < b.label ? -1 : 1));
}

/** An expression that shows what a metric of this kind is for: a rate of counters, a quantile of histograms. */
export function suggest({ name, type }: Pick<Metric, "name" | "type">): string {
  const selector = /^[a-zA-Z_:][\w:]*$/.test(name) ? name : `{${JSON.stringify(name)}}`;
  if (name.endsWith("_bucket")) return `histogram_quantile(0.95, sum by (le, job) (rate(${selector}[1m])))`;
  const counts = type === "counter" || ((type === "histogram" || type === "summary") && /_(count|sum)$/.test(name));
  if (counts || (type === "" && name.endsWith("_total"))) return `sum by (job) (rate(${selector}[1m]))`;
  return selector;
}
