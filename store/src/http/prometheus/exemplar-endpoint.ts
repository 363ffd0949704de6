import { type Expr, formatSampleValue, type Matcher, PromqlError, parse } from "@venturi/promql";
import { languageFeatures } from "../../language.js";
import type { MetricStore } from "../../metrics/metric-store.js";
import type { Series } from "../../metrics/series.js";
import { type Answer, jsonAnswer } from "./answer.js";
import { ApiError } from "./api-error.js";
import { optionalTime } from "./parameters.js";

/** `query_exemplars`: exemplars of every series that some selector of the query touches. */
export function exemplarAnswer(metrics: MetricStore, parameters: URLSearchParams): Answer {
  const startMs = optionalTime(parameters, "start", Number.NEGATIVE_INFINITY);
  const endMs = optionalTime(parameters, "end", Number.POSITIVE_INFINITY);
  if (endMs < startMs) throw new ApiError("bad_data", "end timestamp must not be before start timestamp");
  const selectors = selectorsOf(parsed(parameters.get("query") ?? ""));
  if (selectors.length === 0) return {};
  const series = new Set<Series>();
  for (const matchers of selectors) for (const selected of metrics.index.select(matchers)) series.add(selected);
  const found = metrics.exemplars.select(series, startMs, endMs);
  return jsonAnswer(
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

/** Unlike in other endpoints, Prometheus does not name the parameter in this one's errors. */
function parsed(query: string): Expr {
  try {
    return parse(query, languageFeatures);
  } catch (cause) {
    throw cause instanceof PromqlError ? new ApiError("bad_data", cause.message, { cause }) : cause;
  }
}

/** Every selector anywhere in the expression, whatever its parents are. */
function selectorsOf(node: unknown): (readonly Matcher[])[] {
  if (typeof node !== "object" || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(selectorsOf);
  const { kind, matchers } = node as { kind?: unknown; matchers?: readonly Matcher[] };
  if (kind === "vector-selector" && matchers !== undefined) return [matchers];
  return Object.values(node).flatMap(selectorsOf);
}
