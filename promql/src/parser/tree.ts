import type { SyntaxNode, Tree } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import { parseError } from "../errors.js";
import { diagnose } from "./diagnose.js";
import { Lexer } from "./lexer.js";
import { describe, type Token } from "./token.js";

/** Functions the grammar package does not list; they are read under the name of another of equal length. */
const UNLISTED = /\b(max_of|min_of)(?=\s*\()/g;
const STAND_IN = "minute";
/** Far more parentheses than a query has, far fewer than would keep the parser busy for seconds. */
const MAX_DEPTH = 500;
const METRIC_STAND_IN = "offse_";

/** The syntax tree of a query without any error in it; throws PromqlError with upstream's message otherwise. */
export function parseTree(query: string): Tree {
  const text = readableText(query);
  if (text !== undefined) {
    const tree = parser.parse(text);
    if (firstErrorAt(tree) === undefined) return tree;
    const retried = parseWithStandIns(text);
    if (retried !== undefined) return retried;
  }
  throw diagnose(query) ?? fallbackError(query);
}

/**
 * The query with equally long spellings that the grammar package knows (`1.` and `STEP()` are PromQL, but not to it);
 * undefined when it is empty or holds what is no token at all. Positions stay, so the builder reads the real text.
 */
function readableText(query: string): string | undefined {
  const tokens = tokensOf(query);
  if (tokens.length < 2 || tokens.at(-1)!.class === "error") return undefined;
  let text = "";
  for (const [i, token] of tokens.entries()) {
    text += query.slice(text.length, token.start) + spellingOf(token, tokens[i + 1]);
  }
  return text + query.slice(text.length);
}

/** All tokens; the last one is the end or a lexical error. */
function tokensOf(query: string): Token[] {
  const lexer = new Lexer(query);
  const tokens: Token[] = [];
  let depth = 0;
  for (;;) {
    const token = lexer.next();
    tokens.push(token);
    if (token.class === "end" || token.class === "error") return tokens;
    if (token.class !== "punctuation") continue;
    if (token.text === "(") depth++;
    else if (token.text === ")") depth--;
    if (depth > MAX_DEPTH) throw parseError(query, token, "query is nested too deeply");
  }
}

function spellingOf(token: Token, next: Token | undefined): string {
  if (token.class === "number") return token.text.replace(/\.(?!\d)/, "0");
  if (token.class === "keyword" && token.word === "offset" && !canStartOffset(next)) return METRIC_STAND_IN;
  return token.word;
}

/** What else follows "offset" shows that it is a metric's name. */
function canStartOffset(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.class === "operator") return token.word === "+" || token.word === "-";
  return token.class === "number" || token.class === "duration" || token.class === "preprocessor" || token.text === "(";
}

/** In ranges and offsets the grammar does know min_of and max_of: only replace those outside, one by one. */
function parseWithStandIns(query: string): Tree | undefined {
  let text = query;
  for (const match of query.matchAll(UNLISTED)) {
    const errorAt = firstErrorAt(parser.parse(text));
    if (errorAt === undefined) break;
    const changed = text.slice(0, match.index) + STAND_IN + text.slice(match.index + STAND_IN.length);
    const nextErrorAt = firstErrorAt(parser.parse(changed));
    if (nextErrorAt === undefined || nextErrorAt > errorAt) text = changed;
  }
  if (text === query) return undefined;
  const tree = parser.parse(text);
  return firstErrorAt(tree) === undefined ? tree : undefined;
}

function firstErrorAt(tree: Tree): number | undefined {
  let at: number | undefined;
  tree.iterate({
    enter: (node) => {
      if (at === undefined && node.type.isError) at = node.from;
      return at === undefined;
    },
  });
  return at;
}

/**
 * The grammar refuses what the token pass takes for correct: name the token there. Mostly it is one of several hundred
 * operators in a row, where the grammar's parser gives up.
 */
function fallbackError(query: string): Error {
  const at = firstErrorAt(parser.parse(query)) ?? query.length;
  const lexer = new Lexer(query);
  let token = lexer.next();
  while (token.end <= at && token.class !== "end" && token.class !== "error") token = lexer.next();
  return parseError(query, token, `unexpected ${describe(token)}, or a query too long to go on here`);
}

/** All child nodes but comments. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const list: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== "LineComment") list.push(child);
  }
  return list;
}
