import { type EvalContext, vectorOf } from "../evaluator/context.js";
import {
  ABSENT,
  FLOAT,
  isEmpty,
  newStepSeries,
  type StepSeries,
  sampleAt,
  setSample,
  type Value,
} from "../evaluator/series.js";
import type { BinaryExpr } from "../parser/ast.js";
import { combineSamples, isFloatOperator, sampleOf } from "./elements.js";
import { arithmeticOf, comparisonOf } from "./operators.js";

/** scalar op scalar; comparisons (always with bool) give 0 or 1. */
export function scalarBinary(expr: BinaryExpr, left: Float64Array, right: Float64Array): Value {
  const values = new Float64Array(left.length);
  const compare = comparisonOf(expr.op);
  if (compare !== undefined) {
    for (let i = 0; i < values.length; i++) values[i] = compare(left[i]!, right[i]!) ? 1 : 0;
  } else {
    const apply = arithmeticOf(expr.op);
    for (let i = 0; i < values.length; i++) values[i] = apply(left[i]!, right[i]!);
  }
  return { type: "scalar", values };
}

/** vector op scalar, or with `swapped` scalar op vector. Comparisons keep the vector's value. */
export async function vectorScalarBinary(
  context: EvalContext,
  expr: BinaryExpr,
  vector: readonly StepSeries[],
  scalar: Float64Array,
  swapped: boolean,
): Promise<Value> {
  const compare = comparisonOf(expr.op);
  const dropsName = (compare === undefined && isFloatOperator(expr)) || expr.returnBool;
  const { delayedNameRemoval } = context.options;
  const results: StepSeries[] = [];
  for (const series of vector) {
    if (context.budget.spend(2 * scalar.length)) await context.budget.pause();
    const labels = dropsName && !delayedNameRemoval ? series.labels.withoutMetadata() : series.labels;
    const result = newStepSeries(labels, series.values.length, series.dropName || dropsName);
    if (series.histograms !== undefined || !isFloatOperator(expr)) {
      applyToSamples(context, expr, series, scalar, swapped, result);
    } else if (compare === undefined) applyArithmetic(expr, series, scalar, swapped, result);
    else applyComparison(expr, series, scalar, swapped, result);
    if (!isEmpty(result)) results.push(result);
  }
  return vectorOf(context, results);
}

function applyArithmetic(
  expr: BinaryExpr,
  series: StepSeries,
  scalar: Float64Array,
  swapped: boolean,
  result: StepSeries,
): void {
  const apply = arithmeticOf(expr.op);
  const { values } = series;
  result.present.set(series.present);
  for (let i = 0; i < values.length; i++) {
    result.values[i] = swapped ? apply(scalar[i]!, values[i]!) : apply(values[i]!, scalar[i]!);
  }
}

function applyComparison(
  expr: BinaryExpr,
  series: StepSeries,
  scalar: Float64Array,
  swapped: boolean,
  result: StepSeries,
): void {
  const compare = comparisonOf(expr.op)!;
  const { values, present } = series;
  for (let i = 0; i < values.length; i++) {
    if (present[i] === ABSENT) continue;
    const keeps = swapped ? compare(scalar[i]!, values[i]!) : compare(values[i]!, scalar[i]!);
    if (!keeps && !expr.returnBool) continue;
    result.present[i] = FLOAT;
    result.values[i] = expr.returnBool ? (keeps ? 1 : 0) : values[i]!;
  }
}

/** Where histograms are among the samples, or the operator is for histograms only. */
function applyToSamples(
  context: EvalContext,
  expr: BinaryExpr,
  series: StepSeries,
  scalar: Float64Array,
  swapped: boolean,
  result: StepSeries,
): void {
  for (let i = 0; i < scalar.length; i++) {
    if (series.present[i] === ABSENT) continue;
    const sample = sampleAt(series, i);
    const combined = swapped
      ? combineSamples(context, expr, scalar[i]!, sample)
      : combineSamples(context, expr, sample, scalar[i]!);
    if (combined.value === undefined) continue;
    // A comparison keeps the vector's element, on whichever side it stands.
    const isComparison = comparisonOf(expr.op) !== undefined;
    const found = sampleOf(expr, isComparison ? { ...combined, value: sample } : combined);
    if (found !== undefined) setSample(result, i, found);
  }
}
