const simpleEscapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

const escapePattern = /\\(x[\da-fA-F]{2}|[0-7]{3}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S])/g;

/** The value of a Go string or character literal, quotes included. @throws {Error} "invalid syntax" */
export function unquote(literal: string): string {
  const quote = literal[0] ?? "";
  const inner = literal.slice(1, -1);
  if (quote === "`") return inner.replaceAll("\r", "");
  const bytes: (string | number)[] = [];
  let at = 0;
  for (const match of inner.matchAll(escapePattern)) {
    bytes.push(inner.slice(at, match.index), unescaped(match[1] ?? "", quote));
    at = match.index + match[0].length;
  }
  bytes.push(inner.slice(at));
  // `\xff` and `\377` are single bytes, which together may be UTF-8.
  return Buffer.concat(
    bytes.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part))),
  ).toString();
}

function unescaped(code: string, quote: string): string | number {
  const simple = simpleEscapes[code];
  if (simple !== undefined) return simple;
  if (code === quote) return code;
  const value = Number.parseInt(code.slice(1), 16);
  if (code.startsWith("x") && code.length > 1) return value;
  if (/^[0-7]{3}$/.test(code) && Number.parseInt(code, 8) < 256) return Number.parseInt(code, 8);
  const isPoint = /^[uU]./.test(code) && value <= 0x10_ffff && !(value >= 0xd800 && value < 0xe000);
  if (isPoint) return String.fromCodePoint(value);
  throw new Error("invalid syntax");
}

const integerPattern = /^[+-]?(?:0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?\d)*)$/;
const floatPattern = /^[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/;
const minInt = -(2n ** 63n);
const maxUint = 2n ** 64n - 1n;

/** The value of a number: an int as bigint, unless it is written as a float. @throws {Error} in Go's words */
export function parseNumber(text: string): number | bigint {
  const integer = integerPattern.test(text) ? integerOf(text) : undefined;
  if (integer !== undefined && integer >= minInt && integer <= maxUint) return integer;
  // A leading zero means octal for ints only.
  const digits = text.replaceAll("_", "");
  const value = floatPattern.test(text) ? Number(digits) : Number.NaN;
  if (Number.isFinite(value)) {
    if (/[.eE]/.test(text)) return value;
    throw new Error(`integer overflow: ${JSON.stringify(text)}`);
  }
  throw new Error(`illegal number syntax: ${JSON.stringify(text)}`);
}

function integerOf(text: string): bigint {
  const isNegative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return isNegative ? -value : value;
}
