import { decimalText } from "@venturi/otlp";
import type { Expr } from "@venturi/promql";

type Kind<K extends Expr["kind"]> = Extract<Expr, { kind: K }>;
type Selector = Kind<"vector-selector">;
type Subquery = Kind<"subquery">;
/** A literal or arithmetic over durations, as ranges and offsets may be. */
type Duration = NonNullable<Subquery["rangeExpression"]>;
type DurationOperand = NonNullable<Duration["lhs"]>;

/** A parsed query in the shape of Prometheus' `parse_query`: what its user interface draws as a tree. */
export function queryTree(expr: Expr): object {
  switch (expr.kind) {
    case "number":
      return { type: "numberLiteral", val: numberText(expr.value) };
    case "string":
      return { type: "stringLiteral", val: expr.value };
    case "paren":
      return { type: "parenExpr", expr: queryTree(expr.expr) };
    case "unary":
      return { type: "unaryExpr", op: expr.op, expr: queryTree(expr.expr) };
    case "call":
      return callTree(expr);
    case "aggregate":
      return aggregateTree(expr);
    case "binary":
      return binaryTree(expr);
    case "vector-selector":
      return { type: "vectorSelector", name: expr.name, ...selectorParts(expr) };
    case "matrix-selector":
      return {
        type: "matrixSelector",
        name: expr.selector.name,
        range: expr.rangeMs,
        rangeExpr: durationTree(expr.rangeExpression),
        ...selectorParts(expr.selector),
      };
    case "subquery":
      return {
        type: "subquery",
        expr: queryTree(expr.expr),
        range: expr.rangeMs,
        rangeExpr: durationTree(expr.rangeExpression),
        step: expr.stepMs,
        stepExpr: durationTree(expr.stepExpression),
        ...timeParts(expr),
      };
    case "step-invariant":
      throw new Error("BUG: a parsed query has no step-invariant part");
  }
}

function callTree({ func, args }: Kind<"call">): object {
  const { name, args: argTypes, variadic, returns: returnType } = func;
  return { type: "call", func: { name, argTypes, variadic, returnType }, args: args.map(queryTree) };
}

function aggregateTree({ op, expr, param, grouping, without }: Kind<"aggregate">): object {
  return {
    type: "aggregation",
    op,
    expr: queryTree(expr),
    param: param === undefined ? null : queryTree(param),
    grouping,
    without,
  };
}

function binaryTree({ op, lhs, rhs, matching, returnBool }: Kind<"binary">): object {
  return {
    type: "binaryExpr",
    op,
    lhs: queryTree(lhs),
    rhs: queryTree(rhs),
    matching:
      matching === undefined || !isVector(lhs) || !isVector(rhs)
        ? null
        : {
            card: matching.card,
            labels: matching.labels,
            on: matching.on,
            include: matching.include,
            fillValues: { lhs: matching.fillLeft ?? null, rhs: matching.fillRight ?? null },
          },
    bool: returnBool,
  };
}

/** Whether an operand has labels to match by; the others are scalars. */
function isVector(expr: Expr): boolean {
  switch (expr.kind) {
    case "number":
    case "string":
      return false;
    case "paren":
    case "unary":
      return isVector(expr.expr);
    case "call":
      return expr.func.returns === "vector";
    case "binary":
      return isVector(expr.lhs) || isVector(expr.rhs);
    default:
      return true;
  }
}

function selectorParts(selector: Selector): object {
  return {
    matchers: selector.matchers.map(({ name, op, value }) => ({ name, value, type: op })),
    anchored: selector.extension === "anchored",
    smoothed: selector.extension === "smoothed",
    ...timeParts(selector),
  };
}

function timeParts({ offsetMs, offsetExpression, at }: Selector | Subquery): object {
  return {
    offset: offsetMs,
    offsetExpr: durationTree(offsetExpression),
    timestamp: at?.kind === "time" ? at.timeMs : null,
    startOrEnd: at === undefined || at.kind === "time" ? null : at.kind,
  };
}

function durationTree(operand: DurationOperand | undefined): object | null {
  if (operand === undefined) return null;
  if (operand.kind === "number") {
    return { type: "numberLiteral", val: numberText(operand.value), duration: operand.isDuration };
  }
  const { op, lhs, rhs, wrapped } = operand;
  return { type: "durationExpr", op, lhs: durationTree(lhs), rhs: durationTree(rhs), wrapped };
}

function numberText(value: number): string {
  return Number.isNaN(value) ? "NaN" : decimalText(value);
}
