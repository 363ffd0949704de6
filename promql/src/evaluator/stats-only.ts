import { HISTOGRAM_OPERATORS } from "../binary/operators.js";
import type { Expr } from "../parser/ast.js";

const STATISTICS = new Set(["histogram_count", "histogram_sum", "histogram_avg"]);
const NEED_BUCKETS = new Set([
  "histogram_quantile",
  "histogram_quantiles",
  "histogram_fraction",
  "histogram_stddev",
  "histogram_stdvar",
]);

/**
 * Marks the selectors below histogram_count() and the like, where buckets don't matter: they are left out of the
 * evaluation, and counter resets are told by hints. Within subqueries the buckets are needed to find resets.
 */
export function markStatsOnly(expr: Expr, isWanted = false): Expr {
  switch (expr.kind) {
    case "vector-selector":
      return isWanted ? { ...expr, statsOnly: true } : expr;
    case "matrix-selector":
      return isWanted ? { ...expr, selector: { ...expr.selector, statsOnly: true } } : expr;
    case "subquery":
      return expr;
    case "call": {
      if (NEED_BUCKETS.has(expr.func.name)) return expr;
      const wants = isWanted || STATISTICS.has(expr.func.name);
      return { ...expr, args: expr.args.map((argument) => markStatsOnly(argument, wants)) };
    }
    case "binary":
      if (HISTOGRAM_OPERATORS.has(expr.op)) return expr;
      return { ...expr, lhs: markStatsOnly(expr.lhs, isWanted), rhs: markStatsOnly(expr.rhs, isWanted) };
    case "aggregate": {
      const param = expr.param === undefined ? {} : { param: markStatsOnly(expr.param, isWanted) };
      return { ...expr, expr: markStatsOnly(expr.expr, isWanted), ...param };
    }
    case "unary":
    case "paren":
    case "step-invariant":
      return { ...expr, expr: markStatsOnly(expr.expr, isWanted) };
    default:
      return expr;
  }
}
