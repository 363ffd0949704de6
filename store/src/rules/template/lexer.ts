export type TokenKind =
  | "text"
  | "left delimiter"
  | "right delimiter"
  | "space"
  | "assign"
  | "declare"
  | "pipe"
  | "string"
  | "character"
  | "number"
  | "variable"
  | "field"
  | "identifier"
  | "bool"
  | "keyword"
  | "left paren"
  | "right paren"
  | "mark"
  | "error"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written; of an error, what is wrong. */
  readonly text: string;
  /** Offset in UTF-16 units. */
  readonly at: number;
}

const keywords: ReadonlySet<string> = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "nil",
  "range",
  "template",
  "with",
]);

/** What stands between delimiters, each by its first character; longest first where that matters. */
const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ["space", /[ \t\r\n]+/y],
  ["declare", /:=/y],
  ["assign", /=/y],
  ["pipe", /\|/y],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ["character", /'(?:[^'\\\n]|\\[^\n])*'/y],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["field", /\.(?!\d)[\p{L}\p{Nd}_]*/uy],
  [
    "number",
    /(?=[+-]|\.?\d)[+-]?(?:0[xX][\da-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)/y,
  ],
  ["identifier", /[\p{L}\p{Nd}_]+/uy],
  ["left paren", /\(/y],
  ["right paren", /\)/y],
  ["mark", /[!-~]/y],
];

const unterminated: Readonly<Record<string, string>> = {
  '"': "unterminated quoted string",
  "`": "unterminated raw quoted string",
  "'": "unterminated character constant",
  ":": "expected :=",
};

/** After a word must come one of these, or the end of the action. */
const terminator = /[\s.,|:()]|\}\}|$/y;

/** The tokens of a template of Go's text/template. The last one is "end", or "error" where it cannot be read on. */
export function tokenize(source: string): Token[] {
  return new Lexer(source).tokens();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #hasFailed = false;

  constructor(source: string) {
    this.#source = source;
  }

  tokens(): Token[] {
    while (this.#at < this.#source.length && !this.#hasFailed) this.#text();
    if (!this.#hasFailed) this.#push("end", "EOF", this.#at);
    return this.#tokens;
  }

  /** Text up to the next action, and the action. */
  #text(): void {
    const found = this.#source.indexOf("{{", this.#at);
    const end = found < 0 ? this.#source.length : found;
    const trimsBefore = /^-[ \t\r\n]/.test(this.#source.slice(end + 2, end + 4));
    const raw = this.#source.slice(this.#at, end);
    const text = trimsBefore ? raw.replace(/[ \t\r\n]+$/, "") : raw;
    if (text !== "") this.#push("text", text, this.#at);
    this.#at = end;
    if (found < 0) return;
    const start = end + (trimsBefore ? 4 : 2);
    if (this.#source.startsWith("/*", start)) {
      this.#comment(start);
      return;
    }
    this.#push("left delimiter", "{{", end);
    this.#at = start;
    this.#action();
  }

  #comment(start: number): void {
    const end = this.#source.indexOf("*/", start + 2);
    if (end < 0) {
      this.#fail("unclosed comment", start);
      return;
    }
    this.#at = end + 2;
    if (!this.#close(false)) this.#fail("comment ends before closing delimiter", start);
  }

  #action(): void {
    let depth = 0;
    for (;;) {
      if (depth === 0 && this.#close(true)) return;
      if (depth > 0 && /^(?:[ \t\r\n]-)?\}\}/.test(this.#source.slice(this.#at, this.#at + 4))) {
        this.#fail("unclosed left paren", this.#at);
        return;
      }
      if (this.#at >= this.#source.length) {
        this.#fail("unclosed action", this.#at);
        return;
      }
      const token = this.#next();
      if (token === undefined) return;
      if (token.kind === "left paren") depth++;
      if (token.kind === "right paren" && --depth < 0) {
        this.#tokens.pop();
        this.#fail("unexpected right paren", token.at);
        return;
      }
    }
  }

  /** Takes `}}`, or ` -}}` and the space behind it. */
  #close(isToken: boolean): boolean {
    const match = /^(?:([ \t\r\n]-)\}\}[ \t\r\n]*|\}\})/.exec(this.#source.slice(this.#at));
    if (match === null) return false;
    const start = this.#at;
    this.#at += match[0].length;
    if (isToken) this.#push("right delimiter", "}}", start + (match[1]?.length ?? 0));
    return true;
  }

  #next(): Token | undefined {
    const at = this.#at;
    for (const [kind, pattern] of patterns) {
      const text = match(pattern, this.#source, at);
      if (text === "") continue;
      if (kind === "space") return this.#space(text, at);
      if (kind === "number") return this.#number(text, at);
      if (kind === "variable" || kind === "field" || kind === "identifier") return this.#word(kind, text, at);
      const problem = kind === "mark" ? unterminated[text] : undefined;
      if (problem !== undefined) return this.#fail(problem, at);
      this.#at += text.length;
      return this.#push(kind, text, at);
    }
    return this.#fail(`unrecognized character in action: ${named(this.#source, at)}`, at);
  }

  /** The last space in front of `-}}` belongs to that. */
  #space(text: string, at: number): Token {
    const isBeforeTrim = this.#source.startsWith("-}}", at + text.length);
    const taken = isBeforeTrim && text.length > 1 ? text.slice(0, -1) : text;
    this.#at += taken.length;
    return this.#push("space", taken, at);
  }

  #number(text: string, at: number): Token | undefined {
    this.#at += text.length;
    if (!/[\p{L}\p{Nd}_]/u.test(String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0))) {
      return this.#push("number", text, at);
    }
    const shown = this.#source.slice(at, this.#at + 1);
    return this.#fail(`bad number syntax: ${JSON.stringify(shown)}`, at);
  }

  #word(kind: "variable" | "field" | "identifier", text: string, at: number): Token | undefined {
    this.#at += text.length;
    terminator.lastIndex = this.#at;
    if (!terminator.test(this.#source)) return this.#fail(`bad character ${named(this.#source, this.#at)}`, at);
    if (text === "." || keywords.has(text)) return this.#push("keyword", text, at);
    return this.#push(text === "true" || text === "false" ? "bool" : kind, text, at);
  }

  #push(kind: TokenKind, text: string, at: number): Token {
    const token = { kind, text, at };
    this.#tokens.push(token);
    return token;
  }

  #fail(problem: string, at: number): undefined {
    this.#push("error", problem, at);
    this.#hasFailed = true;
    return undefined;
  }
}

function match(pattern: RegExp, source: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? "";
}

/** A character as Go's `%#U`: `U+0041 'A'`. */
function named(source: string, at: number): string {
  const code = source.codePointAt(at) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")} '${String.fromCodePoint(code)}'`;
}
