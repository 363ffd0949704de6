import { Engine, PromqlError, type QueryResult, type SeriesSource } from "@venturi/promql";
import { languageFeatures } from "../../language.js";
import { type Answer, truncationWarning } from "./answer.js";
import { ApiError, invalidParameter } from "./api-error.js";
import { lookbackDelta, optionalTime, parseLimit, requiredDuration, requiredTime } from "./parameters.js";
import { CountingSource, statsJson, statsWarning } from "./query-stats.js";
import { QueryTurns } from "./query-turns.js";
import { resultJson, truncated } from "./result-json.js";

/** Prometheus' bound on points per series in one answer. */
const maxSteps = 11_000;
export const queryTimeoutMs = 120_000;
/** Queries in work at one time; more wait, so that their samples do not fill memory together. */
export const maxConcurrentQueries = 10;
const maxTimerMs = 2 ** 31 - 1;

type Evaluate = (engine: Engine, source: SeriesSource, until: AbortSignal) => Promise<QueryResult>;

/** The endpoints that evaluate PromQL. */
export class QueryEndpoints {
  readonly #source: SeriesSource;
  readonly #now: () => number;
  readonly #engine: Engine;
  readonly #turns = new QueryTurns(maxConcurrentQueries);

  constructor(source: SeriesSource, now: () => number) {
    this.#source = source;
    this.#now = now;
    this.#engine = new Engine({ timeoutMs: queryTimeoutMs, now, features: languageFeatures });
  }

  instant(parameters: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const limit = parseLimit(parameters);
    const timeMs = optionalTime(parameters, "time", this.#now());
    const query = parameters.get("query") ?? "";
    return this.#run(parameters, signal, limit, (engine, source, until) => {
      return engine.instant(source, query, timeMs, until);
    });
  }

  range(parameters: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const limit = parseLimit(parameters);
    const startMs = requiredTime(parameters, "start");
    const endMs = requiredTime(parameters, "end");
    if (endMs < startMs) throw invalidParameter("end", "end timestamp must not be before start time");
    const stepMs = requiredDuration(parameters, "step");
    if (!(stepMs > 0)) {
      const problem = "zero or negative query resolution step widths are not accepted. Try a positive integer";
      throw invalidParameter("step", problem);
    }
    if ((endMs - startMs) / stepMs > maxSteps) {
      const hint = "Try decreasing the query resolution (?step=XX)";
      throw new ApiError("bad_data", `exceeded maximum resolution of 11,000 points per timeseries. ${hint}`);
    }
    const query = parameters.get("query") ?? "";
    return this.#run(parameters, signal, limit, (engine, source, until) => {
      return engine.range(source, query, startMs, endMs, Math.max(1, Math.trunc(stepMs)), until);
    });
  }

  async #run(parameters: URLSearchParams, client: AbortSignal, limit: number, evaluate: Evaluate): Promise<Answer> {
    const timeoutMs = (parameters.get("timeout") ?? "") === "" ? undefined : requiredDuration(parameters, "timeout");
    const lookbackDeltaMs = lookbackDelta(parameters);
    const engine =
      lookbackDeltaMs === undefined
        ? this.#engine
        : new Engine({ timeoutMs: queryTimeoutMs, now: this.#now, features: languageFeatures, lookbackDeltaMs });
    const stats = parameters.get("stats") ?? "";
    const source = stats === "" ? this.#source : new CountingSource(this.#source);
    const arrivedMs = performance.now();
    let startedMs = arrivedMs;
    const result = await bounded(timeoutMs, client, (until) =>
      this.#turns.run(until, () => {
        startedMs = performance.now();
        return evaluate(engine, source, until);
      }),
    );
    const cut = truncated(result, limit);
    const warnings = cut === result ? [...result.warnings] : [...result.warnings, truncationWarning];
    const deprecated = statsWarning(stats);
    if (deprecated !== undefined) warnings.push(deprecated);
    const text =
      source instanceof CountingSource
        ? statsJson(source.samples, startedMs - arrivedMs, performance.now() - arrivedMs)
        : undefined;
    return { data: resultJson(cut, text), warnings, infos: result.infos };
  }
}

/**
 * Runs a query until the client goes away or its own `timeout` is over; the first is a cancellation, which nobody
 * reads, the second Prometheus' timeout error.
 */
async function bounded(
  timeoutMs: number | undefined,
  client: AbortSignal,
  query: (until: AbortSignal) => Promise<QueryResult>,
): Promise<QueryResult> {
  const timeout = timeoutMs === undefined ? undefined : timeoutSignal(timeoutMs);
  const until = timeout === undefined ? client : AbortSignal.any([client, timeout]);
  try {
    return await query(until);
  } catch (cause) {
    const isStopped = cause === until.reason || (cause instanceof PromqlError && cause.kind === "canceled");
    if (!isStopped) throw cause;
    if (client.aborted) throw new ApiError("canceled", "query was canceled in query execution", { cause });
    throw new ApiError("timeout", "query timed out in expression evaluation", { cause });
  }
}

function timeoutSignal(timeoutMs: number): AbortSignal {
  return timeoutMs > 0 ? AbortSignal.timeout(Math.min(maxTimerMs, Math.ceil(timeoutMs))) : AbortSignal.abort();
}
