import type { SyntaxNode } from "@lezer/common";
import { isValidLabelName } from "../labels.js";
import { unquote } from "../quote.js";
import type { AggregateExpr, AggregateOp, BinaryExpr, BinaryOp, Call, Expr, UnaryExpr, VectorMatching } from "./ast.js";
import { positionOf } from "./ast.js";
import { type BuildContext, rangeOf } from "./context.js";
import { signature } from "./functions.js";
import { buildNumber, buildSignedNumber, buildString } from "./literals.js";
import { attachPostfix, withAt, withExtension, withOffset, withRange, withSubquery } from "./modifiers.js";
import { buildVectorSelector } from "./selectors.js";
import { SET_OPERATORS } from "./token.js";
import { children } from "./tree.js";

const WITH_PARAMETER = new Set(["topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"]);
const EXPERIMENTAL_AGGREGATIONS = new Set(["limitk", "limit_ratio"]);

/** Turns a syntax tree without errors into the AST; throws PromqlError for what grammar alone can't refuse. */
export function buildExpr(context: BuildContext, node: SyntaxNode): Expr {
  switch (node.name) {
    case "NumberDurationLiteral":
      return buildNumber(context, node);
    case "StringLiteral":
      return buildString(context, node);
    case "VectorSelector":
      return buildVectorSelector(context, node);
    case "ParenExpr":
      return { kind: "paren", expr: buildExpr(context, children(node)[0]!), ...rangeOf(node) };
    case "UnaryExpr":
      return buildUnary(context, node);
    case "BinaryExpr":
      return buildBinary(context, node);
    case "FunctionCall":
      return buildCall(context, node);
    case "AggregateExpr":
      return buildAggregate(context, node);
    default:
      return buildPostfix(context, node);
  }
}

function buildPostfix(context: BuildContext, node: SyntaxNode): Expr {
  const operand = buildExpr(context, children(node)[0]!);
  switch (node.name) {
    case "MatrixSelector":
      return attachPostfix(operand, (target) => withRange(context, node, target));
    case "SubqueryExpr":
      return attachPostfix(operand, (target) => withSubquery(context, node, target));
    case "OffsetExpr":
      return attachPostfix(operand, (target) => withOffset(context, node, target));
    case "StepInvariantExpr":
      return attachPostfix(operand, (target) => withAt(context, node, target));
    case "AnchoredExpr":
      return attachPostfix(operand, (target) => withExtension(context, target, "anchored"));
    case "SmoothedExpr":
      return attachPostfix(operand, (target) => withExtension(context, target, "smoothed"));
    default:
      throw new Error(`BUG: the grammar has an expression this builder does not know: ${node.name}`);
  }
}

function buildUnary(context: BuildContext, node: SyntaxNode): Expr {
  const [operator, operand] = children(node);
  return negate(context.text(operator!) as UnaryExpr["op"], node.from, buildExpr(context, operand!));
}

/** A sign in front of a literal belongs to the literal. */
function negate(op: UnaryExpr["op"], start: number, expr: Expr): Expr {
  if (expr.kind === "number") return { ...expr, value: op === "-" ? -expr.value : expr.value, start };
  return { kind: "unary", op, start, expr };
}

function buildBinary(context: BuildContext, node: SyntaxNode): Expr {
  const parts = children(node);
  const left = parts[0]!;
  const op = context.text(parts[1]!).toLowerCase() as BinaryOp;
  if (op === "^" && left.name === "NumberDurationLiteral") {
    // The grammar reads -1^2 as (-1)^2; the sign binds weaker than the power.
    const { sign, literal } = buildSignedNumber(context, left);
    const power = binaryOf(context, op, literal, parts);
    return sign === "" ? power : { kind: "unary", op: sign, start: left.from, expr: power };
  }
  return binaryOf(context, op, buildExpr(context, left), parts);
}

function binaryOf(context: BuildContext, op: BinaryOp, lhs: Expr, parts: readonly SyntaxNode[]): BinaryExpr {
  const modifiers = parts.slice(2, -1);
  const matching = buildMatching(context, op, modifiers);
  const rhs = buildExpr(context, parts.at(-1)!);
  const returnBool = modifiers.some((modifier) => modifier.name === "BoolModifier");
  const expr: BinaryExpr = { kind: "binary", op, lhs, rhs, returnBool, matching };
  if (context.features.fillModifiers !== true && modifiers.some((modifier) => modifier.name === "FillModifier")) {
    context.fail(positionOf(expr), "binop fill modifiers are experimental and not enabled");
  }
  return expr;
}

