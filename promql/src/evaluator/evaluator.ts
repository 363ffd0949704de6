import { aggregate } from "../aggregation/aggregate.js";
import { countValues } from "../aggregation/count-values.js";
import { selectSeries } from "../aggregation/select.js";
import type { Annotations } from "../annotations.js";
import { scalarBinary, vectorScalarBinary } from "../binary/scalars.js";
import { setBinary } from "../binary/sets.js";
import { vectorBinary } from "../binary/vectors.js";
import { PromqlError } from "../errors.js";
import { joinInfo } from "../functions/info.js";
import { isPerSeries, rangeFunction, vectorFunction } from "../functions/registry.js";
import { multiply, sampleCountOf } from "../histogram/arithmetic.js";
import { type FloatHistogram, GAUGE, UNKNOWN_RESET } from "../histogram/float-histogram.js";
import {
  type AggregateExpr,
  type BinaryExpr,
  type Call,
  type Expr,
  positionOf,
  type SubqueryExpr,
  type UnaryExpr,
  type VectorSelector,
} from "../parser/ast.js";
import { SET_OPERATORS } from "../parser/token.js";
import { type Budget, mapInSlices } from "./budget.js";
import { type EvalContext, type EvalOptions, renamed, scalarOf, seriesOf, stringOf, vectorOf } from "./context.js";
import type { Grid } from "./grid.js";
import { lookBack } from "./lookback.js";
import type { SelectedSeries } from "./prefetch.js";
import { RawSeries } from "./raw-series.js";
import { ABSENT, joinSameLabelSets, type StepSeries, type Value } from "./series.js";
import { smooth } from "./smoothing.js";
import { subqueryGrid } from "./subquery-grid.js";
import { applyRangeFunction, type RangeVector } from "./windows.js";

const SELECTING = new Set(["topk", "bottomk", "limitk", "limit_ratio"]);

/** About a millisecond's worth of slots. */
const BATCH_SLOTS = 50_000;

/** Slots that need no second look. */
const SMALL = 1_000_000;

/** What an evaluation shares with those of its subqueries. */
export interface Shared {
  readonly selected: SelectedSeries;
  readonly options: EvalOptions;
  readonly budget: Budget;
  readonly annotations: Annotations;
}

/** Evaluates a planned expression at all steps of a grid, node by node. */
export class Evaluator implements EvalContext {
  readonly grid: Grid;
  readonly options: EvalOptions;
  readonly budget: Budget;
  readonly annotations: Annotations;
  readonly #shared: Shared;

  constructor(shared: Shared, grid: Grid) {
    this.#shared = shared;
    this.grid = grid;
    this.options = shared.options;
    this.budget = shared.budget;
    this.annotations = shared.annotations;
  }

  /** The value of an expression; only what it returns still counts against the budget afterwards. */
  async evaluate(expr: Expr): Promise<Value> {
    const { budget, grid } = this;
    budget.check();
    const before = { samples: budget.samples, slots: budget.slots };
    budget.reserve(grid.steps);
    const value = await this.#dispatch(expr);
    const slots = value.type === "vector" ? value.series.length * grid.steps : value.type === "scalar" ? grid.steps : 0;
    // Slots are an upper bound of samples: these are counted only where that could matter.
    const samples = value.type === "vector" && slots > SMALL ? await this.#countSamples(value.series) : slots;
    budget.settle(before, { samples, slots });
    return value;
  }

  async #countSamples(series: readonly StepSeries[]): Promise<number> {
    const counts = await mapInSlices(this.budget, series, this.grid.steps, samplesOf);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #dispatch(expr: Expr): Promise<Value> {
    switch (expr.kind) {
      case "number":
        return { type: "scalar", values: new Float64Array(this.grid.steps).fill(expr.value) };
      case "string":
        return { type: "string", value: expr.value };
      case "paren":
        return this.evaluate(expr.expr);
      case "step-invariant":
        return this.#evaluateOnce(expr.expr);
      case "vector-selector":
        return { type: "vector", series: await this.#select(expr) };
      case "unary":
        return this.#unary(expr);
      case "binary":
        return this.#binary(expr);
      case "aggregate":
        return this.#aggregate(expr);
      case "call":
        return this.#call(expr);
      case "matrix-selector":
      case "subquery":
        throw new Error("BUG: a range vector is no value of its own");
    }
  }

  async #evaluateOnce(expr: Expr): Promise<Value> {
    const { steps } = this.grid;
    if (this.grid.isInstant || steps === 0) return this.evaluate(expr);
    const value = await new Evaluator(this.#shared, this.grid.first()).evaluate(expr);
    if (value.type === "string") return value;
    if (value.type === "scalar") return { type: "scalar", values: new Float64Array(steps).fill(value.values[0]!) };
    this.budget.reserve(value.series.length * steps);
    const series = await mapInSlices(this.budget, value.series, steps, (one) => repeated(one, steps));
    return { type: "vector", series };
  }

