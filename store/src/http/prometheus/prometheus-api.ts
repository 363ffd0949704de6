import {
  Engine,
  type Expr,
  format,
  type Matcher,
  PromqlError,
  parse,
  parseSelector,
  type QueryResult,
} from "@venturi/promql";
import { QueryLimitError } from "../../metrics/chunk-reader.js";
import type { MetricStore } from "../../metrics/metric-store.js";
import type { Series } from "../../metrics/series.js";
import { HttpError, jsonReply, type Reply, textReply } from "../reply.js";
import { decodeSegment, type Request } from "../request.js";
import { ApiError, invalidParameter } from "./api-error.js";
import { exemplarsJson } from "./exemplars-json.js";
import { optionalTime, parseLimit, requiredDuration, requiredTime } from "./parameters.js";
import { resultJson, truncated } from "./result-json.js";
import { tsdbStatus } from "./tsdb-status.js";

export interface PrometheusApiSettings {
  readonly metrics: MetricStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly retentionMs: number;
}

/** A success: JSON text of `data`, and what the query wants to say beside it. */
interface Answer {
  readonly data: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

/** Prometheus' bound on points per series in one answer. */
const maxSteps = 11_000;
const queryTimeoutMs = 120_000;
/** Queries in work at one time; more wait, so that their samples do not fill memory together. */
const maxConcurrentQueries = 10;
const truncationWarning = "results truncated due to limit";
const maxTsdbLimit = 10_000;

/** The HTTP API of Prometheus: the same paths, parameters, JSON, errors and status codes. */
export class PrometheusApi {
  readonly #settings: PrometheusApiSettings;
  readonly #metrics: MetricStore;
  readonly #engine: Engine;
  readonly #startedAt = new Date();
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(settings: PrometheusApiSettings) {
    this.#settings = settings;
    this.#metrics = settings.metrics;
    this.#engine = new Engine({ timeoutMs: queryTimeoutMs, now: settings.now });
  }

  /** Answers every path below `/api/v1/`. */
  async answer(request: Request): Promise<Reply> {
    const segments = request.path.slice("/api/v1/".length).split("/");
    const isLabelValues = segments.length === 3 && segments[0] === "label" && segments[2] === "values";
    const endpoint = isLabelValues ? "label" : segments.join("/");
    const methods = endpointMethods[endpoint];
    if (methods === undefined) return textReply(404, "404 page not found\n");
    if (!methods.includes(request.method)) return textReply(405, "Method Not Allowed\n");
    try {
      const parameters = await request.parameters();
      const answer = await this.#endpoint(endpoint, decodeSegment(segments[1] ?? ""), parameters, request.signal);
      return success(answer);
    } catch (error) {
      return failure(error);
    }
  }

