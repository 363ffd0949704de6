import { PromqlError, parseError } from "../errors.js";
import type { Matcher } from "../matcher.js";
import type { Expr } from "./ast.js";
import { buildExpr } from "./build.js";
import { checkTypes } from "./check.js";
import { BuildContext } from "./context.js";
import type { ParserFeatures } from "./options.js";
import { parseTree } from "./tree.js";

/** Queries nest by recursion; far beyond any real query, this bounds the stack. */
const MAX_QUERY_LENGTH = 1 << 20;

/**
 * Parses and type-checks a query.
 * @throws PromqlError (bad_data) with position, in upstream's words: `1:7: parse error: …`
 * @example parse("rate(http_requests_total[5m])")
 */
export function parse(query: string, features: ParserFeatures = {}): Expr {
  if (query.length > MAX_QUERY_LENGTH) throw new PromqlError("bad_data", "query is longer than 1 MiB");
  try {
    const root = parseTree(query).topNode.getChild("Expr");
    if (root === null) throw parseError(query, { start: 0, end: query.length }, "no expression found in input");
    const expr = buildExpr(new BuildContext(query, features), root);
    checkTypes(query, expr);
    return expr;
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new PromqlError("bad_data", "query is nested too deeply", undefined, { cause });
    throw cause;
  }
}

/**
 * The matchers of a series selector, as in the `match[]` parameter of the HTTP API.
 * @throws PromqlError (bad_data) when the text is anything else than a selector
 * @example parseSelector('up{job="api"}')
 */
export function parseSelector(text: string): Matcher[] {
  const expr = parse(text);
  if (expr.kind === "vector-selector" && expr.offsetMs === 0 && expr.at === undefined) return [...expr.matchers];
  throw parseError(text, { start: 0, end: text.length }, 'expected a series selector, like up{job="api"}');
}
