import { parseDurationMs } from "../duration.js";
import { type PromqlError, parseError } from "../errors.js";
import { signature } from "./functions.js";
import { Lexer } from "./lexer.js";
import { COMPARISONS, describe, SET_OPERATORS, type Token } from "./token.js";

const ARITHMETIC = new Set(["+", "-", "*", "/", "%", "^", "atan2", "</", ">/"]);
/** Keywords that can't be metric names. */
const RESERVED = new Set(["bool", "on", "ignoring", "group_left", "group_right"]);

/** The first error of a query that does not parse, in upstream's words; undefined when this pass finds none. */
export function diagnose(query: string): PromqlError | undefined {
  const pass = new Diagnosis(query);
  try {
    pass.run();
    return undefined;
  } catch (error) {
    if (error instanceof Found) return parseError(query, error.position, error.text);
    throw error;
  }
}

class Found {
  readonly position: { start: number; end: number };
  readonly text: string;
  constructor(token: Token, text: string) {
    this.position = { start: token.start, end: token.end };
    this.text = text;
  }
}

/**
 * A recursive descent over the tokens that builds nothing: it only walks to the first token that fits nowhere, because
 * there it knows the context ("in label matching, expected …"), which an error-tolerant tree does not tell.
 */
class Diagnosis {
  readonly #lexer: Lexer;
  #token: Token;
  /** Aggregations around the current token; where nothing says more, they are the context of an error. */
  #aggregations = 0;

  constructor(query: string) {
    this.#lexer = new Lexer(query);
    this.#token = this.#lexer.next();
  }

  run(): void {
    if (this.#atEnd()) throw new Found({ ...this.#token, start: 0 }, "no expression found in input");
    this.#expression();
    if (!this.#atEnd()) this.#unexpected();
  }

  #atEnd(): boolean {
    return this.#token.class === "end";
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  #is(text: string): boolean {
    return this.#token.class !== "string" && this.#token.class !== "error" && this.#token.word === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#advance();
    return true;
  }

  #expect(text: string, context = "", expected = ""): void {
    if (!this.#accept(text)) this.#unexpected(context, expected);
  }

  #unexpected(context = "", expected = ""): never {
    if (this.#token.class === "error") throw new Found(this.#token, this.#token.text);
    const around = context === "" && this.#aggregations > 0 ? "aggregation" : context;
    const where = around === "" ? "" : ` in ${around}`;
    const wanted = expected === "" ? "" : `, expected ${expected}`;
    throw new Found(this.#token, `unexpected ${describe(this.#token)}${where}${wanted}`);
  }

  #expression(): void {
    this.#unary();
    while (this.#isBinaryOperator()) {
      this.#advance();
      this.#binaryModifiers();
      this.#unary();
    }
  }

  #isBinaryOperator(): boolean {
    const { class: tokenClass, word } = this.#token;
    return tokenClass === "operator" && (ARITHMETIC.has(word) || COMPARISONS.has(word) || SET_OPERATORS.has(word));
  }

