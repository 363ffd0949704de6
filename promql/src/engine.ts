import { Annotations } from "./annotations.js";
import { PromqlError } from "./errors.js";
import { Budget, mapInSlices } from "./evaluator/budget.js";
import type { EvalOptions } from "./evaluator/context.js";
import { Evaluator } from "./evaluator/evaluator.js";
import { Grid } from "./evaluator/grid.js";
import { planQuery } from "./evaluator/plan.js";
import { prefetch } from "./evaluator/prefetch.js";
import { rangeVectorSamples } from "./evaluator/range-result.js";
import type { RawSeries } from "./evaluator/raw-series.js";
import {
  ABSENT,
  HISTOGRAM,
  hasSameLabelSets,
  joinSameLabelSets,
  SAME_LABELSET,
  type StepSeries,
  type Value,
} from "./evaluator/series.js";
import type { SeriesSource } from "./evaluator/source.js";
import { compareLabelSets } from "./labels.js";
import { type Expr, typeOf } from "./parser/ast.js";
import { DOCUMENTED_TYPE } from "./parser/functions.js";
import type { ParserFeatures } from "./parser/options.js";
import { parse } from "./parser/parse.js";
import type { MatrixSeries, QueryResult, VectorSample } from "./result.js";

export interface EngineOptions {
  /** How old the latest sample of a series may be. Default 300000, as in Prometheus. */
  readonly lookbackDeltaMs?: number;
  /** Samples a query may hold in memory, read or computed. Default 50 million. */
  readonly maxSamples?: number;
  /** Default 120000. */
  readonly timeoutMs?: number;
  /** Step of subqueries that name none. Default 60000. */
  readonly defaultSubqueryStepMs?: number;
  /** The clock, in milliseconds: the default time of instant queries. */
  readonly now?: () => number;
  /** Experimental syntax, off by default as in Prometheus. */
  readonly features?: ParserFeatures;
  /** Keep metric names until the end of a query (`promql-delayed-name-removal`). */
  readonly delayedNameRemoval?: boolean;
  /** Trust `__type__` labels instead of name suffixes (`type-and-unit-labels`). */
  readonly typeAndUnitLabels?: boolean;
  /** Let rate() and the like use start timestamps (`use-start-timestamps`). */
  readonly startTimestamps?: boolean;
}

/** More steps than this per series is a mistake in the request; the HTTP API of Prometheus has the same limit. */
const MAX_STEPS = 1_000_000;

/**
 * A PromQL engine over any source of samples. It holds no state between queries and gives way to the event loop while
 * it computes.
 * @example await new Engine().instant(source, "sum(rate(http_requests_total[5m]))", Date.now())
 */
export class Engine {
  readonly #evalOptions: EvalOptions;
  readonly #features: ParserFeatures;
  readonly #maxSamples: number;
  readonly #timeoutMs: number;
  readonly #now: () => number;

