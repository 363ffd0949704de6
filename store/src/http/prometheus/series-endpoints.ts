import type { Labels } from "@venturi/promql";
import type { MetricStore } from "../../metrics/metric-store.js";
import type { Series } from "../../metrics/series.js";
import { type Answer, jsonAnswer, limitedAnswer } from "./answer.js";
import { ApiError, invalidParameter } from "./api-error.js";
import { unescapeLabelName } from "./label-name.js";
import { compareLabels, sortedPairs } from "./label-order.js";
import { optionalTime, parseLimit, plainInteger } from "./parameters.js";
import { SelectorError, selectorsOf } from "./selectors.js";

/** The endpoints that answer what series there are. */
export class SeriesEndpoints {
  readonly #metrics: MetricStore;

  constructor(metrics: MetricStore) {
    this.#metrics = metrics;
  }

  series(parameters: URLSearchParams, formProblem: string | undefined): Answer {
    if (formProblem !== undefined) throw new ApiError("bad_data", `error parsing form values: ${formProblem}`);
    if (!parameters.has("match[]")) throw new ApiError("bad_data", "no match[] parameter provided");
    const limit = parseLimit(parameters);
    try {
      const labels = [...this.#selected(parameters)].map((series) => series.labels);
      // What several selectors select is merged, and comes in order then.
      return limitedAnswer(parameters.getAll("match[]").length > 1 ? inOrder(labels) : labels, limit);
    } catch (cause) {
      // Prometheus names the parameter in this endpoint's errors only.
      if (cause instanceof SelectorError) throw invalidParameter("match[]", cause.message);
      throw cause;
    }
  }

  labelNames(parameters: URLSearchParams): Answer {
    const limit = parseLimit(parameters);
    if (isUnrestricted(parameters)) return limitedAnswer(this.#metrics.index.labelNames().sort(), limit);
    const names = new Set<string>();
    for (const series of this.#selected(parameters)) for (const name of Object.keys(series.labels)) names.add(name);
    return limitedAnswer([...names].sort(), limit);
  }

  labelValues(escapedName: string, parameters: URLSearchParams): Answer {
    const name = unescapeLabelName(escapedName);
    if (name === "") {
      throw new ApiError("bad_data", `invalid label name: ${JSON.stringify(name)}`);
    }
    const limit = parseLimit(parameters);
    if (isUnrestricted(parameters)) return limitedAnswer(this.#metrics.index.labelValues(name).sort(), limit);
    const values = new Set<string>();
    for (const series of this.#selected(parameters)) {
      if (Object.hasOwn(series.labels, name)) values.add(series.labels[name] as string);
    }
    return limitedAnswer([...values].sort(), limit);
  }

  metadata(parameters: URLSearchParams): Answer {
    const limit = plainInteger(parameters, "limit", -1);
    plainInteger(parameters, "limit_per_metric", -1);
    const metric = parameters.get("metric") ?? "";
    const families: Record<string, object[]> = {};
    let count = 0;
    for (const [name, { type, help, unit }] of this.#metrics.metadata.entries()) {
      if (metric !== "" && name !== metric) continue;
      if (limit >= 0 && count++ >= limit) break;
      families[name] = [{ type, unit, help }];
    }
    return jsonAnswer(families);
  }

  /** Series of any match[] selector, or all when there is none, within start and end. */
  #selected(parameters: URLSearchParams): Set<Series> {
    const startMs = optionalTime(parameters, "start", Number.NEGATIVE_INFINITY);
    const endMs = optionalTime(parameters, "end", Number.POSITIVE_INFINITY);
    const selectors = selectorsOf(parameters);
    const selected = new Set<Series>();
    for (const matchers of selectors.length === 0 ? [[]] : selectors) {
      for (const series of this.#metrics.selectSeries(matchers, startMs, endMs)) selected.add(series);
    }
    return selected;
  }
}

function inOrder(labels: readonly Labels[]): Labels[] {
  const keyed = labels.map((one) => ({ one, pairs: sortedPairs(one) }));
  return keyed.sort((a, b) => compareLabels(a.pairs, b.pairs)).map(({ one }) => one);
}

function isUnrestricted(parameters: URLSearchParams): boolean {
  return ["match[]", "start", "end"].every((name) => (parameters.get(name) ?? "") === "" && !parameters.has("match[]"));
}
