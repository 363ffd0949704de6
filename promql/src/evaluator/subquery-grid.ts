import type { SubqueryExpr } from "../parser/ast.js";
import type { EvalOptions } from "./context.js";
import { Grid } from "./grid.js";

/**
 * Where a subquery is evaluated: at multiples of its own step (so that results do not depend on when one asks), over
 * all that the outer grid can look back to.
 */
export function subqueryGrid(expr: SubqueryExpr, outer: Grid, options: EvalOptions): Grid {
  const { at, offsetMs, rangeMs } = expr;
  const stepMs = expr.stepMs === 0 ? options.defaultSubqueryStepMs : Math.max(1, Math.trunc(expr.stepMs));
  const firstMs = (at?.kind === "time" ? at.timeMs : outer.startMs) - offsetMs;
  const lastMs = (at?.kind === "time" ? at.timeMs : outer.endMs) - offsetMs;
  const openStart = firstMs - Math.trunc(rangeMs);
  let startMs = stepMs * Math.trunc(openStart / stepMs);
  if (startMs <= openStart) startMs += stepMs;
  return new Grid(startMs, lastMs, stepMs);
}
