import { MAX_DURATION_MS } from "../duration.js";
import { PromqlError } from "../errors.js";
import { type DurationOperand, positionOf } from "../parser/ast.js";

/** The query's own times, which step() and range() stand for. */
export interface QueryTimes {
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
}

/** Milliseconds of a duration expression; throws PromqlError when it is no usable duration. */
export function durationValueMs(expression: DurationOperand, times: QueryTimes, mayBeNegative: boolean): number {
  const seconds = evaluate(expression, times);
  if (!Number.isFinite(seconds)) fail(expression, "duration is NaN or infinite");
  if (seconds <= 0 && !mayBeNegative) fail(expression, "duration must be greater than 0");
  if (Math.abs(seconds) * 1000 > MAX_DURATION_MS) fail(expression, "duration is out of range");
  return Math.trunc(seconds * 1000);
}

function fail(expression: DurationOperand, text: string): never {
  const { start, end } = positionOf(expression);
  throw new PromqlError("bad_data", `${start}:${end}: ${text}`, { start, end });
}

function evaluate(expression: DurationOperand, times: QueryTimes): number {
  if (expression.kind === "number") return expression.value;
  const left = expression.lhs === undefined ? 0 : evaluate(expression.lhs, times);
  const right = expression.rhs === undefined ? 0 : evaluate(expression.rhs, times);
  switch (expression.op) {
    case "step":
      return times.stepMs / 1000;
    case "range":
      return (times.endMs - times.startMs) / 1000;
    case "min_of":
      return Math.min(left, right);
    case "max_of":
      return Math.max(left, right);
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      if (right === 0) fail(expression, "division by zero");
      return left / right;
    case "%":
      if (right === 0) fail(expression, "modulo by zero");
      return left % right;
    case "^":
      return left ** right;
  }
}
