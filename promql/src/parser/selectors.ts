import type { SyntaxNode } from "@lezer/common";
import { METRIC_NAME } from "../labels.js";
import { type Matcher, type MatchOp, newMatcher } from "../matcher.js";
import { unquote } from "../quote.js";
import type { VectorSelector } from "./ast.js";
import { type BuildContext, rangeOf } from "./context.js";
import { children } from "./tree.js";

export function buildVectorSelector(context: BuildContext, node: SyntaxNode): VectorSelector {
  let name = "";
  const matchers: Matcher[] = [];
  for (const child of children(node)) {
    if (child.name === "Identifier") name = context.text(child);
    else for (const matcherNode of children(child)) matchers.push(buildMatcher(context, matcherNode));
  }
  if (name !== "") matchers.push(newMatcher(METRIC_NAME, "=", name));
  return { kind: "vector-selector", name, matchers, offsetMs: 0, ...rangeOf(node) };
}

function buildMatcher(context: BuildContext, node: SyntaxNode): Matcher {
  if (node.name === "QuotedLabelName") return newMatcher(METRIC_NAME, "=", unquote(context.text(node).trim()));
  const [label, op, value] = children(node);
  const name = label!.name === "LabelName" ? context.text(label!) : unquote(context.text(label!));
  try {
    return newMatcher(name, context.text(op!) as MatchOp, unquote(context.text(value!)));
  } catch (error) {
    context.fail(rangeOf(node), error instanceof Error ? error.message : String(error));
  }
}
