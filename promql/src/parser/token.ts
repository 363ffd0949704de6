/** The tokens of PromQL, in upstream's classes: error messages describe a token by its class. */
export type TokenClass =
  | "end"
  | "error"
  | "identifier"
  | "metric identifier"
  | "string"
  | "number"
  | "duration"
  | "keyword"
  | "operator"
  | "aggregator"
  | "preprocessor"
  | "punctuation";

export interface Token {
  readonly class: TokenClass;
  /** Source text; for keywords see `word`. For the class "error" the message. */
  readonly text: string;
  /** The keyword, operator or aggregator in lower case; the source text for all others. */
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

export const SET_OPERATORS: ReadonlySet<string> = new Set(["and", "or", "unless"]);
export const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<=", "<", ">=", ">"]);
export const AGGREGATORS: ReadonlySet<string> = new Set([
  "sum",
  "avg",
  "count",
  "min",
  "max",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);

const OPERATORS = new Set([...SET_OPERATORS, "atan2"]);
const KEYWORDS = new Set([
  "offset",
  "smoothed",
  "anchored",
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "fill",
  "fill_left",
  "fill_right",
  "bool",
]);
const PREPROCESSORS = new Set(["start", "end", "step", "range", "max_of", "min_of"]);

/** The class of a bare word outside braces. */
export function classifyWord(word: string): TokenClass {
  const lower = word.toLowerCase();
  if (OPERATORS.has(lower)) return "operator";
  if (AGGREGATORS.has(lower)) return "aggregator";
  if (KEYWORDS.has(lower)) return "keyword";
  if (PREPROCESSORS.has(lower)) return "preprocessor";
  if (lower === "inf" || lower === "nan") return "number";
  return word.includes(":") ? "metric identifier" : "identifier";
}

/** How an error message names a token: `identifier "foo"`, `<op:+>`, `end of input`. */
export function describe(token: Token): string {
  switch (token.class) {
    case "end":
      return "end of input";
    case "keyword":
      return `<${token.text}>`;
    case "operator":
      return `<op:${token.text}>`;
    case "aggregator":
      return `<aggr:${token.text}>`;
    case "preprocessor":
    case "punctuation":
      return `"${token.text}"`;
    case "identifier":
    case "metric identifier":
      return `${token.class} ${JSON.stringify(token.text)}`;
    default:
      return `${token.class} ${shorten(token.text)}`;
  }
}

function shorten(text: string): string {
  return text.length > 10 ? `${JSON.stringify(text.slice(0, 10))}...` : JSON.stringify(text);
}
