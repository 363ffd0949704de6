import type { SyntaxNode } from "@lezer/common";
import type { BinaryOp, UnaryExpr } from "./ast.js";
import type { BuildContext } from "./context.js";
import { signOf } from "./literals.js";
import { children } from "./tree.js";

/** The links of an expression without parentheses, in the order they are written. */
export type Link =
  | { readonly kind: "prefix"; readonly op: UnaryExpr["op"]; readonly start: number }
  | { readonly kind: "operand"; readonly node: SyntaxNode }
  | { readonly kind: "postfix"; readonly node: SyntaxNode }
  | { readonly kind: "infix"; readonly op: BinaryOp; readonly modifiers: readonly SyntaxNode[] };

const POSTFIXES = new Set([
  "MatrixSelector",
  "SubqueryExpr",
  "OffsetExpr",
  "StepInvariantExpr",
  "AnchoredExpr",
  "SmoothedExpr",
]);

const LEVELS: readonly (readonly BinaryOp[])[] = [
  ["or"],
  ["and", "unless"],
  ["==", "!=", "<=", "<", ">=", ">", "</", ">/"],
  ["+", "-"],
  ["*", "/", "%", "atan2"],
  ["^"],
];
const PRECEDENCE = new Map(LEVELS.flatMap((ops, level) => ops.map((op) => [op, level] as const)));
export const UNARY_LEVEL = 5;

/** How tightly an operator binds; `^` binds tightest. */
export function precedenceOf(op: BinaryOp): number {
  return PRECEDENCE.get(op)!;
}

/**
 * Takes the nesting out of a tree. The grammar package serves editors and does not follow PromQL's precedence: in
 * `a + b offset 5m * c` it lets the offset take `a + b`, and it reads -1^2 as (-1)^2. The order of the links is right.
 */
export function linksOf(context: BuildContext, node: SyntaxNode): Link[] {
  const links: Link[] = [];
  addLinks(context, node, links);
  return links;
}

function addLinks(context: BuildContext, node: SyntaxNode, links: Link[]): void {
  const parts = children(node);
  if (node.name === "BinaryExpr") {
    addLinks(context, parts[0]!, links);
    const op = context.text(parts[1]!).toLowerCase() as BinaryOp;
    links.push({ kind: "infix", op, modifiers: parts.slice(2, -1) });
    addLinks(context, parts.at(-1)!, links);
  } else if (node.name === "UnaryExpr") {
    links.push({ kind: "prefix", op: context.text(parts[0]!) as UnaryExpr["op"], start: node.from });
    addLinks(context, parts[1]!, links);
  } else if (POSTFIXES.has(node.name)) {
    addLinks(context, parts[0]!, links);
    links.push({ kind: "postfix", node });
  } else {
    const sign = node.name === "NumberDurationLiteral" ? signOf(context, node) : "";
    if (sign !== "") links.push({ kind: "prefix", op: sign, start: node.from });
    links.push({ kind: "operand", node });
  }
}
