import { newMatcher } from "@venturi/promql";
import type {
  Grouping,
  LabelFilter,
  LabelMatcher,
  LogExpr,
  LogqlExpr,
  MetricExpr,
  NumberOp,
  RangeFunction,
  Stage,
  StringOp,
} from "./ast.js";
import { errorAt, type LogqlError, parseLogqlDuration, type Token, tokenize } from "./lexer.js";

/** Recursion in a query this long stays far from the end of the stack. */
const maxQueryLength = 10_000;
const rangeFunctions: readonly string[] = ["count_over_time", "rate", "bytes_over_time", "bytes_rate"];
const stringOps: readonly string[] = ["=", "!=", "=~", "!~"];
const numberOps: readonly string[] = ["==", "!=", ">", ">=", "<", "<=", "="];
const containsTemplate = /^\{\{-?\s*contains\s+"([^"\\]*)"\s+__line__\s*-?\}\}$/;
const supported =
  "the store knows stream selectors, line filters, label filters, drop, count_over_time, rate, bytes_over_time, bytes_rate and sum";

/** @throws {LogqlError} one line: what is wrong or not supported, and where */
export function parseLogql(query: string): LogqlExpr {
  if (query.length > maxQueryLength) throw errorAt(query, 0, `the query is longer than ${maxQueryLength} characters`);
  return new Parser(query).parse();
}

