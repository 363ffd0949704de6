import { type EvalContext, vectorOf } from "../evaluator/context.js";
import { ABSENT, isEmpty, newStepSeries, type StepSeries, type Value } from "../evaluator/series.js";
import type { BinaryExpr } from "../parser/ast.js";
import { anyPresent, groupBySignature } from "./signatures.js";

/** `and`, `or`, `unless`: series chosen by whether the other side has a match at that step. */
export async function setBinary(
  context: EvalContext,
  expr: BinaryExpr,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
): Promise<Value> {
  const { steps } = context.grid;
  const groups = await groupBySignature(context.budget, expr.matching!, left, right);
  const pickedLeft: (StepSeries | undefined)[] = [...left];
  const pickedRight: (StepSeries | undefined)[] = new Array(right.length).fill(undefined);
  for (const group of groups) {
    if (context.budget.spend(2 * steps * (group.left.length + group.right.length))) await context.budget.pause();
    if (expr.op === "or") {
      if (group.right.length === 0) continue;
      const taken = anyPresent(
        group.left.map((i) => left[i]!),
        steps,
      );
      for (const i of group.right) pickedRight[i] = masked(right[i]!, taken, 0);
    } else {
      const matched = anyPresent(
        group.right.map((i) => right[i]!),
        steps,
      );
      for (const i of group.left) pickedLeft[i] = masked(left[i]!, matched, expr.op === "and" ? 1 : 0);
    }
  }
  const picked = [...pickedLeft, ...pickedRight].filter((series) => series !== undefined);
  return vectorOf(context, picked);
}

/** The series where the mask has the wanted value; undefined when nothing is left. */
function masked(series: StepSeries, mask: Uint8Array, wanted: 0 | 1): StepSeries | undefined {
  const result = newStepSeries(series.labels, mask.length, series.dropName);
  result.values.set(series.values);
  result.histograms = series.histograms;
  for (let i = 0; i < mask.length; i++) result.present[i] = mask[i] === wanted ? series.present[i]! : ABSENT;
  return isEmpty(result) ? undefined : result;
}
