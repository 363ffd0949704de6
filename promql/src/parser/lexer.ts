import { classifyWord, type Token, type TokenClass } from "./token.js";

const SPACE = /[ \t\n\r]/;
const DIGIT = /[0-9]/;
const WORD_START = /[a-zA-Z_]/;
const WORD = /[a-zA-Z0-9_]/;
const DURATION_KEYWORDS = new Set(["step", "range", "max_of", "min_of"]);

/**
 * Upstream's lexer, token by token. The grammar package tolerates what is not PromQL (it serves editors), so this one
 * finds lexical errors, with upstream's words, and feeds the pass that explains syntax errors.
 */
export class Lexer {
  readonly #input: string;
  #pos = 0;
  #parenDepth = 0;
  #inBraces = false;
  #inBrackets = false;
  /** Directly after "[" a duration expression is read, with rules of its own. */
  #inDuration = false;
  #gotColon = false;
  /** Upstream never takes this back, so only the first range of a query must begin with a number. */
  #gotDuration = false;
  #done: Token | undefined;

  constructor(input: string) {
    this.#input = input;
  }

  /** The next token; the class "end" or "error" repeats for ever. Comments and space are skipped. */
  next(): Token {
    if (this.#done !== undefined) return this.#done;
    const token = this.#scan();
    if (token.class === "end" || token.class === "error") this.#done = token;
    return token;
  }

  #scan(): Token {
    this.#skipBlanks();
    const start = this.#pos;
    if (this.#pos >= this.#input.length) return this.#atEnd(start);
    if (this.#inBraces) return this.#scanInBraces(start);
    if (this.#inDuration) return this.#scanInDuration(start);
    return this.#scanStatement(start);
  }

  #skipBlanks(): void {
    for (;;) {
      const char = this.#input[this.#pos];
      if (char !== undefined && SPACE.test(char)) this.#pos++;
      else if (char === "#" && !this.#inDuration) {
        while (this.#pos < this.#input.length && !/[\r\n]/.test(this.#input[this.#pos]!)) this.#pos++;
      } else return;
    }
  }

  #atEnd(start: number): Token {
    if (this.#inBraces) return this.#error(start, "unexpected end of input inside braces");
    if (this.#inDuration) return this.#error(start, "unexpected end of input in duration expression");
    if (this.#parenDepth !== 0) return this.#error(start, "unclosed left parenthesis");
    if (this.#inBrackets) return this.#error(start, "unclosed left bracket");
    return { class: "end", text: "", word: "", start, end: start };
  }

  #scanStatement(start: number): Token {
    const char = this.#input[start]!;
    const next = this.#input[start + 1] ?? "";
    if ("*/%+-^@".includes(char)) return this.#emit("operator", start, 1);
    if (char === ",") return this.#emit("punctuation", start, 1);
    if ("=!<>".includes(char)) return this.#scanComparison(start, char, next);
    if (DIGIT.test(char) || (char === "." && DIGIT.test(next))) return this.#scanNumber(start);
    if (`"'\``.includes(char)) return this.#scanString(start, char);
    if (WORD_START.test(char) || char === ":") {
      return this.#inBrackets ? this.#scanBracketWord(start, char) : this.#scanWord(start);
    }
    if ("()[]{".includes(char)) return this.#scanBracket(start, char);
    return this.#error(start, `unexpected character: ${this.#quoteAt(start)}`);
  }

  #scanComparison(start: number, char: string, next: string): Token {
    if (char === "=") {
      if (next === "=") return this.#emit("operator", start, 2);
      if (next === "~") return this.#error(start, "unexpected character after '=': '~'");
      return this.#emit("punctuation", start, 1);
    }
    if (char === "!") {
      if (next === "=") return this.#emit("operator", start, 2);
      return this.#error(start, `unexpected character after '!': ${this.#quoteAt(start + 1)}`);
    }
    return this.#emit("operator", start, next === "=" || next === "/" ? 2 : 1);
  }

  #scanBracket(start: number, char: string): Token {
    if (char === "(") this.#parenDepth++;
    if (char === ")" && --this.#parenDepth < 0) return this.#error(start, "unexpected right parenthesis ')'", 1);
    if (char === "{") this.#inBraces = true;
    if (char === "[") {
      if (this.#inBrackets) return this.#error(start, "unexpected left bracket '['");
      this.#inBrackets = true;
      this.#inDuration = true;
      this.#gotColon = false;
    }
    if (char === "]") {
      if (!this.#inBrackets) return this.#error(start, "unexpected right bracket ']'");
      this.#inBrackets = false;
    }
    return this.#emit("punctuation", start, 1);
  }

  #scanWord(start: number): Token {
    let end = start;
    while (end < this.#input.length && (WORD.test(this.#input[end]!) || this.#input[end] === ":")) end++;
    const word = this.#input.slice(start, end);
    // fill() came late to the language: only a parenthesis makes it a keyword, so that metrics may keep the name.
    if (/^fill(_left|_right)?$/i.test(word) && !/^[ \t\n\r]*\(/.test(this.#input.slice(end))) {
      return this.#emit("identifier", start, word.length);
    }
    return this.#emit(classifyWord(word), start, word.length);
  }

  /** After a number in brackets only ":", "]", operators and step()/range()/… may follow. */
  #scanBracketWord(start: number, char: string): Token {
    if (char === ":") {
      if (this.#gotColon) return this.#error(start, "unexpected colon ':'");
      this.#gotColon = true;
      return this.#emit("punctuation", start, 1);
    }
    const word = this.#durationKeyword(start);
    if (word !== undefined) return this.#emit("preprocessor", start, word.length);
    return this.#error(start, `unexpected character: ${this.#quoteAt(start)}, expected ':'`);
  }

  #durationKeyword(start: number): string | undefined {
    const word = /^[a-zA-Z_]*/.exec(this.#input.slice(start))![0];
    return DURATION_KEYWORDS.has(word.toLowerCase()) ? word : undefined;
  }

  #scanInDuration(start: number): Token {
    const char = this.#input[start]!;
    if (char === "]") {
      this.#inDuration = false;
      this.#inBrackets = false;
      return this.#emit("punctuation", start, 1);
    }
    if (char === ":") {
      if (!this.#gotDuration) return this.#error(start, "unexpected colon before duration in duration expression", 1);
      if (this.#gotColon) return this.#error(start, "unexpected repeated colon in duration expression", 1);
      this.#gotColon = true;
      return this.#emit("punctuation", start, 1);
    }
    if (char === "(") this.#parenDepth++;
    if (char === ")" && --this.#parenDepth < 0) return this.#error(start, "unexpected right parenthesis ')'", 1);
    if ("(),".includes(char)) return this.#emit("punctuation", start, 1);
    if ("+-*/%^".includes(char)) return this.#emit("operator", start, 1);
    const word = this.#durationKeyword(start);
    if (word !== undefined) return this.#emit("preprocessor", start, word.length);
    if (DIGIT.test(char) || (char === "." && DIGIT.test(this.#input[start + 1] ?? ""))) {
      this.#gotDuration = true;
      // Upstream leaves its duration state behind a number.
      this.#inDuration = false;
      return this.#scanNumber(start);
    }
    return this.#error(start, `unexpected character in duration expression: ${this.#quoteAt(start)}`);
  }

  #scanInBraces(start: number): Token {
    const char = this.#input[start]!;
    const next = this.#input[start + 1] ?? "";
    if (WORD_START.test(char)) {
      const word = /^[a-zA-Z0-9_]+/.exec(this.#input.slice(start))![0];
      return this.#emit("identifier", start, word.length);
    }
    if (char === ",") return this.#emit("punctuation", start, 1);
    if (`"'\``.includes(char)) return this.#scanString(start, char);
    if (char === "=") return next === "~" ? this.#emit("operator", start, 2) : this.#emit("punctuation", start, 1);
    if (char === "!") {
      if (next === "~" || next === "=") return this.#emit("operator", start, 2);
      return this.#error(start, `unexpected character after '!' inside braces: ${this.#quoteAt(start + 1)}`);
    }
    if (char === "{") return this.#error(start, "unexpected left brace '{'");
    if (char === "}") {
      this.#inBraces = false;
      return this.#emit("punctuation", start, 1);
    }
    return this.#error(start, `unexpected character inside braces: ${this.#quoteAt(start)}`);
  }

  #scanString(start: number, delimiter: string): Token {
    const input = this.#input;
    if (delimiter === "`") {
      const end = input.indexOf("`", start + 1);
      if (end < 0) return this.#error(start, "unterminated raw string");
      return this.#emit("string", start, end + 1 - start);
    }
    let at = start + 1;
    for (;;) {
      const char = input[at];
      if (char === undefined || char === "\n") return this.#error(start, "unterminated quoted string");
      if (char === delimiter) return this.#emit("string", start, at + 1 - start);
      if (char !== "\\") at++;
      else {
        const skip = escapeLength(input.slice(at + 1, at + 10), delimiter);
        if (typeof skip === "string") return this.#error(start, skip);
        at += 1 + skip;
      }
    }
  }

  #scanNumber(start: number): Token {
    const rest = this.#input.slice(start);
    const number = NUMBER.exec(rest)?.[0];
    if (number !== undefined && !isWordAt(rest, number.length)) return this.#emit("number", start, number.length);
    const duration = DURATION.exec(rest)?.[0];
    if (duration !== undefined && !isWordAt(rest, duration.length)) {
      return this.#emit("duration", start, duration.length);
    }
    const bad = /^[0-9a-zA-Z_.]+/.exec(rest)?.[0] ?? rest[0]!;
    return this.#error(start, `bad number or duration syntax: ${JSON.stringify(bad)}`);
  }

  #emit(tokenClass: TokenClass, start: number, length: number): Token {
    this.#pos = start + length;
    const text = this.#input.slice(start, start + length);
    const folds = tokenClass === "keyword" || tokenClass === "operator" || tokenClass === "aggregator";
    const word = folds || tokenClass === "preprocessor" ? text.toLowerCase() : text;
    return { class: tokenClass, text, word, start, end: start + length };
  }

  #error(start: number, message: string, shift = 0): Token {
    return { class: "error", text: message, word: message, start: start + shift, end: this.#input.length };
  }

  #quoteAt(at: number): string {
    const code = this.#input.codePointAt(at);
    if (code === undefined) return "'\\ufffd'";
    const char = String.fromCodePoint(code);
    return char === "'" || char === "\\" ? `'\\${char}'` : `'${char === "\n" ? "\\n" : char}'`;
  }
}

const NUMBER =
  /^(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?)/;
const DURATION = /^(?:\d+[smhdwy]s?)(?:\d+[smhdw]s?)*/;

function isWordAt(text: string, at: number): boolean {
  const char = text[at];
  return char !== undefined && (WORD.test(char) || char === ".");
}

/** Length of the escape sequence after a backslash, or the message about a bad one. */
function escapeLength(text: string, delimiter: string): number | string {
  const letter = text[0];
  if (letter === undefined) return "escape sequence not terminated";
  if (`abfnrtv\\${delimiter}`.includes(letter)) return 1;
  const forms: Readonly<Record<string, [digits: number, base: number, skip: number]>> = {
    x: [2, 16, 1],
    u: [4, 16, 1],
    U: [8, 16, 1],
  };
  const form = forms[letter] ?? (letter >= "0" && letter <= "7" ? ([3, 8, 0] as const) : undefined);
  if (form === undefined) return `unknown escape sequence ${codePointName(text)}`;
  const [digits, base, skip] = form;
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const char = text[skip + i];
    if (char === undefined) return "escape sequence not terminated";
    const digit = /[0-9a-fA-F]/.test(char) ? Number.parseInt(char, 16) : 16;
    if (digit >= base) return `illegal character ${codePointName(text.slice(skip + i))} in escape sequence`;
    value = value * base + digit;
  }
  const limit = letter === "u" || letter === "U" ? 0x10ffff : 255;
  if (value > limit || (value >= 0xd800 && value < 0xe000)) return "escape sequence is an invalid Unicode code point";
  return skip + digits;
}

/** Go's %#U: `U+007A 'z'`. */
function codePointName(text: string): string {
  const code = text.codePointAt(0)!;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")} '${String.fromCodePoint(code)}'`;
}