  async #select(selector: VectorSelector): Promise<StepSeries[]> {
    const selected = this.#selected(selector);
    if (selector.extension === "smoothed") return smooth(this, selector, selected);
    return lookBack(this, selector, selected);
  }

  #selected(selector: VectorSelector): readonly RawSeries[] {
    const selected = this.#shared.selected.get(selector) ?? [];
    return selector.statsOnly === true ? selected.map((series) => series.statistics()) : selected;
  }

  async #unary(expr: UnaryExpr): Promise<Value> {
    const value = await this.evaluate(expr.expr);
    if (expr.op === "+" || value.type === "string") return value;
    if (value.type === "scalar") return { type: "scalar", values: value.values.map((number) => -number) };
    const series = await mapInSlices(
      this.budget,
      value.series,
      this.grid.steps,
      (one): StepSeries => ({
        ...renamed(this, one),
        values: one.values.map((number) => -number),
        present: one.present,
        histograms: one.histograms?.map((histogram) => histogram && multiply(histogram, -1)),
      }),
    );
    return { type: "vector", series: this.options.delayedNameRemoval ? series : joinSameLabelSets(series) };
  }

  async #binary(expr: BinaryExpr): Promise<Value> {
    const left = await this.evaluate(expr.lhs);
    const right = await this.evaluate(expr.rhs);
    if (left.type === "scalar" && right.type === "scalar") return scalarBinary(expr, left.values, right.values);
    if (left.type === "scalar") return vectorScalarBinary(this, expr, seriesOf(right), left.values, true);
    if (right.type === "scalar") return vectorScalarBinary(this, expr, seriesOf(left), right.values, false);
    if (SET_OPERATORS.has(expr.op)) return setBinary(this, expr, seriesOf(left), seriesOf(right));
    return vectorBinary(this, expr, seriesOf(left), seriesOf(right));
  }

  async #aggregate(expr: AggregateExpr): Promise<Value> {
    const param = expr.param === undefined ? undefined : await this.evaluate(expr.param);
    const series = seriesOf(await this.evaluate(expr.expr));
    if (expr.op === "count_values") return countValues(this, expr, series, stringOf(param));
    const parameter = param === undefined ? undefined : scalarOf(param);
    if (SELECTING.has(expr.op)) return { type: "vector", series: await selectSeries(this, expr, series, parameter!) };
    if (expr.op === "quantile") this.#warnOfQuantile(expr, parameter!);
    return { type: "vector", series: await aggregate(this, expr, series, parameter) };
  }

  #warnOfQuantile(expr: AggregateExpr, parameter: Float64Array): void {
    const position = positionOf(expr.param!);
    const numbers = parameter.filter((q) => !Number.isNaN(q));
    if (numbers.length < parameter.length) this.annotations.invalidQuantile(Number.NaN, position);
    const most = numbers.reduce((a, b) => Math.max(a, b), 0);
    const least = numbers.reduce((a, b) => Math.min(a, b), 0);
    if (most > 1) this.annotations.invalidQuantile(most, position);
    if (least < 0) this.annotations.invalidQuantile(least, position);
  }

  async #call(expr: Call): Promise<Value> {
    const { name } = expr.func;
    const [first] = expr.args;
    if ((name === "timestamp" || name === "start_timestamp") && first?.kind === "vector-selector") {
      return this.#sampleTimes(first, name === "timestamp" ? "time" : "start-time");
    }
    if (name === "info") return this.#info(expr);
    const entry = rangeFunction(name);
    if (entry !== undefined) {
      const scalars: Float64Array[] = [];
      let vector: RangeVector | undefined;
      for (const argument of expr.args) {
        if (argument.kind === "matrix-selector" || argument.kind === "subquery") {
          vector = await this.rangeVector(argument);
        } else scalars.push(scalarOf(await this.evaluate(argument)));
      }
      return { type: "vector", series: await applyRangeFunction(this, expr, entry, vector!, scalars) };
    }
    const compute = vectorFunction(name);
    if (compute === undefined) {
      throw new PromqlError("bad_data", `function ${name}() is not supported yet`, positionOf(expr));
    }
    const args: Value[] = [];
    for (const argument of expr.args) args.push(await this.evaluate(argument));
    const [input] = args;
    if (!isPerSeries(name) || input?.type !== "vector") return compute(this, expr, args);
    return this.#inBatches(input.series, (series) =>
      compute(this, expr, [{ type: "vector", series }, ...args.slice(1)]),
    );
  }

  /** A function that looks at one series at a time is given a few at a time, so that others can run in between. */
  async #inBatches(
    series: readonly StepSeries[],
    compute: (batch: readonly StepSeries[]) => Value | Promise<Value>,
  ): Promise<Value> {
    const size = Math.max(1, Math.floor(BATCH_SLOTS / this.grid.steps));
    if (series.length <= size) return compute(series);
    const results: StepSeries[] = [];
    for (let from = 0; from < series.length; from += size) {
      results.push(...seriesOf(await compute(series.slice(from, from + size))));
      if (this.budget.spend(BATCH_SLOTS)) await this.budget.pause();
    }
    return vectorOf(this, results);
  }

  async #info(expr: Call): Promise<Value> {
    const base = seriesOf(await this.evaluate(expr.args[0]!));
    const selector = expr.args[1] as VectorSelector;
    const info = await lookBack(this, selector, this.#selected(selector), "info-time");
    return joinInfo(this, selector, base, info);
  }

  /** timestamp() of a selector is about the samples, not about the time of the evaluation. */
  async #sampleTimes(selector: VectorSelector, field: "time" | "start-time"): Promise<Value> {
    if (field === "start-time" && !this.options.startTimestamps) return { type: "vector", series: [] };
    // With `@`, upstream forgets the offset here (but has read the samples that the offset asked for).
    const looked = selector.at === undefined ? selector : { ...selector, offsetMs: 0 };
    const found = await lookBack(this, looked, this.#selected(selector), field);
    const series = found.map((one): StepSeries => ({ ...one, ...renamed(this, one) }));
    const isDelayed = this.options.delayedNameRemoval && this.grid.steps === 1;
    return { type: "vector", series: isDelayed ? series : joinSameLabelSets(series) };
  }

  /** The samples a range function looks at. */
  async rangeVector(expr: Extract<Expr, { kind: "matrix-selector" | "subquery" }>): Promise<RangeVector> {
    if (expr.kind === "matrix-selector") {
      const { selector, rangeMs } = expr;
      const { at, offsetMs, extension } = selector;
      const series = this.#selected(selector);
      return { series, rangeMs, offsetMs, atMs: at?.kind === "time" ? at.timeMs : undefined, extension };
    }
    const { at, offsetMs, rangeMs } = expr;
    const series = await this.#subquery(expr);
    return { series, rangeMs, offsetMs, atMs: at?.kind === "time" ? at.timeMs : undefined, extension: undefined };
  }

  async #subquery(expr: SubqueryExpr): Promise<RawSeries[]> {
    const grid = subqueryGrid(expr, this.grid, this.options);
    if (grid.steps === 0) return [];
    const inner = new Evaluator(this.#shared, grid);
    const series = seriesOf(await inner.evaluate(expr.expr));
    return mapInSlices(this.budget, series, grid.steps, (one) => toRawSeries(one, grid));
  }
}

