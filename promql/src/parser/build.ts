import type { SyntaxNode } from "@lezer/common";
import { isValidLabelName } from "../labels.js";
import { unquote } from "../quote.js";
import type { AggregateExpr, AggregateOp, BinaryExpr, BinaryOp, Call, Expr, UnaryExpr, VectorMatching } from "./ast.js";
import { positionOf } from "./ast.js";
import { type Link, linksOf, precedenceOf, UNARY_LEVEL } from "./chain.js";
import { type BuildContext, rangeOf } from "./context.js";
import { signature } from "./functions.js";
import { buildNumber, buildSignedNumber, buildString } from "./literals.js";
import { withPostfix } from "./modifiers.js";
import { buildVectorSelector } from "./selectors.js";
import { SET_OPERATORS } from "./token.js";
import { children } from "./tree.js";

const WITH_PARAMETER = new Set(["topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio"]);
const EXPERIMENTAL_AGGREGATIONS = new Set(["limitk", "limit_ratio"]);

/** Turns a syntax tree without errors into the AST; throws PromqlError for what grammar alone can't refuse. */
export function buildExpr(context: BuildContext, node: SyntaxNode): Expr {
  return new ChainBuilder(context, linksOf(context, node)).build();
}

/** Puts the links of an expression together by precedence. */
class ChainBuilder {
  readonly #context: BuildContext;
  readonly #links: readonly Link[];
  #at = 0;

  constructor(context: BuildContext, links: readonly Link[]) {
    this.#context = context;
    this.#links = links;
  }

  build(level = 0): Expr {
    let left = this.#operand();
    for (;;) {
      const link = this.#links[this.#at];
      if (link?.kind !== "infix" || precedenceOf(link.op) < level) return left;
      this.#at++;
      const matching = buildMatching(this.#context, link.op, link.modifiers);
      const isRightAssociative = link.op === "^";
      const right = this.build(precedenceOf(link.op) + (isRightAssociative ? 0 : 1));
      left = binaryOf(this.#context, link.op, link.modifiers, matching, left, right);
    }
  }

  #operand(): Expr {
    const link = this.#links[this.#at++];
    if (link?.kind === "prefix") return signed(link.op, link.start, this.build(UNARY_LEVEL));
    if (link?.kind !== "operand") throw new Error("BUG: an expression misses an operand");
    let expr = buildOperand(this.#context, link.node);
    for (let next = this.#links[this.#at]; next?.kind === "postfix"; next = this.#links[this.#at]) {
      expr = withPostfix(this.#context, next.node, expr);
      this.#at++;
      this.#refuseOpenOffset(next.node);
    }
    return expr;
  }

  /** In `x offset (5m) * 2` upstream multiplies the offset, the grammar package the samples: neither is taken. */
  #refuseOpenOffset(node: SyntaxNode): void {
    const next = this.#links[this.#at];
    if (node.name !== "OffsetExpr" || next?.kind !== "infix" || !/^[-+*/%^]$/.test(next.op)) return;
    const duration = children(node)[2]!;
    if (!/^(?:\(|[+-]\s*[+-])/.test(this.#context.text(duration))) return;
    this.#context.fail(rangeOf(duration), "put the whole offset, or the selector with its offset, in parentheses");
  }
}

/** A sign in front of a literal belongs to the literal. */
function signed(op: UnaryExpr["op"], start: number, expr: Expr): Expr {
  if (expr.kind === "number") return { ...expr, value: op === "-" ? -expr.value : expr.value, start };
  return { kind: "unary", op, start, expr };
}

function buildOperand(context: BuildContext, node: SyntaxNode): Expr {
  switch (node.name) {
    case "NumberDurationLiteral":
      return buildNumber(context, node);
    case "StringLiteral":
      return buildString(context, node);
    case "VectorSelector":
      return buildVectorSelector(context, node);
    case "ParenExpr":
      return { kind: "paren", expr: buildExpr(context, children(node)[0]!), ...rangeOf(node) };
    case "FunctionCall":
      return buildCall(context, node);
    case "AggregateExpr":
      return buildAggregate(context, node);
    default:
      throw new Error(`BUG: the grammar has an operand this builder does not know: ${node.name}`);
  }
}

function binaryOf(
  context: BuildContext,
  op: BinaryOp,
  modifiers: readonly SyntaxNode[],
  matching: VectorMatching,
  lhs: Expr,
  rhs: Expr,
): BinaryExpr {
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
    const { value } = buildSignedNumber(context, children(clause).at(-1)!);
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
