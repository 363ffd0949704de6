import type { Expr, TimeModifiers } from "../parser/ast.js";

/** Functions whose value depends on the evaluation time even with all selectors pinned. */
const TIME_DEPENDENT = new Set(
  "days_in_month day_of_month day_of_week day_of_year end hour minute month year predict_linear range start step time timestamp".split(
    " ",
  ),
);

/**
 * The expression with `@ time` on every selector and subquery that has no time of its own: it must then give the same
 * result whenever it is evaluated. Undefined when a function in it depends on the evaluation time.
 */
export function pinTimes(expr: Expr, timeMs: number): Expr | undefined {
  if (dependsOnTime(expr)) return undefined;
  return pin(expr, timeMs);
}

function dependsOnTime(expr: Expr): boolean {
  switch (expr.kind) {
    case "call":
      return TIME_DEPENDENT.has(expr.func.name) || expr.args.some(dependsOnTime);
    case "binary":
      return dependsOnTime(expr.lhs) || dependsOnTime(expr.rhs);
    case "aggregate":
      return dependsOnTime(expr.expr) || (expr.param !== undefined && dependsOnTime(expr.param));
    case "subquery":
    case "unary":
    case "paren":
      return dependsOnTime(expr.expr);
    default:
      return false;
  }
}

function pin(expr: Expr, timeMs: number): Expr {
  switch (expr.kind) {
    case "vector-selector":
    case "subquery":
      return { ...expr, ...pinned(expr, timeMs) };
    case "matrix-selector":
      return { ...expr, selector: { ...expr.selector, ...pinned(expr.selector, timeMs) } };
    case "call":
      return { ...expr, args: expr.args.map((argument) => pin(argument, timeMs)) };
    case "binary":
      return { ...expr, lhs: pin(expr.lhs, timeMs), rhs: pin(expr.rhs, timeMs) };
    case "aggregate":
      return {
        ...expr,
        expr: pin(expr.expr, timeMs),
        ...(expr.param === undefined ? {} : { param: pin(expr.param, timeMs) }),
      };
    case "unary":
    case "paren":
      return { ...expr, expr: pin(expr.expr, timeMs) };
    default:
      return expr;
  }
}

/** In an instant query, start() and end() are the evaluation time too. */
function pinned({ at }: TimeModifiers, timeMs: number): Pick<TimeModifiers, "at"> {
  return { at: at?.kind === "time" ? at : { kind: "time", timeMs } };
}