  constructor(options: EngineOptions = {}) {
    this.#evalOptions = {
      lookbackDeltaMs: options.lookbackDeltaMs ?? 300_000,
      defaultSubqueryStepMs: options.defaultSubqueryStepMs ?? 60_000,
      delayedNameRemoval: options.delayedNameRemoval ?? false,
      typeAndUnitLabels: options.typeAndUnitLabels ?? false,
      startTimestamps: options.startTimestamps ?? false,
    };
    this.#features = options.features ?? {};
    this.#maxSamples = options.maxSamples ?? 50_000_000;
    this.#timeoutMs = options.timeoutMs ?? 120_000;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Evaluates a query at one time (default: now).
   * @throws PromqlError for a bad query, a failed evaluation, a timeout or an abort
   */
  async instant(
    source: SeriesSource,
    query: string,
    timeMs: number = this.#now(),
    signal?: AbortSignal,
  ): Promise<QueryResult> {
    const expr = parse(query, this.#features);
    const times = { startMs: timeMs, endMs: timeMs, stepMs: 0 };
    const run = await this.#prepare(source, planQuery(expr, times), new Grid(timeMs, timeMs, 1), signal);
    const result = await instantResult(run, typeOf(expr), timeMs);
    return { ...result, ...notes(run, query) };
  }

  /**
   * Evaluates a query at every step from start to end, both included.
   * @throws PromqlError for a bad query, a failed evaluation, a timeout or an abort
   */
  async range(
    source: SeriesSource,
    query: string,
    startMs: number,
    endMs: number,
    stepMs: number,
    signal?: AbortSignal,
  ): Promise<QueryResult> {
    if (!(stepMs >= 1))
      throw new PromqlError("bad_data", "zero or negative query resolution step widths are not accepted");
    if (endMs < startMs) throw new PromqlError("bad_data", "end timestamp must not be before start time");
    const expr = parse(query, this.#features);
    const type = typeOf(expr);
    if (type !== "vector" && type !== "scalar") {
      const got = JSON.stringify(DOCUMENTED_TYPE[type]);
      throw new PromqlError(
        "bad_data",
        `invalid expression type ${got} for range query, must be Scalar or instant Vector`,
      );
    }
    const grid = new Grid(startMs, endMs, stepMs);
    if (grid.steps > MAX_STEPS) throw new PromqlError("bad_data", `a range query has at most ${MAX_STEPS} steps`);
    const run = await this.#prepare(source, planQuery(expr, { startMs, endMs, stepMs }), grid, signal);
    const value = await run.evaluator.evaluate(run.plan);
    return { resultType: "matrix", matrix: await matrixOf(run, value), ...notes(run, query) };
  }

  async #prepare(source: SeriesSource, plan: Expr, grid: Grid, signal: AbortSignal | undefined): Promise<Run> {
    const budget = new Budget(this.#maxSamples, this.#timeoutMs, signal);
    budget.check();
    const options = this.#evalOptions;
    const annotations = new Annotations();
    const selected = await prefetch(plan, grid, source, options, budget);
    return { plan, annotations, options, evaluator: new Evaluator({ selected, options, budget, annotations }, grid) };
  }
}

interface Run {
  readonly plan: Expr;
  readonly annotations: Annotations;
  readonly options: EvalOptions;
  readonly evaluator: Evaluator;
}

function notes({ annotations }: Run, query: string): { warnings: string[]; infos: string[] } {
  return { warnings: annotations.texts("warning", query), infos: annotations.texts("info", query) };
}

type BareResult =
  | { resultType: "vector"; vector: VectorSample[] }
  | { resultType: "matrix"; matrix: MatrixSeries[] }
  | { resultType: "scalar"; scalar: { timestampMs: number; value: number } }
  | { resultType: "string"; string: { timestampMs: number; value: string } };

async function instantResult(run: Run, type: ReturnType<typeof typeOf>, timeMs: number): Promise<BareResult> {
  if (type === "matrix") return { resultType: "matrix", matrix: await rangeVectorResult(run) };
  const value = await run.evaluator.evaluate(run.plan);
  if (value.type === "string") return { resultType: "string", string: { timestampMs: timeMs, value: value.value } };
  if (value.type === "scalar") {
    return { resultType: "scalar", scalar: { timestampMs: timeMs, value: value.values[0]! } };
  }
  const vector = finished(run, value.series)
    .filter((series) => series.present[0] !== ABSENT)
    .map((series) => vectorSample(series, timeMs));
  return { resultType: "vector", vector };
}

function vectorSample(series: StepSeries, timestampMs: number): VectorSample {
  const labels = series.labels.toRecord();
  if (series.present[0] !== HISTOGRAM) return { labels, timestampMs, value: series.values[0]! };
  return { labels, timestampMs, value: 0, histogram: series.histograms![0]! };
}

async function rangeVectorResult(run: Run): Promise<MatrixSeries[]> {
  let { plan } = run;
  while (plan.kind === "paren" || plan.kind === "step-invariant") plan = plan.expr;
  if (plan.kind !== "matrix-selector" && plan.kind !== "subquery") throw new Error("BUG: expected a range vector");
  const vector = await run.evaluator.rangeVector(plan);
  const samples = rangeVectorSamples(run.evaluator, vector).map((series) => withFinalName(run, series));
  if (new Set(samples.map(({ labels }) => labels.key)).size < samples.length) {
    throw new PromqlError("execution", SAME_LABELSET);
  }
  samples.sort((a, b) => compareLabelSets(a.labels, b.labels));
  return samples.map(({ labels, times, values, histograms }) => ({
    labels: labels.toRecord(),
    timestampsMs: times,
    values,
    ...(histograms?.some((one) => one !== undefined) ? { histograms } : {}),
  }));
}

function withFinalName({ options }: Run, series: RawSeries): RawSeries {
  if (!options.delayedNameRemoval || !series.dropName) return series;
  return series.renamed(series.labels.withoutMetadata());
}

/** Result series with their final labels: delayed names are removed now, and collisions found. */
function finished({ options, evaluator }: Run, series: readonly StepSeries[]): readonly StepSeries[] {
  if (!options.delayedNameRemoval) {
    if (evaluator.grid.steps === 1 && hasSameLabelSets(series)) throw new PromqlError("execution", SAME_LABELSET);
    return series;
  }
  const named = series.map((one) => (one.dropName ? { ...one, labels: one.labels.withoutMetadata() } : one));
  return joinSameLabelSets(named);
}

async function matrixOf(run: Run, value: Value): Promise<MatrixSeries[]> {
  const { budget, grid } = run.evaluator;
  const times = Float64Array.from({ length: grid.steps }, (_, i) => grid.timeAt(i));
  if (value.type === "scalar") return [{ labels: {}, timestampsMs: times, values: value.values }];
  if (value.type === "string") throw new Error("BUG: a string has no range");
  const sorted = [...finished(run, value.series)].sort((a, b) => compareLabelSets(a.labels, b.labels));
  const matrix = await mapInSlices(budget, sorted, 100 + 2 * grid.steps, (series) => presentPoints(series, times));
  return matrix.filter((series) => series.values.length > 0);
}

function presentPoints(series: StepSeries, times: Float64Array): MatrixSeries {
  const labels = series.labels.toRecord();
  const { present } = series;
  const has = (_: unknown, i: number): boolean => present[i] !== ABSENT;
  const histograms = present.includes(HISTOGRAM)
    ? { histograms: series.histograms!.map((one, i) => (present[i] === HISTOGRAM ? one : undefined)).filter(has) }
    : {};
  if (!present.includes(ABSENT)) return { labels, timestampsMs: times, values: series.values, ...histograms };
  return { labels, timestampsMs: times.filter(has), values: series.values.filter(has), ...histograms };
}
