import { type Expr, formatSampleValue, type Matcher } from "@venturi/promql";
import type { MetricStore } from "../../metrics/metric-store.js";
import type { Series } from "../../metrics/series.js";

/** Exemplars of every series that some selector of the query touches, as `query_exemplars` answers them. */
export function exemplarsJson(metrics: MetricStore, query: Expr, startMs: number, endMs: number): string {
  const series = new Set<Series>();
  for (const matchers of selectorsOf(query))
    for (const selected of metrics.index.select(matchers)) series.add(selected);
  const found = metrics.exemplars.select(series, startMs, endMs);
  return JSON.stringify(
    [...found].map(([{ labels }, exemplars]) => ({
      seriesLabels: labels,
      exemplars: exemplars.map((exemplar) => ({
        labels: exemplar.labels,
        value: formatSampleValue(exemplar.value),
        timestamp: exemplar.timestampMs / 1000,
      })),
    })),
  );
}

/** Every selector anywhere in the expression, whatever its parents are. */
function selectorsOf(node: unknown): (readonly Matcher[])[] {
  if (typeof node !== "object" || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(selectorsOf);
  const { kind, matchers } = node as { kind?: unknown; matchers?: readonly Matcher[] };
  if (kind === "vector-selector" && matchers !== undefined) return [matchers];
  return Object.values(node).flatMap(selectorsOf);
}
