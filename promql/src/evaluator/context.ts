import type { Annotations } from "../annotations.js";
import type { Call } from "../parser/ast.js";
import type { Budget } from "./budget.js";
import type { Grid } from "./grid.js";
import { joinSameLabelSets, type StepSeries, type Value } from "./series.js";

/** Semantics an engine is set to. */
export interface EvalOptions {
  readonly lookbackDeltaMs: number;
  readonly defaultSubqueryStepMs: number;
  readonly delayedNameRemoval: boolean;
  readonly typeAndUnitLabels: boolean;
  readonly startTimestamps: boolean;
}

/** What functions and operators may use of an evaluation. */
export interface EvalContext {
  readonly grid: Grid;
  readonly options: EvalOptions;
  readonly budget: Budget;
  readonly annotations: Annotations;
}

/** A function over evaluated arguments, one call for all steps. */
export type VectorFunction = (context: EvalContext, call: Call, args: readonly Value[]) => Value | Promise<Value>;

/** One that needs no pause. */
export type PromptVectorFunction = (context: EvalContext, call: Call, args: readonly Value[]) => Value;

/** The series of an argument that the type check has proven to be a vector. */
export function seriesOf(value: Value | undefined): readonly StepSeries[] {
  if (value?.type !== "vector") throw new Error("BUG: expected an instant vector");
  return value.series;
}

/** The values per step of an argument that the type check has proven to be a scalar. */
export function scalarOf(value: Value | undefined): Float64Array {
  if (value?.type !== "scalar") throw new Error("BUG: expected a scalar");
  return value.values;
}

export function stringOf(value: Value | undefined): string {
  if (value?.type !== "string") throw new Error("BUG: expected a string");
  return value.value;
}

/** Wraps a result; two values for one label set at one step are an error, now or (delayed, instant) at the end. */
export function vectorOf(context: EvalContext, series: readonly StepSeries[]): Value {
  const isChecked = context.grid.steps !== 1 || !context.options.delayedNameRemoval;
  return { type: "vector", series: isChecked ? joinSameLabelSets(series) : series };
}

/** A copy of a series' identity for values that its metric name no longer describes. */
export function renamed(context: EvalContext, series: StepSeries): Pick<StepSeries, "labels" | "dropName"> {
  const { delayedNameRemoval } = context.options;
  return { labels: delayedNameRemoval ? series.labels : series.labels.withoutMetadata(), dropName: true };
}
