import { formatDurationMs } from "../duration.js";
import { isLegacyLabelName, METRIC_NAME } from "../labels.js";
import type { Matcher } from "../matcher.js";
import { formatFloat, formatGeneral } from "../numbers.js";
import { quote } from "../quote.js";
import {
  type AggregateExpr,
  type BinaryExpr,
  type DurationOperand,
  type Expr,
  type MatrixSelector,
  type SubqueryExpr,
  type TimeModifiers,
  typeOf,
  type VectorSelector,
} from "./ast.js";

/** An expression on one line; parsing it again gives the same expression. */
export function toText(expr: Expr): string {
  switch (expr.kind) {
    case "number":
      return numberText(expr.value, expr.isDuration);
    case "string":
      return quote(expr.value);
    case "vector-selector":
      return `${selectorText(expr)}${atText(expr)}${extensionText(expr)}${offsetText(expr)}`;
    case "matrix-selector":
      return matrixText(expr);
    case "subquery":
      return `${toText(expr.expr)}${subquerySuffix(expr)}`;
    case "call":
      return `${expr.func.name}(${expr.args.map(toText).join(", ")})`;
    case "aggregate": {
      const args = expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
      return `${aggregateHead(expr)}(${args.map(toText).join(", ")})`;
    }
    case "binary":
      return `${toText(expr.lhs)} ${operatorText(expr)} ${toText(expr.rhs)}`;
    case "unary":
      return `${expr.op}${toText(expr.expr)}`;
    case "paren":
      return `(${toText(expr.expr)})`;
    case "step-invariant":
      return toText(expr.expr);
  }
}

function numberText(value: number, isDuration: boolean): string {
  if (!isDuration) return formatFloat(value);
  return value < 0 ? `-${formatDurationMs(-value * 1000)}` : formatDurationMs(value * 1000);
}

function selectorText(selector: VectorSelector): string {
  const { name, matchers } = selector;
  const shown = matchers
    .filter((m) => !(m.name === METRIC_NAME && m.op === "=" && m.value === name && name !== ""))
    .map(matcherText)
    .sort();
  return shown.length === 0 && name !== "" ? name : `${name}{${shown.join(",")}}`;
}

function matcherText(matcher: Matcher): string {
  const name = isLegacyLabelName(matcher.name) ? matcher.name : quote(matcher.name);
  return `${name}${matcher.op}${quote(matcher.value)}`;
}

function matrixText(expr: MatrixSelector): string {
  const { selector } = expr;
  const range =
    expr.rangeExpression === undefined ? formatDurationMs(expr.rangeMs) : durationText(expr.rangeExpression);
  return `${selectorText(selector)}[${range}]${extensionText(selector)}${atText(selector)}${offsetText(selector)}`;
}

/** The `[range:step] @ … offset …` of a subquery. */
export function subquerySuffix(expr: SubqueryExpr): string {
  const range =
    expr.rangeExpression === undefined ? formatDurationMs(expr.rangeMs) : durationText(expr.rangeExpression);
  let step = "";
  if (expr.stepExpression !== undefined) step = durationText(expr.stepExpression);
  else if (expr.stepMs !== 0) step = formatDurationMs(expr.stepMs);
  return `[${range}:${step}]${atText(expr)}${offsetText(expr)}`;
}

function extensionText(selector: VectorSelector): string {
  return selector.extension === undefined ? "" : ` ${selector.extension}`;
}

function atText({ at }: TimeModifiers): string {
  if (at === undefined) return "";
  return at.kind === "time" ? ` @ ${(at.timeMs / 1000).toFixed(3)}` : ` @ ${at.kind}()`;
}

function offsetText({ offsetMs, offsetExpression }: TimeModifiers): string {
  if (offsetExpression !== undefined) return ` offset ${durationText(offsetExpression)}`;
  if (offsetMs === 0) return "";
  return offsetMs < 0 ? ` offset -${formatDurationMs(-offsetMs)}` : ` offset ${formatDurationMs(offsetMs)}`;
}

function durationText(operand: DurationOperand): string {
  if (operand.kind === "number") return numberText(operand.value, operand.isDuration);
  const lhs = operand.lhs === undefined ? undefined : durationText(operand.lhs);
  const rhs = operand.rhs === undefined ? undefined : durationText(operand.rhs);
  const bare = bareDurationText(operand.op, lhs, rhs);
  return operand.wrapped ? `(${bare})` : bare;
}

function bareDurationText(op: string, lhs: string | undefined, rhs: string | undefined): string {
  if (op === "step" || op === "range") return `${op}()`;
  if (op === "min_of" || op === "max_of") return `${op}(${lhs}, ${rhs})`;
  if (lhs === undefined) return op === "-" ? `-${rhs}` : `${rhs}`;
  return `${lhs} ${op} ${rhs}`;
}

/** `sum by (a) ` without its arguments. */
export function aggregateHead(expr: AggregateExpr): string {
  if (expr.without) return `${expr.op} without (${labelList(expr.grouping)}) `;
  return expr.grouping.length === 0 ? expr.op : `${expr.op} by (${labelList(expr.grouping)}) `;
}

/** The operator of a binary expression with bool, on, group_left, …. */
export function operatorText(expr: BinaryExpr): string {
  const bool = expr.returnBool ? " bool" : "";
  return `${expr.op}${bool}${matchingText(expr)}`;
}

function matchingText(expr: BinaryExpr): string {
  const { matching } = expr;
  if (matching === undefined || typeOf(expr.lhs) !== "vector" || typeOf(expr.rhs) !== "vector") return "";
  const isGrouping = matching.card === "many-to-one" || matching.card === "one-to-many";
  let text = "";
  if (matching.labels.length > 0 || matching.on || isGrouping) {
    text += ` ${matching.on ? "on" : "ignoring"} (${labelList(matching.labels)})`;
  }
  if (isGrouping) {
    const side = matching.card === "many-to-one" ? "left" : "right";
    text += ` group_${side} (${labelList(matching.include)})`;
  }
  const { fillLeft, fillRight } = matching;
  if (fillLeft !== undefined && fillLeft === fillRight) return `${text} fill (${formatGeneral(fillLeft)})`;
  if (fillLeft !== undefined) text += ` fill_left (${formatGeneral(fillLeft)})`;
  if (fillRight !== undefined) text += ` fill_right (${formatGeneral(fillRight)})`;
  return text;
}

function labelList(names: readonly string[]): string {
  return names.map((name) => (isLegacyLabelName(name) ? name : quote(name))).join(", ");
}
