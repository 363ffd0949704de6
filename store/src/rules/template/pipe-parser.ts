import { type Command, describe, type Pipe, type Term } from "./ast.js";
import { TemplateError } from "./error.js";
import type { Token, TokenKind } from "./lexer.js";
import { parseNumber, unquote } from "./literals.js";

const maxDepth = 100;

/** Kinds of tokens that a command begins with. */
const operands: ReadonlySet<TokenKind> = new Set([
  "bool",
  "character",
  "field",
  "identifier",
  "number",
  "string",
  "variable",
  "left paren",
]);

/** The tokens of a template and what can be read of them inside an action. */
export class PipeParser {
  readonly #name: string;
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #functions: ReadonlySet<string>;
  #index = 0;
  /** How far tokens were looked at: errors name that line. */
  #seen = 0;
  #depth = 0;
  /** Variables that are visible. */
  variables: string[] = ["$"];

  constructor(name: string, source: string, tokens: readonly Token[], functions: ReadonlySet<string>) {
    this.#name = name;
    this.#source = source;
    this.#tokens = tokens;
    this.#functions = functions;
  }

  next(): Token {
    const token = this.peek();
    if (this.#index < this.#tokens.length - 1) this.#index++;
    return token;
  }

  peek(): Token {
    this.#seen = Math.max(this.#seen, this.#index);
    return this.#tokens[this.#index] as Token;
  }

  nextNonSpace(): Token {
    this.skipSpace();
    return this.next();
  }

  peekNonSpace(): Token {
    this.skipSpace();
    return this.peek();
  }

  skipSpace(): void {
    while (this.peek().kind === "space") this.#index++;
  }

  /** Where a token was; `reset` goes back to it. */
  mark(): number {
    return this.#index;
  }

  reset(mark: number): void {
    this.#index = mark;
  }

  isKeyword(token: Token, word: string): boolean {
    return token.kind === "keyword" && token.text === word;
  }

  expect(kind: TokenKind, context: string): Token {
    const token = this.nextNonSpace();
    if (token.kind !== kind) throw this.unexpected(token, context);
    return token;
  }

  unexpected(token: Token, context: string): TemplateError {
    if (token.kind === "error") return this.error(token.text);
    return this.error(`unexpected ${shownToken(token)} in ${context}`);
  }

  error(message: string): TemplateError {
    const at = this.#tokens[this.#seen]?.at ?? 0;
    const line = this.#source.slice(0, at).split("\n").length;
    return new TemplateError(`template: ${this.#name}:${line}: ${message}`);
  }

  text(token: Token): string {
    try {
      return unquote(token.text);
    } catch (cause) {
      throw this.error((cause as Error).message);
    }
  }

  /** A pipeline up to and with `end`. `context` is its name in errors. */
  pipe(context: string, end: "right delimiter" | "right paren"): Pipe {
    const { at } = this.peekNonSpace();
    const { names, isAssignment } = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.peekNonSpace();
      if (token.kind === end) {
        this.next();
        this.#check(commands, context);
        return { kind: "pipe", at, variables: names, isAssignment, commands };
      }
      const isOperand = operands.has(token.kind) || this.isKeyword(token, ".") || this.isKeyword(token, "nil");
      if (!isOperand) throw this.unexpected(this.next(), context);
      commands.push(this.#command());
    }
  }

  #declarations(context: string): { names: string[]; isAssignment: boolean } {
    const names: string[] = [];
    for (;;) {
      const mark = this.mark();
      const variable = this.peekNonSpace();
      if (variable.kind !== "variable") return { names, isAssignment: false };
      this.next();
      const next = this.peekNonSpace();
      const isDeclared = next.kind === "declare" || next.kind === "assign";
      if (!isDeclared && !(next.kind === "mark" && next.text === ",")) {
        this.reset(mark);
        return { names, isAssignment: false };
      }
      this.next();
      names.push(variable.text);
      this.variables.push(variable.text);
      if (isDeclared) return { names, isAssignment: next.kind === "assign" };
      if (context !== "range" || names.length > 1) throw this.error(`too many declarations in ${context}`);
      if (!["variable", "right delimiter", "right paren"].includes(this.peekNonSpace().kind)) {
        throw this.error("range can only initialize variables");
      }
    }
  }

