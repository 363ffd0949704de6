import type { EvalContext } from "../evaluator/context.js";
import {
  ABSENT,
  FLOAT,
  HISTOGRAM,
  newStepSeries,
  type Sample,
  type StepSeries,
  setSample,
} from "../evaluator/series.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import { HistogramMean, HistogramSum, type HistogramTotal } from "../histogram/total.js";
import { LabelSet } from "../labels.js";
import { type AggregateExpr, positionOf } from "../parser/ast.js";
import { quantileOf } from "../quantile.js";
import { foldOf, resultFor } from "./folds.js";
import type { Group } from "./groups.js";

export function hasHistograms({ members }: Group): boolean {
  return members.some((member) => member.histograms !== undefined);
}

/** One result for a group in which some samples are histograms, step by step. */
export async function reduceMixedGroup(
  context: EvalContext,
  expr: AggregateExpr,
  group: Group,
  parameter: Float64Array | undefined,
): Promise<StepSeries> {
  const { budget, grid } = context;
  const result = resultFor(group, grid.steps);
  for (let step = 0; step < grid.steps; step++) {
    const sample = reduceStep(context, expr, group, parameter, step);
    if (sample !== undefined) setSample(result, step, sample);
    if (budget.spend(HISTOGRAM_UNITS * group.members.length)) await budget.pause();
  }
  return result;
}

/** What a histogram costs, compared with a float. */
const HISTOGRAM_UNITS = 100;

function reduceStep(
  context: EvalContext,
  expr: AggregateExpr,
  { members }: Group,
  parameter: Float64Array | undefined,
  step: number,
): Sample | undefined {
  const countsAll = expr.op === "count" || expr.op === "group";
  let histograms = 0;
  const floats: number[] = [];
  for (const { present, values } of members) {
    if (present[step] === HISTOGRAM && !countsAll) histograms++;
    else if (present[step] !== ABSENT) floats.push(values[step]!);
  }
  if (histograms > 0) {
    if (expr.op === "sum" || expr.op === "avg") return totalOf(context, expr, members, step);
    context.annotations.ignoredHistogramInAggregation(expr.op, positionOf(expr.expr));
  }
  return floats.length === 0 ? undefined : reduceFloats(expr, floats, parameter?.[step]);
}

function reduceFloats({ op }: AggregateExpr, floats: readonly number[], parameter: number | undefined): number {
  if (op === "quantile") return quantileOf(parameter!, Float64Array.from(floats), floats.length);
  const folding = foldOf(op, 1)!;
  for (const value of floats) {
    folding.add({ ...newStepSeries(LabelSet.empty, 1, false), values: Float64Array.of(value), present: ONE_FLOAT });
  }
  return folding.finish()[0]!;
}

const ONE_FLOAT = Uint8Array.of(FLOAT);

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