/** Between two points of a subquery a reset may hide, or one reset be seen twice: its hints are worth nothing. */
function withoutResetHint(histogram: FloatHistogram | undefined): FloatHistogram | undefined {
  if (histogram === undefined || histogram.counterResetHint === GAUGE) return histogram;
  return histogram.counterResetHint === UNKNOWN_RESET ? histogram : { ...histogram, counterResetHint: UNKNOWN_RESET };
}

function samplesOf({ present, histograms }: StepSeries): number {
  let count = 0;
  for (let i = 0; i < present.length; i++) {
    if (present[i] !== ABSENT) count += histograms?.[i] === undefined ? 1 : sampleCountOf(histograms[i]!);
  }
  return count;
}

/** A series of one step, repeated at all steps. */
function repeated(one: StepSeries, steps: number): StepSeries {
  return {
    ...one,
    values: new Float64Array(steps).fill(one.values[0]!),
    present: new Uint8Array(steps).fill(one.present[0]!),
    histograms: one.histograms && new Array<FloatHistogram | undefined>(steps).fill(one.histograms[0]),
  };
}

function toRawSeries(series: StepSeries, grid: Grid): RawSeries {
  const { present, labels, dropName } = series;
  let count = 0;
  for (let i = 0; i < present.length; i++) if (present[i] !== ABSENT) count++;
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < present.length; i++) {
    if (present[i] === ABSENT) continue;
    times[at] = grid.timeAt(i);
    values[at] = series.values[i]!;
    at++;
  }
  const histograms = series.histograms?.filter((_, i) => present[i] !== ABSENT).map(withoutResetHint);
  return new RawSeries(labels, { times, values, histograms }, dropName);
}