  #check(commands: readonly Command[], context: string): void {
    if (commands.length === 0) throw this.error(`missing value for ${context}`);
    for (const [index, { terms }] of commands.entries()) {
      const kind = terms[0]?.kind;
      if (index > 0 && (kind === "literal" || kind === "dot" || kind === "nil")) {
        throw this.error(`non executable command in pipeline stage ${index + 1}`);
      }
    }
  }

  #command(): Command {
    const { at } = this.peekNonSpace();
    const terms: Term[] = [];
    for (;;) {
      const operand = this.#operand();
      if (operand !== undefined) terms.push(operand);
      const mark = this.mark();
      const token = this.next();
      if (token.kind === "space") continue;
      if (token.kind === "right delimiter" || token.kind === "right paren") this.reset(mark);
      else if (token.kind !== "pipe") throw this.unexpected(token, "operand");
      break;
    }
    if (terms.length === 0) throw this.error("empty command");
    return { at, terms };
  }

  #operand(): Term | undefined {
    const term = this.#term();
    const { kind, at } = this.peek();
    if (term === undefined || kind !== "field") return term;
    const names: string[] = [];
    while (this.peek().kind === "field") names.push(this.next().text.slice(1));
    switch (term.kind) {
      case "field":
      case "variable":
        return { ...term, at, names: [...term.names, ...names] };
      case "literal":
      case "nil":
      case "dot":
        throw this.error(`unexpected . after term ${JSON.stringify(describe(term))}`);
      default:
        return { kind: "chain", at, term, names };
    }
  }

  #term(): Term | undefined {
    this.skipSpace();
    const mark = this.mark();
    const token = this.next();
    const { kind, text, at } = token;
    switch (kind) {
      case "identifier":
        if (!this.#functions.has(text)) throw this.error(`function ${JSON.stringify(text)} not defined`);
        return { kind: "function", at, name: text };
      case "variable":
        if (!this.variables.includes(text)) throw this.error(`undefined variable ${JSON.stringify(text)}`);
        return { kind: "variable", at, name: text, names: [] };
      case "field":
        return { kind: "field", at, names: [text.slice(1)] };
      case "bool":
        return { kind: "literal", at, value: text === "true", text };
      case "string":
        return { kind: "literal", at, value: this.text(token), text };
      case "number":
      case "character":
        return { kind: "literal", at, value: this.#number(token), text };
      case "left paren":
        return this.#parenthesized();
      default:
        if (kind === "keyword" && (text === "." || text === "nil")) return { kind: text === "." ? "dot" : "nil", at };
        this.reset(mark);
        return undefined;
    }
  }

  #parenthesized(): Pipe {
    if (++this.#depth > maxDepth) throw this.error("max expression depth exceeded");
    const pipe = this.pipe("parenthesized pipeline", "right paren");
    this.#depth--;
    return pipe;
  }

  #number(token: Token): number | bigint {
    if (token.kind === "number") {
      try {
        return parseNumber(token.text);
      } catch (cause) {
        throw this.error((cause as Error).message);
      }
    }
    const characters = [...this.text(token)];
    if (characters.length === 0) throw this.error("invalid syntax");
    if (characters.length > 1) throw this.error(`malformed character constant: ${token.text}`);
    return BigInt(characters[0]?.codePointAt(0) ?? 0);
  }
}

function shownToken({ kind, text }: Token): string {
  if (kind === "end") return "EOF";
  if (kind === "keyword") return `<${text}>`;
  return text.length > 10 ? `${JSON.stringify(text.slice(0, 10))}...` : JSON.stringify(text);
}
