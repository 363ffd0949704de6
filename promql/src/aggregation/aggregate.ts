import type { EvalContext } from "../evaluator/context.js";
import { ABSENT, isEmpty, type StepSeries } from "../evaluator/series.js";
import type { AggregateExpr } from "../parser/ast.js";
import { quantileOf } from "../quantile.js";
import { foldOf, markPresent, resultFor } from "./folds.js";
import { type Group, groupSeries } from "./groups.js";
import { hasHistograms, reduceMixedGroup } from "./mixed.js";

/** The aggregations with one result per group. */
export async function aggregate(
  context: EvalContext,
  expr: AggregateExpr,
  series: readonly StepSeries[],
  parameter: Float64Array | undefined,
): Promise<StepSeries[]> {
  const results: StepSeries[] = [];
  for (const group of await groupSeries(context.budget, series, expr.grouping, expr.without)) {
    if (hasHistograms(group)) {
      const mixed = await reduceMixedGroup(context, expr, group, parameter);
      if (!isEmpty(mixed)) results.push(mixed);
    } else if (expr.op === "quantile") results.push(await quantiles(context, group, parameter!));
    else results.push(await fold(context, expr, group));
  }
  return results;
}

async function fold({ budget, grid }: EvalContext, { op }: AggregateExpr, group: Group): Promise<StepSeries> {
  const folding = foldOf(op, grid.steps);
  if (folding === undefined) throw new Error(`BUG: ${op} does not reduce a group to one value`);
  const result = resultFor(group, grid.steps);
  for (const member of group.members) {
    folding.add(member);
    markPresent(result, member);
    if (budget.spend(grid.steps)) await budget.pause();
  }
  result.values.set(folding.finish());
  return result;
}

async function quantiles({ budget, grid }: EvalContext, group: Group, parameter: Float64Array): Promise<StepSeries> {
  const { members } = group;
  const result = resultFor(group, grid.steps);
  for (const member of members) markPresent(result, member);
  const column = new Float64Array(members.length);
  for (let step = 0; step < grid.steps; step++) {
    let count = 0;
    for (const { present, values } of members) if (present[step] !== ABSENT) column[count++] = values[step]!;
    if (count > 0) result.values[step] = quantileOf(parameter[step]!, column, count);
    if (budget.spend(4 * members.length)) await budget.pause();
  }
  return result;
}
