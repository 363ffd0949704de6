import type { SyntaxNode } from "@lezer/common";
import type { PositionRange } from "../errors.js";
import {
  type AtModifier,
  type DurationOperand,
  type Expr,
  type MatrixSelector,
  positionOf,
  type SubqueryExpr,
  type VectorSelector,
} from "./ast.js";
import type { BuildContext } from "./context.js";
import { buildDuration, splitDuration } from "./durations.js";
import { buildSignedNumber } from "./literals.js";
import { children } from "./tree.js";

/** Applies a postfix (`[…]`, offset, @, anchored, smoothed) to the operand it binds to. */
export function withPostfix(context: BuildContext, node: SyntaxNode, operand: Expr): Expr {
  switch (node.name) {
    case "MatrixSelector":
      return withRange(context, node, operand);
    case "SubqueryExpr":
      return withSubquery(context, node, operand);
    case "OffsetExpr":
      return withOffset(context, node, operand);
    case "StepInvariantExpr":
      return withAt(context, node, operand);
    case "AnchoredExpr":
      return withExtension(context, operand, "anchored");
    case "SmoothedExpr":
      return withExtension(context, operand, "smoothed");
    default:
      throw new Error(`BUG: the grammar has a postfix this builder does not know: ${node.name}`);
  }
}

function withRange(context: BuildContext, node: SyntaxNode, operand: Expr): MatrixSelector {
  const duration = buildDuration(context, children(node)[1]!);
  requirePositive(context, duration);
  const brackets = bracketsOf(context, node);
  if (operand.kind !== "vector-selector") context.fail(brackets, "ranges only allowed for vector selectors");
  if (operand.offsetMs !== 0 || operand.offsetExpression !== undefined) {
    context.fail(brackets, "no offset modifiers allowed before range");
  }
  if (operand.at !== undefined) context.fail(brackets, "no @ modifiers allowed before range");
  const { ms, expression } = splitDuration(duration);
  return {
    kind: "matrix-selector",
    selector: operand,
    rangeMs: ms,
    ...(expression === undefined ? {} : { rangeExpression: expression }),
    start: operand.start,
    end: node.to,
  };
}

function withSubquery(context: BuildContext, node: SyntaxNode, operand: Expr): SubqueryExpr {
  const [, rangeNode, stepNode] = children(node);
  const rangeOperand = buildDuration(context, rangeNode!);
  requirePositive(context, rangeOperand);
  const range = splitDuration(rangeOperand);
  let step: ReturnType<typeof splitDuration> = { ms: 0 };
  if (stepNode !== undefined) {
    const stepOperand = buildDuration(context, stepNode);
    requirePositive(context, stepOperand);
    step = splitDuration(stepOperand);
  }
  return {
    kind: "subquery",
    expr: operand,
    rangeMs: range.ms,
    ...(range.expression === undefined ? {} : { rangeExpression: range.expression }),
    stepMs: step.ms,
    ...(step.expression === undefined ? {} : { stepExpression: step.expression }),
    offsetMs: 0,
    start: positionOf(operand).start,
    end: node.to,
  };
}

function requirePositive(context: BuildContext, duration: DurationOperand): void {
  if (duration.kind === "number" && !(duration.value > 0)) context.fail(duration, "duration must be greater than 0");
}

function bracketsOf(context: BuildContext, node: SyntaxNode): PositionRange {
  const operandEnd = children(node)[0]!.to;
  return { start: context.query.indexOf("[", operandEnd), end: node.to };
}

function withOffset(context: BuildContext, node: SyntaxNode, operand: Expr): Expr {
  const { ms, expression } = splitDuration(buildDuration(context, children(node)[2]!));
  return changeTarget(context, node, operand, "offset modifier", (target) => {
    if (target.offsetMs !== 0 || target.offsetExpression !== undefined) {
      context.fail(positionOf(operand), "offset may not be set multiple times");
    }
    return { ...target, offsetMs: ms, ...(expression === undefined ? {} : { offsetExpression: expression }) };
  });
}

function withAt(context: BuildContext, node: SyntaxNode, operand: Expr): Expr {
  const at = buildAt(context, children(node)[2]!, operand);
  return changeTarget(context, node, operand, "@ modifier", (target) => {
    if (target.at !== undefined) context.fail(positionOf(operand), "@ <timestamp> may not be set multiple times");
    return { ...target, at };
  });
}

function buildAt(context: BuildContext, node: SyntaxNode, operand: Expr): AtModifier {
  if (node.name === "AtModifierPreprocessors") {
    return { kind: context.text(node).toLowerCase() === "start" ? "start" : "end" };
  }
  const seconds = buildSignedNumber(context, node).value;
  if (!(Math.abs(seconds) < 2 ** 63)) {
    context.fail(positionOf(operand), `timestamp out of bounds for @ modifier: ${fixedSeconds(seconds)}`);
  }
  return { kind: "time", timeMs: Math.round(seconds * 1000) };
}

function fixedSeconds(seconds: number): string {
  if (Number.isNaN(seconds)) return "NaN";
  if (!Number.isFinite(seconds)) return seconds > 0 ? "+Inf" : "-Inf";
  return `${BigInt(seconds)}.000000`;
}

type Target = VectorSelector | SubqueryExpr;

function changeTarget(
  context: BuildContext,
  node: SyntaxNode,
  operand: Expr,
  what: string,
  change: (target: Target) => Target,
): Expr {
  switch (operand.kind) {
    case "vector-selector":
    case "subquery":
      return { ...change(operand), end: node.to };
    case "matrix-selector":
      return { ...operand, selector: change(operand.selector) as VectorSelector, end: node.to };
    default: {
      const allowed = "an instant vector selector or range vector selector or a subquery";
      context.fail(positionOf(operand), `${what} must be preceded by ${allowed}`);
    }
  }
}

function withExtension(context: BuildContext, operand: Expr, extension: "anchored" | "smoothed"): Expr {
  const position = positionOf(operand);
  if (context.features.extendedRangeSelectors !== true) {
    context.fail(position, `${extension} modifier is experimental and not enabled`);
  }
  const change = (selector: VectorSelector): VectorSelector => {
    if (selector.extension !== undefined && selector.extension !== extension) {
      context.fail(position, "anchored and smoothed modifiers cannot be used together");
    }
    return { ...selector, extension };
  };
  if (operand.kind === "vector-selector") return change(operand);
  if (operand.kind === "matrix-selector") return { ...operand, selector: change(operand.selector) };
  if (operand.kind === "subquery") context.fail(position, `${extension} modifier is not supported for subqueries`);
  return context.fail(position, `${extension} modifier not implemented`);
}