  #endpoint(
    endpoint: string,
    label: string,
    parameters: URLSearchParams,
    signal: AbortSignal,
  ): Answer | Promise<Answer> {
    switch (endpoint) {
      case "query":
        return this.#inTurn(() => this.#query(parameters, signal));
      case "query_range":
        return this.#inTurn(() => this.#queryRange(parameters, signal));
      case "query_exemplars":
        return this.#queryExemplars(parameters);
      case "series":
        return this.#series(parameters);
      case "labels":
        return this.#labelNames(parameters);
      case "label":
        return this.#labelValues(label, parameters);
      case "metadata":
        return this.#metadata(parameters);
      case "format_query":
        return { data: JSON.stringify(format(parse(parameters.get("query") ?? ""))) };
      case "status/buildinfo":
        return { data: JSON.stringify(buildInfo) };
      case "status/runtimeinfo":
        return { data: JSON.stringify(this.#runtimeInfo()) };
      case "status/tsdb":
        return { data: JSON.stringify(tsdbStatus(this.#metrics.index, tsdbLimit(parameters))) };
      default:
        return { data: emptyAnswers[endpoint] as string };
    }
  }

  async #query(parameters: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const limit = parseLimit(parameters);
    const timeMs = optionalTime(parameters, "time", this.#settings.now());
    const query = parameters.get("query") ?? "";
    const run = (until: AbortSignal) => this.#engine.instant(this.#metrics, query, timeMs, until);
    return queryAnswer(await bounded(parameters, signal, run), limit);
  }

  async #queryRange(parameters: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const limit = parseLimit(parameters);
    const startMs = requiredTime(parameters, "start");
    const endMs = requiredTime(parameters, "end");
    if (endMs < startMs) throw invalidParameter("end", "end timestamp must not be before start time");
    const stepMs = Math.trunc(requiredDuration(parameters, "step"));
    if (stepMs <= 0) {
      const problem = "zero or negative query resolution step widths are not accepted. Try a positive integer";
      throw invalidParameter("step", problem);
    }
    if ((endMs - startMs) / stepMs > maxSteps) {
      const hint = "Try decreasing the query resolution (?step=XX)";
      throw new ApiError("bad_data", `exceeded maximum resolution of 11,000 points per timeseries. ${hint}`);
    }
    const query = parameters.get("query") ?? "";
    const run = (until: AbortSignal) => this.#engine.range(this.#metrics, query, startMs, endMs, stepMs, until);
    return queryAnswer(await bounded(parameters, signal, run), limit);
  }

  #queryExemplars(parameters: URLSearchParams): Answer {
    const startMs = optionalTime(parameters, "start", Number.NEGATIVE_INFINITY);
    const endMs = optionalTime(parameters, "end", Number.POSITIVE_INFINITY);
    if (endMs < startMs) throw new ApiError("bad_data", "end timestamp must not be before start timestamp");
    return { data: exemplarsJson(this.#metrics, exemplarQuery(parameters), startMs, endMs) };
  }

  #series(parameters: URLSearchParams): Answer {
    const limit = parseLimit(parameters);
    if (!parameters.has("match[]")) throw new ApiError("bad_data", "no match[] parameter provided");
    try {
      const labels = [...this.#selected(parameters)].map((series) => series.labels);
      return limited(labels, limit);
    } catch (cause) {
      // Prometheus names the parameter in this endpoint's errors only.
      if (cause instanceof SelectorError) throw invalidParameter("match[]", cause.message);
      throw cause;
    }
  }

  #labelNames(parameters: URLSearchParams): Answer {
    const limit = parseLimit(parameters);
    const names = new Set<string>();
    for (const series of this.#selected(parameters)) for (const name of Object.keys(series.labels)) names.add(name);
    return limited([...names].sort(), limit);
  }

  #labelValues(name: string, parameters: URLSearchParams): Answer {
    if (name === "") throw new ApiError("bad_data", 'invalid label name: ""');
    const limit = parseLimit(parameters);
    const values = new Set<string>();
    for (const series of this.#selected(parameters)) {
      if (Object.hasOwn(series.labels, name)) values.add(series.labels[name] as string);
    }
    return limited([...values].sort(), limit);
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

  #metadata(parameters: URLSearchParams): Answer {
    const limit = numberOr(parameters, "limit", Number.POSITIVE_INFINITY);
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

  #runtimeInfo(): object {
    const nowMs = this.#settings.now();
    return {
      startTime: this.#startedAt.toISOString(),
      serverTime: new Date(nowMs).toISOString(),
      reloadConfigSuccess: true,
      lastConfigTime: this.#startedAt.toISOString(),
      corruptionCount: 0,
      storageRetention: `${Math.round(this.#settings.retentionMs / 1000)}s`,
    };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#active >= maxConcurrentQueries) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#active++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#active--;
    }
  }
}

const readOrForm = ["GET", "HEAD", "POST"];
const readOnly = ["GET", "HEAD"];

const endpointMethods: Readonly<Record<string, readonly string[]>> = {
  query: readOrForm,
  query_range: readOrForm,
  query_exemplars: readOrForm,
  format_query: readOrForm,
  series: readOrForm,
  labels: readOrForm,
  label: readOnly,
  metadata: readOnly,
  rules: readOnly,
  alerts: readOnly,
  targets: readOnly,
  alertmanagers: readOnly,
  "status/buildinfo": readOnly,
  "status/runtimeinfo": readOnly,
  "status/tsdb": readOnly,
  "status/flags": readOnly,
};

/** The store has no rules and scrapes nothing itself; clients such as Grafana ask all the same. */
const emptyAnswers: Readonly<Record<string, string>> = {
  rules: '{"groups":[]}',
  alerts: '{"alerts":[]}',
  targets: '{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}',
  alertmanagers: '{"activeAlertmanagers":[],"droppedAlertmanagers":[]}',
  "status/flags": "{}",
};

/** Clients choose features by Prometheus' version: the one whose API and language this follows. */
const buildInfo = {
  version: "3.5.0",
  revision: "venturi",
  branch: "HEAD",
  buildUser: "venturi",
  buildDate: "",
  goVersion: "",
};

function queryAnswer(result: QueryResult, limit: number): Answer {
  const cut = truncated(result, limit);
  const warnings = cut === result ? result.warnings : [...result.warnings, truncationWarning];
  return { data: resultJson(cut), warnings, infos: result.infos };
}

function limited(items: readonly unknown[], limit: number): Answer {
  if (limit === 0 || items.length <= limit) return { data: JSON.stringify(items) };
  return { data: JSON.stringify(items.slice(0, limit)), warnings: [truncationWarning] };
}

/** Unlike in other endpoints, Prometheus does not name the parameter in this one's errors. */
function exemplarQuery(parameters: URLSearchParams): Expr {
  try {
    return parse(parameters.get("query") ?? "");
  } catch (cause) {
    throw cause instanceof PromqlError ? new ApiError("bad_data", cause.message, { cause }) : cause;
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

/**
 * Runs a query until the client goes away or its own `timeout` is over; the first is a cancellation, which nobody
 * reads, the second Prometheus' timeout error.
 */
async function bounded(
  parameters: URLSearchParams,
  client: AbortSignal,
  query: (signal: AbortSignal) => Promise<QueryResult>,
): Promise<QueryResult> {
  if ((parameters.get("timeout") ?? "") === "") return query(client);
  const timeoutMs = Math.max(0, Math.min(2 ** 31 - 1, requiredDuration(parameters, "timeout")));
  const timeout = timeoutMs === 0 ? AbortSignal.abort() : AbortSignal.timeout(timeoutMs);
  try {
    return await query(AbortSignal.any([client, timeout]));
  } catch (cause) {
    const isTimeout = cause instanceof PromqlError && cause.kind === "canceled" && timeout.aborted && !client.aborted;
    if (isTimeout) throw new ApiError("timeout", "query timed out in expression evaluation", { cause });
    throw cause;
  }
}

function numberOr(parameters: URLSearchParams, name: string, fallback: number): number {
  const text = parameters.get(name) ?? "";
  if (text === "") return fallback;
  if (!/^[+-]?\d+$/.test(text)) throw new ApiError("bad_data", `${name} must be a number`);
  return Number(text);
}

function tsdbLimit(parameters: URLSearchParams): number {
  const text = parameters.get("limit") ?? "10";
  if (!/^\+?\d+$/.test(text) || Number(text) < 1) throw new ApiError("bad_data", "limit must be a positive number");
  if (Number(text) > maxTsdbLimit) throw new ApiError("bad_data", `limit must not exceed ${maxTsdbLimit}`);
  return Number(text);
}

function success(answer: Answer): Reply {
  let body = `{"status":"success","data":${answer.data}`;
  if (answer.warnings !== undefined && answer.warnings.length > 0)
    body += `,"warnings":${JSON.stringify(answer.warnings)}`;
  if (answer.infos !== undefined && answer.infos.length > 0) body += `,"infos":${JSON.stringify(answer.infos)}`;
  return { status: 200, headers: { "content-type": "application/json" }, body: `${body}}` };
}

function failure(error: unknown): Reply {
  const known = apiError(error);
  if (known === undefined) throw error;
  return jsonReply(known.status, { status: "error", errorType: known.type, error: known.message });
}

function apiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof QueryLimitError) return new ApiError("execution", error.message);
  if (error instanceof HttpError) return error.status === 400 ? new ApiError("bad_data", error.message) : undefined;
  if (!(error instanceof PromqlError)) return undefined;
  return error.kind === "bad_data" ? invalidParameter("query", error.message) : new ApiError(error.kind, error.message);
}
