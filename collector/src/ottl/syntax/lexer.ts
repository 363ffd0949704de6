import { SyntaxProblem } from "./problem.js";

export type TokenKind =
  | "bytes"
  | "float"
  | "int"
  | "string"
  /** Words: paths and editors begin small, converters and enums with a capital. */
  | "name"
  /** Operators and brackets. */
  | "mark"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written, but the value of a string. */
  readonly text: string;
  /** Offset of the first character. */
  readonly at: number;
}

/** In the order in which they are tried. */
const RULES: readonly (readonly [TokenKind, RegExp])[] = [
  ["bytes", /0x[a-fA-F0-9]+/y],
  ["float", /(\d+\.\d*|\d*\.\d+)([eE][-+]?\d+)?/y],
  ["int", /\d+/y],
  ["string", /"(\\[\s\S]|[^\\"])*"/y],
  ["mark", /==|!=|>=|<=|=>|[><+\-/*=(){}:,.[\]]/y],
  ["name", /[A-Za-z_][A-Za-z0-9_]*/y],
];

/** @throws SyntaxProblem at what is no token. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const space = /\s*/y;
  for (let at = 0; ; ) {
    space.lastIndex = at;
    space.test(source);
    at = space.lastIndex;
    if (at === source.length) {
      tokens.push({ kind: "end", text: "", at });
      return tokens;
    }
    const token = tokenAt(source, at);
    tokens.push(token.kind === "string" ? { ...token, text: unquote(token.text, at) } : token);
    at += token.text.length;
  }
}

function tokenAt(source: string, at: number): Token {
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const match = rule.exec(source);
    if (match !== null) return { kind, text: match[0], at };
  }
  const what = source[at] === '"' ? "a string that is not closed" : `unexpected ${JSON.stringify(source[at])}`;
  throw new SyntaxProblem(at, what);
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
};

/** Escapes are Go's: `\n`, `\"`, `\x41`, `\101`, `\u00e9`. A backslash for a regular expression is written twice. */
function unquote(quoted: string, at: number): string {
  const escapes = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/g;
  return quoted.slice(1, -1).replace(escapes, (whole, hex2, hex4, hex8, octal, letter, offset: number) => {
    const hex = (hex2 ?? hex4 ?? hex8) as string | undefined;
    const code = hex === undefined ? Number.parseInt(octal as string, 8) : Number.parseInt(hex, 16);
    if (letter === undefined) {
      const isCode = code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) && (octal === undefined || code < 256);
      if (isCode) return String.fromCodePoint(code);
    } else if (ESCAPES[letter as string] !== undefined) return ESCAPES[letter as string] as string;
    throw new SyntaxProblem(at + 1 + offset, `unknown escape ${whole} in a string; a backslash is written \\\\`);
  });
}