function buildMatching(context: BuildContext, op: BinaryOp, modifiers: readonly SyntaxNode[]): VectorMatching {
  let card: VectorMatching["card"] = SET_OPERATORS.has(op) ? "many-to-many" : "one-to-one";
  let on = false;
  let labels: readonly string[] = [];
  let include: readonly string[] = [];
  let fill: { fillLeft?: number; fillRight?: number } = {};
  for (const modifier of modifiers) {
    if (modifier.name === "FillModifier") fill = buildFill(context, modifier);
    if (modifier.name !== "MatchingModifierClause") continue;
    const [kind, labelsNode, group, includeNode] = children(modifier);
    on = kind!.name === "On";
    labels = buildGrouping(context, labelsNode!);
    if (group !== undefined) card = group.name === "GroupLeft" ? "many-to-one" : "one-to-many";
    if (includeNode !== undefined) include = buildGrouping(context, includeNode);
  }
  return { card, on, labels, include, ...fill };
}

function buildFill(context: BuildContext, node: SyntaxNode): { fillLeft?: number; fillRight?: number } {
  const fill: { fillLeft?: number; fillRight?: number } = {};
  for (const clause of children(node)) {
    const { value } = buildNumber(context, children(clause).at(-1)!);
    if (clause.name !== "FillRightClause") fill.fillLeft = value;
    if (clause.name !== "FillLeftClause") fill.fillRight = value;
  }
  return fill;
}

function buildGrouping(context: BuildContext, node: SyntaxNode): string[] {
  return children(node).map((label) => {
    const text = context.text(label);
    const name = label.name === "QuotedLabelName" ? unquote(text) : text;
    if (!isValidLabelName(name)) {
      context.fail(rangeOf(label), `invalid label name for grouping: ${JSON.stringify(name)}`);
    }
    return name;
  });
}

function buildCall(context: BuildContext, node: SyntaxNode): Call {
  const [identifier, body] = children(node);
  const name = context.text(identifier!);
  const args = children(body!).map((argument) => buildExpr(context, argument));
  const func = signature(name);
  const range = rangeOf(identifier!);
  if (func === undefined) context.fail(range, `unknown function with name ${JSON.stringify(name)}`);
  if (func.experimental && context.features.experimentalFunctions !== true) {
    context.fail(range, `function ${JSON.stringify(name)} is not enabled`);
  }
  return { kind: "call", func, args, ...rangeOf(node) };
}

function buildAggregate(context: BuildContext, node: SyntaxNode): AggregateExpr {
  let grouping: readonly string[] = [];
  let without = false;
  let args: Expr[] = [];
  const op = context.text(children(node)[0]!).toLowerCase() as AggregateOp;
  for (const part of children(node)) {
    if (part.name === "FunctionCallBody") args = children(part).map((argument) => buildExpr(context, argument));
    if (part.name !== "AggregateModifier") continue;
    const [kind, labels] = children(part);
    without = kind!.name === "Without";
    grouping = buildGrouping(context, labels!);
  }
  const range = rangeOf(node);
  if (args.length === 0) context.fail(range, "no arguments for aggregate expression provided");
  if (EXPERIMENTAL_AGGREGATIONS.has(op) && context.features.experimentalFunctions !== true) {
    const flag = "--enable-feature=promql-experimental-functions";
    context.fail(range, `${op}() is experimental and must be enabled with ${flag}`);
  }
  const wanted = WITH_PARAMETER.has(op) ? 2 : 1;
  if (args.length !== wanted) {
    const counts = `expected ${wanted}, got ${args.length}`;
    context.fail(range, `wrong number of arguments for aggregate expression provided, ${counts}`);
  }
  const parameter = wanted === 2 ? { param: args[0]! } : {};
  return { kind: "aggregate", op, expr: args.at(-1)!, ...parameter, grouping, without, ...range };
}
