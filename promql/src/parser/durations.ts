import type { SyntaxNode } from "@lezer/common";
import { MAX_DURATION_MS } from "../duration.js";
import type { PositionRange } from "../errors.js";
import { type DurationExpression, type DurationOperand, positionOf } from "./ast.js";
import { type BuildContext, rangeOf } from "./context.js";
import { buildNumber } from "./literals.js";
import { children } from "./tree.js";

const CALLS: Readonly<Record<string, DurationExpression["op"]>> = {
  DurationStep: "step",
  DurationRange: "range",
  DurationMinOf: "min_of",
  DurationMaxOf: "max_of",
};
const OPERATORS: Readonly<Record<string, DurationExpression["op"]>> = {
  Add: "+",
  Sub: "-",
  Mul: "*",
  Div: "/",
  Mod: "%",
  Pow: "^",
};

/** The content of a range, subquery step or offset: a number of seconds, or (experimental) arithmetic. */
export function buildDuration(context: BuildContext, node: SyntaxNode): DurationOperand {
  if (node.name === "NumberDurationLiteralInDurationContext") {
    const literal = buildNumber(context, node);
    if (Math.abs(literal.value) * 1000 > MAX_DURATION_MS) context.fail(literal, "duration out of range");
    return literal;
  }
  const parts = children(node);
  const [first, second] = parts;
  if (first === undefined) throw new Error(`BUG: empty ${node.name}`);
  if (first.name === "UnaryOp") return buildUnary(context, node, first, second!);
  const call = CALLS[first.name];
  if (call !== undefined) return buildCall(context, node, call, parts.slice(1));
  const op = second === undefined ? undefined : OPERATORS[second.name];
  if (op !== undefined) return buildBinary(context, node, op, parts);
  const inner = buildDuration(context, first);
  return isParenthesized(context, node) ? wrap(context, inner, rangeOf(node)) : inner;
}

function isParenthesized(context: BuildContext, node: SyntaxNode): boolean {
  return context.query[node.from] === "(" && context.query[node.to - 1] === ")";
}

function wrap(context: BuildContext, inner: DurationOperand, range: PositionRange): DurationExpression {
  if (context.features.durationExpressions !== true) notEnabled(context, inner);
  if (inner.kind === "duration") return { ...inner, wrapped: true };
  return { kind: "duration", op: "+", rhs: inner, wrapped: true, ...range };
}

function buildUnary(
  context: BuildContext,
  node: SyntaxNode,
  operator: SyntaxNode,
  operandNode: SyntaxNode,
): DurationOperand {
  const negative = context.text(operator) === "-";
  const operand = buildDuration(context, operandNode);
  if (operand.kind === "number") {
    return { ...operand, value: negative ? -operand.value : operand.value, start: node.from };
  }
  if (!negative) return operand;
  return experimental(context, { kind: "duration", op: "-", rhs: operand, wrapped: false, ...rangeOf(node) });
}

function buildCall(
  context: BuildContext,
  node: SyntaxNode,
  op: DurationExpression["op"],
  argumentNodes: readonly SyntaxNode[],
): DurationExpression {
  const [lhs, rhs] = argumentNodes.map((argument) => buildDuration(context, argument));
  return experimental(context, {
    kind: "duration",
    op,
    ...(lhs === undefined ? {} : { lhs }),
    ...(rhs === undefined ? {} : { rhs }),
    wrapped: false,
    ...rangeOf(node),
  });
}

function buildBinary(
  context: BuildContext,
  node: SyntaxNode,
  op: DurationExpression["op"],
  parts: readonly SyntaxNode[],
): DurationExpression {
  const lhs = buildDuration(context, parts[0]!);
  const rhs = buildDuration(context, parts[2]!);
  const built = experimental(context, { kind: "duration", op, lhs, rhs, wrapped: false, ...rangeOf(node) });
  const isZero = rhs.kind === "number" && rhs.value === 0;
  if (isZero && op === "/") context.fail(rangeOf(parts[1]!), "division by zero");
  if (isZero && op === "%") context.fail(rangeOf(parts[1]!), "modulo by zero");
  return built;
}

function experimental(context: BuildContext, expression: DurationExpression): DurationExpression {
  if (context.features.durationExpressions !== true) notEnabled(context, expression.lhs ?? expression);
  return expression;
}

function notEnabled(context: BuildContext, operand: DurationOperand): never {
  context.fail(positionOf(operand), "experimental duration expression is not enabled");
}

/** Milliseconds of a plain duration, to the nanosecond; the expression itself when only evaluation can tell. */
export function splitDuration(operand: DurationOperand): { ms: number; expression?: DurationExpression } {
  if (operand.kind === "duration") return { ms: 0, expression: operand };
  return { ms: Math.round(operand.value * 1e9) / 1e6 };
}
