import type { EvalContext } from "../evaluator/context.js";
import { ABSENT, HISTOGRAM, newStepSeries, type Sample, type StepSeries, setSample } from "../evaluator/series.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import { HistogramMean, HistogramSum, type HistogramTotal } from "../histogram/total.js";
import { type AggregateExpr, positionOf } from "../parser/ast.js";
import type { Group } from "./groups.js";
import type { Reducer } from "./reduce.js";

export function hasHistograms({ members }: Group): boolean {
  return members.some((member) => member.histograms !== undefined);
}

/** As `reduceGroup`, for groups in which some samples are histograms. */
export function reduceMixedGroup(context: EvalContext, expr: AggregateExpr, group: Group, reduce: Reducer): StepSeries {
  const { steps } = context.grid;
  const dropName = group.members.some((member) => member.dropName);
  const result = newStepSeries(group.labels, steps, dropName);
  const column = new Float64Array(group.members.length);
  for (let step = 0; step < steps; step++) {
    const sample = reduceStep(context, expr, group, reduce, column, step);
    if (sample !== undefined) setSample(result, step, sample);
  }
  return result;
}

function reduceStep(
  context: EvalContext,
  expr: AggregateExpr,
  { members }: Group,
  reduce: Reducer,
  column: Float64Array,
  step: number,
): Sample | undefined {
  const countsAll = expr.op === "count" || expr.op === "group";
  const isTotal = expr.op === "sum" || expr.op === "avg";
  let floats = 0;
  let histograms = 0;
  for (const { present, values } of members) {
    if (present[step] === ABSENT) continue;
    if (present[step] === HISTOGRAM && !countsAll) histograms++;
    else column[floats++] = values[step]!;
  }
  if (histograms === 0) return floats === 0 ? undefined : reduce(column, floats, step);
  if (isTotal) return totalOf(context, expr, members, step);
  context.annotations.ignoredHistogramInAggregation(expr.op, positionOf(expr.expr));
  return floats === 0 ? undefined : reduce(column, floats, step);
}

/** sum and avg: histograms and floats do not mix, nor do exponential and custom buckets. */
function totalOf(
  context: EvalContext,
  expr: AggregateExpr,
  members: readonly StepSeries[],
  step: number,
): FloatHistogram | undefined {
  const { annotations } = context;
  const position = positionOf(expr.expr);
  let total: HistogramTotal | undefined;
  let isFirst = true;
  let hasFloat = false;
  for (const { present, histograms, labels } of members) {
    if (present[step] === ABSENT) continue;
    if (present[step] !== HISTOGRAM) hasFloat = true;
    else if (isFirst) total = startTotal(expr, histograms![step]!);
    // After a float came first, the result is none anyway.
    else if (total !== undefined && !total.add(histograms![step]!)) {
      annotations.mixedExponentialCustom(labels.metricName, position);
      if (total.hasReconciledBounds) annotations.reconciledBounds("aggregation", position);
      if (hasFloat) annotations.mixedFloatsHistogramsInAggregation(position);
      return undefined;
    }
    isFirst = false;
  }
  if (total?.hasReconciledBounds) annotations.reconciledBounds("aggregation", position);
  if (total === undefined || hasFloat) {
    annotations.mixedFloatsHistogramsInAggregation(position);
    return undefined;
  }
  if (total.hasHintCollision) annotations.resetCollision("aggregation", position);
  return total.result(true);
}

function startTotal(expr: AggregateExpr, first: FloatHistogram): HistogramTotal {
  return expr.op === "sum" ? new HistogramSum(first) : new HistogramMean(first);
}
