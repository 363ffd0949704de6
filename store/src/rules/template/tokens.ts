export interface Token {
  readonly kind: "word" | "field" | "variable" | "text" | "number" | "character" | "mark";
  /** A word, `.name` without its dot, `$name`, the value of a literal, or one of `( ) | , := = .`. */
  readonly text: string;
  /** Nothing stands between it and the token before. */
  readonly isAdjacent: boolean;
}

/** The template is not well formed; the message says what is wrong. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

const patterns: readonly (readonly [Token["kind"], RegExp])[] = [
  ["text", /"(?:[^"\\\n]|\\.)*"/y],
  ["text", /`[^`]*`/y],
  ["character", /'(?:[^'\\\n]|\\.)+'/y],
  ["variable", /\$\w*/y],
  ["field", /\.[A-Za-z_]\w*/y],
  ["number", /[+-]?(?:0x[\da-f_]+|\d[\d_]*\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)/iy],
  ["word", /[A-Za-z_]\w*/y],
  ["mark", /:=|[()|,=.]/y],
];

/** The tokens between `{{` and `}}`. @throws {TemplateError} */
export function tokenize(action: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let isAdjacent = false;
  while (at < action.length) {
    const space = /\s+/y;
    space.lastIndex = at;
    const skipped = space.exec(action)?.[0].length ?? 0;
    at += skipped;
    isAdjacent = skipped === 0;
    if (at >= action.length) break;
    const token = tokenAt(action, at);
    if (token === undefined) throw new TemplateError(`unexpected ${JSON.stringify(action[at])} in command`);
    tokens.push({ kind: token[0], text: literalValue(token[0], token[1]), isAdjacent });
    at += token[1].length;
  }
  return tokens;
}

function tokenAt(action: string, at: number): [Token["kind"], string] | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(action)?.[0];
    if (found !== undefined) return [kind, found];
  }
  return undefined;
}

function literalValue(kind: Token["kind"], raw: string): string {
  if (kind === "field") return raw.slice(1);
  if (kind !== "text" && kind !== "character") return raw;
  if (raw.startsWith("`")) return raw.slice(1, -1);
  return raw.slice(1, -1).replace(/\\(x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|[0-7]{3}|.)/gi, (_, code: string) => {
    const simple = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" }[code];
    if (simple !== undefined) return simple;
    if (/^[xuU]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    return /^[0-7]{3}$/.test(code) ? String.fromCodePoint(Number.parseInt(code, 8)) : code;
  });
}
