import { infoSelector } from "../functions/info.js";
import type { Call, Expr, SubqueryExpr, TimeModifiers, VectorSelector } from "../parser/ast.js";
import { durationValueMs, type QueryTimes } from "./duration-value.js";
import { markStatsOnly } from "./stats-only.js";

/** Functions whose value depends on the evaluation time, even when their arguments do not. */
const TIME_DEPENDENT = new Set([
  ..."days_in_month day_of_month day_of_week day_of_year hour minute month year".split(" "),
  ..."predict_linear time timestamp start_timestamp".split(" "),
]);

/**
 * The expression with everything resolved that is known before evaluation: start(), end(), step() and range(),
 * duration expressions, `@ start()`. Parts that are the same at every step are marked, to be evaluated once.
 */
export function planQuery(expr: Expr, times: QueryTimes): Expr {
  const resolved = resolve(expr, times);
  return markStatsOnly(isInvariant(resolved) ? invariant(resolved) : markInvariant(resolved));
}

function resolve(expr: Expr, times: QueryTimes): Expr {
  switch (expr.kind) {
    case "vector-selector":
      return { ...expr, ...resolveModifiers(expr, times) };
    case "matrix-selector": {
      const rangeMs = expr.rangeExpression && durationValueMs(expr.rangeExpression, times, false);
      return {
        ...expr,
        selector: resolve(expr.selector, times) as VectorSelector,
        rangeMs: rangeMs ?? expr.rangeMs,
      };
    }
    case "subquery":
      return resolveSubquery(expr, times);
    case "call":
      return resolveCall(expr, times);
    case "aggregate": {
      const param = expr.param === undefined ? {} : { param: resolve(bare(expr.param), times) };
      return { ...expr, expr: resolve(bare(expr.expr), times), ...param };
    }
    case "binary":
      return { ...expr, lhs: resolve(expr.lhs, times), rhs: resolve(expr.rhs, times) };
    case "unary":
    case "paren":
    case "step-invariant":
      return { ...expr, expr: resolve(expr.expr, times) };
    default:
      return expr;
  }
}

function resolveModifiers(modifiers: TimeModifiers, times: QueryTimes): TimeModifiers {
  const { offsetExpression, at } = modifiers;
  const offsetMs = offsetExpression === undefined ? modifiers.offsetMs : durationValueMs(offsetExpression, times, true);
  if (at === undefined) return { offsetMs: Math.trunc(offsetMs) };
  const timeMs = at.kind === "time" ? at.timeMs : at.kind === "start" ? times.startMs : times.endMs;
  return { offsetMs: Math.trunc(offsetMs), at: { kind: "time", timeMs } };
}

function resolveSubquery(expr: SubqueryExpr, times: QueryTimes): Expr {
  const rangeMs = expr.rangeExpression && durationValueMs(expr.rangeExpression, times, false);
  const stepMs = expr.stepExpression && durationValueMs(expr.stepExpression, times, false);
  return {
    ...expr,
    ...resolveModifiers(expr, times),
    expr: resolve(expr.expr, times),
    rangeMs: rangeMs ?? expr.rangeMs,
    stepMs: stepMs ?? expr.stepMs,
  };
}

function resolveCall(expr: Call, times: QueryTimes): Expr {
  const { start, end } = expr;
  const constant = (value: number): Expr => ({ kind: "number", value, isDuration: false, start, end });
  switch (expr.func.name) {
    case "start":
      return constant(times.startMs / 1000);
    case "end":
      return constant(times.endMs / 1000);
    case "range":
      return constant((times.endMs - times.startMs) / 1000);
    case "step":
      return constant(times.startMs === times.endMs ? 0 : times.stepMs / 1000);
    case "info": {
      const base = resolve(bare(expr.args[0]!), times);
      return { ...expr, args: [base, infoSelector(base, expr.args[1], expr)] };
    }
    default:
      return { ...expr, args: expr.args.map((argument) => resolve(bare(argument), times)) };
  }
}

/** Arguments are taken without their parentheses: timestamp((x)) is timestamp(x). */
function bare(expr: Expr): Expr {
  return expr.kind === "paren" ? bare(expr.expr) : expr;
}

function isInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case "vector-selector":
    case "subquery":
      return expr.at !== undefined;
    case "matrix-selector":
      return expr.selector.at !== undefined;
    case "binary":
      return isInvariant(expr.lhs) && isInvariant(expr.rhs);
    case "aggregate":
      return isInvariant(expr.expr) && (expr.param === undefined || isInvariant(expr.param));
    case "call":
      return isCallInvariant(expr);
    case "unary":
    case "paren":
    case "step-invariant":
      return isInvariant(expr.expr);
    case "number":
    case "string":
      return true;
  }
}

function isCallInvariant(expr: Call): boolean {
  const { func, args } = expr;
  if (func.name === "timestamp") return args[0]?.kind === "vector-selector" && isInvariant(args[0]);
  if (TIME_DEPENDENT.has(func.name)) return false;
  return args.every(isInvariant);
}

/** Wraps the largest invariant parts. Literals and range vectors gain nothing from it. */
function markInvariant(expr: Expr): Expr {
  const mark = (part: Expr): Expr => {
    const isPointless = ["number", "string", "matrix-selector", "subquery"].includes(part.kind);
    return isInvariant(part) && !isPointless ? invariant(part) : markInvariant(part);
  };
  switch (expr.kind) {
    case "binary":
      return { ...expr, lhs: mark(expr.lhs), rhs: mark(expr.rhs) };
    case "call":
      // The second argument of info() is read, not evaluated.
      return { ...expr, args: expr.args.map((argument, i) => (isInfoSelector(expr, i) ? argument : mark(argument))) };
    case "aggregate":
      return { ...expr, expr: mark(expr.expr), ...(expr.param === undefined ? {} : { param: mark(expr.param) }) };
    case "unary":
    case "paren":
    case "subquery":
      return { ...expr, expr: mark(expr.expr) };
    default:
      return expr;
  }
}

function isInfoSelector(expr: Call, argument: number): boolean {
  return expr.func.name === "info" && argument === 1;
}

function invariant(expr: Expr): Expr {
  return expr.kind === "matrix-selector" || expr.kind === "subquery" || expr.kind === "string"
    ? expr
    : { kind: "step-invariant", expr };
}