  #unary(): void {
    while (this.#token.class === "operator" && (this.#is("+") || this.#is("-"))) this.#advance();
    this.#primary();
    while (this.#postfix());
  }

  #primary(): void {
    const token = this.#token;
    if (token.class === "string") this.#advance();
    else if (token.class === "number" || token.class === "duration") this.#number();
    else if (this.#accept("(")) {
      this.#expression();
      this.#expect(")");
    } else if (this.#is("{")) this.#matchers();
    else if (token.class === "aggregator") this.#aggregation();
    else if (this.#isName(token)) this.#named();
    else this.#unexpected();
  }

  #isName(token: Token): boolean {
    if (token.class === "keyword") return !RESERVED.has(token.word);
    if (token.class === "operator") return SET_OPERATORS.has(token.word);
    return token.class === "identifier" || token.class === "metric identifier" || token.class === "preprocessor";
  }

  #named(): void {
    const name = this.#advance();
    if (this.#is("{")) this.#matchers();
    if (!this.#is("(") || (name.class !== "identifier" && name.class !== "preprocessor")) return;
    this.#arguments();
    if (signature(name.text) === undefined) {
      throw new Found(name, `unknown function with name ${JSON.stringify(name.text)}`);
    }
  }

  #arguments(): void {
    this.#expect("(");
    if (this.#accept(")")) return;
    this.#expression();
    while (this.#is(",")) {
      const comma = this.#advance();
      if (this.#is(")") || this.#is(",")) throw new Found(comma, "trailing commas not allowed in function call args");
      this.#expression();
    }
    this.#expect(")");
  }

  #aggregation(): void {
    this.#advance();
    const modified = this.#grouping();
    if (this.#is("{") && !modified) {
      this.#matchers();
      return;
    }
    if (this.#is("(")) {
      this.#aggregations++;
      this.#arguments();
      this.#aggregations--;
      if (!modified) this.#grouping();
    } else if (modified) this.#unexpected("aggregation");
  }

  #grouping(): boolean {
    if (!this.#is("by") && !this.#is("without")) return false;
    this.#advance();
    this.#labelList();
    return true;
  }

  #labelList(): void {
    this.#expect("(", "grouping opts", '"("');
    if (this.#accept(")")) return;
    for (;;) {
      if (!this.#isLabel()) this.#unexpected("grouping opts", "label");
      const label = this.#advance();
      if (label.class === "string" && label.text.length === 2) {
        throw new Found(label, 'invalid label name for grouping: ""');
      }
      if (this.#accept(")")) return;
      this.#expect(",", "grouping opts", '"," or ")"');
      if (this.#accept(")")) return;
    }
  }

  #isLabel(): boolean {
    const { class: tokenClass, word } = this.#token;
    if (tokenClass === "operator") return SET_OPERATORS.has(word) || word === "atan2";
    return ["identifier", "metric identifier", "keyword", "aggregator", "preprocessor", "string"].includes(tokenClass);
  }

  #binaryModifiers(): void {
    this.#accept("bool");
    if (this.#accept("on") || this.#accept("ignoring")) {
      this.#labelList();
      if ((this.#accept("group_left") || this.#accept("group_right")) && this.#is("(")) this.#labelList();
    }
    while (this.#token.class === "keyword" && this.#token.word.startsWith("fill")) {
      this.#advance();
      this.#expect("(");
      if (this.#is("+") || this.#is("-")) this.#advance();
      this.#number();
      this.#expect(")");
    }
  }

  #number(context = "", expected = ""): void {
    if (this.#token.class !== "number" && this.#token.class !== "duration") this.#unexpected(context, expected);
    const token = this.#advance();
    if (token.class !== "duration") return;
    try {
      parseDurationMs(token.text);
    } catch (error) {
      throw new Found(token, error instanceof Error ? error.message : String(error));
    }
  }

  #matchers(): void {
    this.#expect("{");
    while (!this.#accept("}")) {
      this.#matcher();
      if (this.#accept("}")) return;
      this.#expect(",", "label matching", '"," or "}"');
    }
  }

  #matcher(): void {
    const name = this.#token;
    if (name.class !== "identifier" && name.class !== "string") {
      this.#unexpected("label matching", 'identifier or "}"');
    }
    this.#advance();
    const isOperator = ["=", "!=", "=~", "!~"].some((op) => this.#is(op));
    if (!isOperator) {
      if (name.class === "string") return;
      this.#unexpected("label matching", "label matching operator");
    }
    this.#advance();
    if (this.#token.class !== "string") this.#unexpected("label matching", "string");
    this.#advance();
  }

  /** One of `[…]`, `offset`, `@`, `anchored`, `smoothed`; false when none follows. */
  #postfix(): boolean {
    if (this.#accept("[")) this.#range();
    else if (this.#token.class === "keyword" && this.#accept("offset")) this.#offset();
    else if (this.#accept("@")) this.#at();
    else if (this.#token.class === "keyword" && (this.#is("anchored") || this.#is("smoothed"))) this.#advance();
    else return false;
    return true;
  }

  #range(): void {
    this.#durationExpression("subquery or range selector", "number, duration, step(), or range()");
    if (this.#accept("]")) return;
    this.#expect(":", "subquery or range", '":" or "]"');
    if (this.#accept("]")) return;
    this.#durationExpression("subquery selector", 'number, duration, step(), range(), or "]"');
    this.#expect("]", "subquery selector", '"]"');
  }

  #offset(): void {
    const expected = "number, duration, step(), or range()";
    while (this.#is("+") || this.#is("-")) this.#advance();
    this.#durationPrimary("offset", expected);
  }

  #at(): void {
    if (this.#accept("start") || this.#accept("end")) {
      this.#expect("(", "@", "timestamp");
      this.#expect(")", "@", "timestamp");
      return;
    }
    if (this.#is("+") || this.#is("-")) this.#advance();
    this.#number("@", "timestamp");
  }

  #durationExpression(context: string, expected: string): void {
    while (this.#is("+") || this.#is("-")) this.#advance();
    this.#durationPrimary(context, expected);
    while (["+", "-", "*", "/", "%", "^"].some((op) => this.#is(op))) {
      this.#advance();
      while (this.#is("+") || this.#is("-")) this.#advance();
      this.#durationPrimary(context, expected);
    }
  }

  #durationPrimary(context: string, expected: string): void {
    if (this.#accept("(")) {
      this.#durationExpression(context, expected);
      this.#expect(")", context, expected);
    } else if (this.#token.class === "preprocessor" && !this.#is("start") && !this.#is("end")) {
      const takesArguments = this.#token.word.endsWith("_of");
      this.#advance();
      this.#expect("(", context, expected);
      if (takesArguments) {
        this.#durationExpression(context, expected);
        this.#expect(",", context, expected);
        this.#durationExpression(context, expected);
      }
      this.#expect(")", context, expected);
    } else this.#number(context, expected);
  }
}
