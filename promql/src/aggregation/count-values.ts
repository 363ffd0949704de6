import { PromqlError } from "../errors.js";
import { type EvalContext, vectorOf } from "../evaluator/context.js";
import {
  ABSENT,
  FLOAT,
  newStepSeries,
  type Sample,
  type StepSeries,
  sampleAt,
  type Value,
} from "../evaluator/series.js";
import { formatHistogram } from "../histogram/buckets.js";
import { isValidLabelName, METRIC_NAME } from "../labels.js";
import { formatFloat } from "../numbers.js";
import type { AggregateExpr } from "../parser/ast.js";
import { quote } from "../quote.js";
import { groupingLabels } from "./groups.js";

/** count_values: per group and distinct value, how many series have it; the value becomes a label. */
export async function countValues(
  context: EvalContext,
  expr: AggregateExpr,
  series: readonly StepSeries[],
  label: string,
): Promise<Value> {
  if (!isValidLabelName(label)) throw new PromqlError("execution", `invalid label name ${quote(label)}`);
  const { steps } = context.grid;
  const grouping = expr.without ? expr.grouping : [...expr.grouping, label];
  const results = new Map<string, StepSeries>();
  for (const one of series) {
    if (context.budget.spend(20 * steps)) await context.budget.pause();
    // The value is a part of the labels, so a series moves between groups as it changes.
    const groupOfValue = new Map<Sample | "-0", StepSeries>();
    for (let step = 0; step < steps; step++) {
      if (one.present[step] === ABSENT) continue;
      const value = sampleAt(one, step);
      // To a Map -0 is 0, but their labels differ.
      const key = Object.is(value, -0) ? "-0" : value;
      let result = groupOfValue.get(key);
      if (result === undefined) {
        result = resultFor(results, one, label, value, grouping, expr.without, steps);
        groupOfValue.set(key, result);
      }
      result.values[step]!++;
      result.present[step] = FLOAT;
    }
  }
  return vectorOf(context, [...results.values()]);
}

function resultFor(
  results: Map<string, StepSeries>,
  series: StepSeries,
  label: string,
  value: Sample,
  grouping: readonly string[],
  without: boolean,
  steps: number,
): StepSeries {
  const text = typeof value === "number" ? formatFloat(value) : formatHistogram(value);
  const excluded = new Set([...grouping, METRIC_NAME]);
  const labels = groupingLabels(series.labels.with(label, text), grouping, without, excluded);
  let result = results.get(labels.key);
  if (result === undefined) {
    result = newStepSeries(labels, steps, false);
    results.set(labels.key, result);
  }
  return result;
}
