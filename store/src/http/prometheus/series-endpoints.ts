import { type Matcher, PromqlError, parseSelector } from "@venturi/promql";
import type { MetricStore } from "../../metrics/metric-store.js";
import type { Series } from "../../metrics/series.js";
import { type Answer, limitedAnswer } from "./answer.js";
import { ApiError, invalidParameter } from "./api-error.js";
import { optionalTime, parseLimit } from "./parameters.js";

/** The endpoints that answer what series there are. */
export class SeriesEndpoints {
  readonly #metrics: MetricStore;

  constructor(metrics: MetricStore) {
    this.#metrics = metrics;
  }

  series(parameters: URLSearchParams): Answer {
    const limit = parseLimit(parameters);
    if (!parameters.has("match[]")) throw new ApiError("bad_data", "no match[] parameter provided");
    try {
      return limitedAnswer(
        [...this.#selected(parameters)].map((series) => series.labels),
        limit,
      );
    } catch (cause) {
      // Prometheus names the parameter in this endpoint's errors only.
      if (cause instanceof SelectorError) throw invalidParameter("match[]", cause.message);
      throw cause;
    }
  }

  labelNames(parameters: URLSearchParams): Answer {
    const limit = parseLimit(parameters);
    const names = new Set<string>();
    for (const series of this.#selected(parameters)) for (const name of Object.keys(series.labels)) names.add(name);
    return limitedAnswer([...names].sort(), limit);
  }

  labelValues(name: string, parameters: URLSearchParams): Answer {
    if (name === "") throw new ApiError("bad_data", 'invalid label name: ""');
    const limit = parseLimit(parameters);
    const values = new Set<string>();
    for (const series of this.#selected(parameters)) {
      if (Object.hasOwn(series.labels, name)) values.add(series.labels[name] as string);
    }
    return limitedAnswer([...values].sort(), limit);
  }

  metadata(parameters: URLSearchParams): Answer {
    const limit = metadataLimit(parameters);
    const metric = parameters.get("metric") ?? "";
    const families: Record<string, object[]> = {};
    let count = 0;
    for (const [name, { type, help, unit }] of this.#metrics.metadata.entries()) {
      if (metric !== "" && name !== metric) continue;
      if (limit >= 0 && count++ >= limit) break;
      families[name] = [{ type, unit, help }];
    }
    return { data: JSON.stringify(families) };
  }

  /** Series of any match[] selector, or all when there is none, within start and end. */
  #selected(parameters: URLSearchParams): Set<Series> {
    const startMs = optionalTime(parameters, "start", Number.NEGATIVE_INFINITY);
    const endMs = optionalTime(parameters, "end", Number.POSITIVE_INFINITY);
    const selectors = parameters.getAll("match[]").map(selector);
    const selected = new Set<Series>();
    for (const matchers of selectors.length === 0 ? [[]] : selectors) {
      for (const series of this.#metrics.selectSeries(matchers, startMs, endMs)) selected.add(series);
    }
    return selected;
  }
}

/** A match[] parameter that is no usable selector. */
class SelectorError extends ApiError {}

function selector(text: string): readonly Matcher[] {
  const noEmptyMatcher = "match[] must contain at least one non-empty matcher";
  let matchers: readonly Matcher[];
  try {
    matchers = parseSelector(text);
  } catch (cause) {
    if (!(cause instanceof PromqlError)) throw cause;
    const isEmpty = cause.message.includes("must contain at least one non-empty matcher");
    throw new SelectorError("bad_data", isEmpty ? noEmptyMatcher : cause.message, { cause });
  }
  if (matchers.every((matcher) => matcher.matches(""))) throw new SelectorError("bad_data", noEmptyMatcher);
  return matchers;
}

function metadataLimit(parameters: URLSearchParams): number {
  const text = parameters.get("limit") ?? "";
  if (text === "") return Number.POSITIVE_INFINITY;
  if (!/^[+-]?\d+$/.test(text)) throw new ApiError("bad_data", "limit must be a number");
  return Number(text);
}