class Parser {
  readonly #query: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = tokenize(query);
  }

  parse(): LogqlExpr {
    const expr = this.#is("{") ? this.#logs() : this.#metric();
    if (this.#token.kind !== "end") throw this.#unexpected();
    return expr;
  }

  get #token(): Token {
    return this.#tokens[this.#position] as Token;
  }

  #is(text: string): boolean {
    const { kind } = this.#token;
    return this.#token.text === text && (kind === "symbol" || kind === "identifier");
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#position++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#unexpected(text);
  }

  #take(kind: Token["kind"]): string {
    const token = this.#token;
    if (token.kind !== kind) throw this.#unexpected(kind);
    this.#position++;
    return token.text;
  }

  #error(problem: string): LogqlError {
    return errorAt(this.#query, this.#token.at, problem);
  }

  #unexpected(wanted?: string): LogqlError {
    const { kind, text } = this.#token;
    const found = kind === "end" ? "end of query" : JSON.stringify(text);
    return this.#error(`syntax error: unexpected ${found}${wanted === undefined ? "" : `, expecting ${wanted}`}`);
  }

  #unsupported(what: string): LogqlError {
    return this.#error(`${what} is not supported: ${supported}`);
  }

  #metric(): MetricExpr {
    const expr = this.#metricTerm();
    if (this.#token.kind !== "symbol" || !/^[-+*/%^<>=!]/.test(this.#token.text)) return expr;
    if (!this.#is("+") || expr.kind !== "vector") throw this.#unsupported("arithmetic on series");
    this.#position++;
    const right = this.#metric();
    if (right.kind !== "vector") throw this.#unsupported("arithmetic on series");
    return { kind: "vector", value: expr.value + right.value };
  }

  #metricTerm(): MetricExpr {
    if (this.#accept("(")) {
      const inner = this.#metric();
      this.#expect(")");
      return inner;
    }
    if (this.#token.kind !== "identifier") throw this.#unexpected();
    if (this.#accept("vector")) {
      this.#expect("(");
      const value = Number(this.#take("number"));
      this.#expect(")");
      return { kind: "vector", value };
    }
    if (this.#accept("sum")) return this.#sum();
    if (!rangeFunctions.includes(this.#token.text)) throw this.#unsupported(`"${this.#token.text}"`);
    return this.#range(this.#take("identifier") as RangeFunction);
  }

  #sum(): MetricExpr {
    let grouping = this.#grouping();
    this.#expect("(");
    const inner = this.#metric();
    this.#expect(")");
    grouping ??= this.#grouping();
    return { kind: "sum", grouping, inner };
  }

  #grouping(): Grouping | undefined {
    if (!this.#is("by") && !this.#is("without")) return undefined;
    const isBy = this.#take("identifier") === "by";
    this.#expect("(");
    const labels: string[] = [];
    while (!this.#accept(")")) {
      labels.push(this.#take("identifier"));
      if (!this.#is(")")) this.#expect(",");
    }
    return { isBy, labels };
  }

  /** The range may stand behind the selector or behind the whole pipeline. */
  #range(name: RangeFunction): MetricExpr {
    this.#expect("(");
    const matchers = this.#selector();
    let rangeNs = this.#is("[") ? this.#bracketed() : undefined;
    const stages = this.#stages();
    rangeNs ??= this.#bracketed();
    const offsetNs = this.#accept("offset") ? this.#duration() : 0n;
    this.#expect(")");
    return { kind: "range", name, logs: { kind: "logs", matchers, stages }, rangeNs, offsetNs };
  }

  #bracketed(): bigint {
    this.#expect("[");
    const rangeNs = this.#duration();
    if (rangeNs <= 0n) throw this.#error("a range must be longer than zero");
    this.#expect("]");
    return rangeNs;
  }

  #duration(): bigint {
    const { text } = this.#token;
    const value = parseLogqlDuration(text);
    if (value === undefined) throw this.#unexpected("a duration such as 5m");
    this.#position++;
    return value;
  }

  #logs(): LogExpr {
    const matchers = this.#selector();
    return { kind: "logs", matchers, stages: this.#stages() };
  }

  #selector(): LabelMatcher[] {
    const start = this.#token.at;
    this.#expect("{");
    const matchers: LabelMatcher[] = [];
    while (!this.#accept("}")) {
      const label = this.#take("identifier");
      matchers.push({ label, ...this.#textComparison() });
      if (!this.#is("}")) this.#expect(",");
    }
    const isNarrow = matchers.some(({ op, value }) => !newMatcher("x", op, value).matches(""));
    if (isNarrow) return matchers;
    const advice = 'For instance, app=~".*" does not meet this requirement, but app=~".+" will';
    const need = "queries require at least one regexp or equality matcher that does not have an empty-compatible value";
    throw errorAt(this.#query, start, `${need}. ${advice}`);
  }

  #textComparison(): { op: StringOp; value: string } {
    const op = this.#token.text;
    if (this.#token.kind !== "symbol" || !stringOps.includes(op)) throw this.#unexpected('"=", "!=", "=~" or "!~"');
    this.#position++;
    if (op === "=~" || op === "!~") this.#checkRegex(this.#token.text);
    return { op: op as StringOp, value: this.#take("string") };
  }

  #checkRegex(pattern: string): void {
    try {
      newMatcher("x", "=~", pattern);
    } catch (cause) {
      throw this.#error(`invalid regular expression ${JSON.stringify(pattern)}: ${(cause as Error).message}`);
    }
  }

  #stages(): Stage[] {
    const stages: Stage[] = [];
    for (;;) {
      if (["|=", "|~", "!=", "!~"].some((op) => this.#is(op))) stages.push(this.#lineFilter());
      else if (this.#is("|>") || this.#is("!>")) throw this.#unsupported("a pattern filter");
      else if (this.#accept("|")) stages.push(this.#stage());
      else return stages;
    }
  }

  #lineFilter(): Stage {
    const op = this.#take("symbol") as "|=" | "|~" | "!=" | "!~";
    const texts: string[] = [];
    do {
      if (this.#is("ip")) throw this.#unsupported("the ip filter");
      if (op === "|~" || op === "!~") this.#checkRegex(this.#token.text);
      texts.push(this.#take("string"));
    } while (this.#accept("or"));
    return { kind: "line", op, texts };
  }

  #stage(): Stage {
    const following = this.#tokens[this.#position + 1];
    const isComparison = following?.kind === "symbol" && numberOps.concat(stringOps).includes(following.text);
    if (this.#is("(") || isComparison) return { kind: "filter", filter: this.#filter() };
    if (this.#accept("drop")) return { kind: "drop", labels: this.#names() };
    if (this.#accept("label_format")) return this.#contains();
    throw this.#token.kind === "identifier" ? this.#unsupported(`"${this.#token.text}"`) : this.#unexpected();
  }

  #names(): string[] {
    const names: string[] = [];
    do {
      names.push(this.#take("identifier"));
      if (this.#is("=") || this.#is("=~")) throw this.#unsupported("drop with a condition");
    } while (this.#accept(","));
    return names;
  }

  #contains(): Stage {
    const label = this.#take("identifier");
    this.#expect("=");
    const text = containsTemplate.exec(this.#token.text)?.[1];
    if (this.#token.kind !== "string" || text === undefined) {
      throw this.#unsupported('label_format other than `{{ contains "text" __line__ }}`');
    }
    this.#position++;
    return { kind: "contains", label, text };
  }

  /** `or` binds weaker than `and`; a comma is an `and`, too. */
  #filter(): LabelFilter {
    let left = this.#conjunction();
    while (this.#accept("or") || this.#accept("OR")) left = { kind: "or", left, right: this.#conjunction() };
    return left;
  }

  #conjunction(): LabelFilter {
    let left = this.#comparison();
    while (this.#accept("and") || this.#accept("AND") || this.#accept(",")) {
      left = { kind: "and", left, right: this.#comparison() };
    }
    return left;
  }

  #comparison(): LabelFilter {
    if (this.#accept("(")) {
      const inner = this.#filter();
      this.#expect(")");
      return inner;
    }
    const label = this.#take("identifier");
    const value = this.#tokens[this.#position + 1];
    if (value?.kind === "duration") throw this.#unsupported("a comparison with a duration");
    if (value?.kind !== "number") return { kind: "text", label, ...this.#textComparison() };
    const op = this.#take("symbol");
    if (!numberOps.includes(op)) throw this.#unexpected();
    return { kind: "number", label, op: (op === "=" ? "==" : op) as NumberOp, value: Number(this.#take("number")) };
  }
}
