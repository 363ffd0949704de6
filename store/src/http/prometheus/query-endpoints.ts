import { Engine, type Expr, PromqlError, parse, type QueryResult } from "@venturi/promql";
import type { MetricStore } from "../../metrics/metric-store.js";
import { type Answer, truncationWarning } from "./answer.js";
import { ApiError, invalidParameter } from "./api-error.js";
import { exemplarsJson } from "./exemplars-json.js";
import { optionalTime, parseLimit, requiredDuration, requiredTime } from "./parameters.js";
import { resultJson, truncated } from "./result-json.js";

/** Prometheus' bound on points per series in one answer. */
const maxSteps = 11_000;
const queryTimeoutMs = 120_000;
/** Queries in work at one time; more wait, so that their samples do not fill memory together. */
const maxConcurrentQueries = 10;

/** The endpoints that evaluate PromQL. */
export class QueryEndpoints {
  readonly #metrics: MetricStore;
  readonly #now: () => number;
  readonly #engine: Engine;
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(metrics: MetricStore, now: () => number) {
    this.#metrics = metrics;
    this.#now = now;
    this.#engine = new Engine({ timeoutMs: queryTimeoutMs, now });
  }

  instant(parameters: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const limit = parseLimit(parameters);
    const timeMs = optionalTime(parameters, "time", this.#now());
    const query = parameters.get("query") ?? "";
    return this.#run(parameters, signal, limit, (until) => this.#engine.instant(this.#metrics, query, timeMs, until));
  }

  range(parameters: URLSearchParams, signal: AbortSignal): Promise<Answer> {
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
    return this.#run(parameters, signal, limit, (until) => {
      return this.#engine.range(this.#metrics, query, startMs, endMs, stepMs, until);
    });
  }

  exemplars(parameters: URLSearchParams): Answer {
    const startMs = optionalTime(parameters, "start", Number.NEGATIVE_INFINITY);
    const endMs = optionalTime(parameters, "end", Number.POSITIVE_INFINITY);
    if (endMs < startMs) throw new ApiError("bad_data", "end timestamp must not be before start timestamp");
    return { data: exemplarsJson(this.#metrics, exemplarQuery(parameters), startMs, endMs) };
  }

  async #run(
    parameters: URLSearchParams,
    client: AbortSignal,
    limit: number,
    query: (until: AbortSignal) => Promise<QueryResult>,
  ): Promise<Answer> {
    const result = await this.#inTurn(() => bounded(parameters, client, query));
    const cut = truncated(result, limit);
    const warnings = cut === result ? result.warnings : [...result.warnings, truncationWarning];
    return { data: resultJson(cut), warnings, infos: result.infos };
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

/**
 * Runs a query until the client goes away or its own `timeout` is over; the first is a cancellation, which nobody
 * reads, the second Prometheus' timeout error.
 */
async function bounded(
  parameters: URLSearchParams,
  client: AbortSignal,
  query: (until: AbortSignal) => Promise<QueryResult>,
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

/** Unlike in other endpoints, Prometheus does not name the parameter in this one's errors. */
function exemplarQuery(parameters: URLSearchParams): Expr {
  try {
    return parse(parameters.get("query") ?? "");
  } catch (cause) {
    throw cause instanceof PromqlError ? new ApiError("bad_data", cause.message, { cause }) : cause;
  }
}
