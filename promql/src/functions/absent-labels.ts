import { LabelSet, METRIC_NAME } from "../labels.js";
import type { Expr } from "../parser/ast.js";

/** The labels that absent() and absent_over_time() can know: those the selector fixes to one value. */
export function absentLabels(argument: Expr): LabelSet {
  const expr = argument.kind === "step-invariant" ? argument.expr : argument;
  const selector = expr.kind === "matrix-selector" ? expr.selector : expr;
  if (selector.kind !== "vector-selector") return LabelSet.empty;
  let labels = LabelSet.empty;
  const seen = new Set<string>();
  for (const { name, op, value } of selector.matchers) {
    if (name === METRIC_NAME) continue;
    const isFixed = op === "=" && !seen.has(name);
    labels = labels.with(name, isFixed ? value : "");
    if (isFixed) seen.add(name);
  }
  return labels;
}
