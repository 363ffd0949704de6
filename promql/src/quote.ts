/** Go-style string literals, as PromQL writes and reads them. */

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** The value of a quoted literal. The lexer has already proven that it is well formed. */
export function unquote(literal: string): string {
  const delimiter = literal[0]!;
  const body = literal.slice(1, -1);
  if (delimiter === "`" || !body.includes("\\")) return body;
  // \x and octal escapes name bytes, which together must form UTF-8: collect bytes, decode once.
  const chunks: Buffer[] = [];
  let i = 0;
  while (i < body.length) {
    const next = body.indexOf("\\", i);
    if (next < 0) {
      chunks.push(Buffer.from(body.slice(i)));
      break;
    }
    if (next > i) chunks.push(Buffer.from(body.slice(i, next)));
    const [bytes, length] = escapeAt(body, next + 1);
    chunks.push(bytes);
    i = next + 1 + length;
  }
  return decode(Buffer.concat(chunks));
}

/**
 * Each byte that is no UTF-8 becomes half a surrogate pair (U+DC80 to U+DCFF): such a text is refused where a name must
 * be well formed, and can be quoted again.
 */
function decode(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (Buffer.from(text).equals(bytes)) return text;
  let out = "";
  for (let i = 0; i < bytes.length; ) {
    const char = characterAt(bytes, i);
    out += char ?? String.fromCharCode(LONE_BYTE + bytes[i]!);
    i += char === undefined ? 1 : Buffer.byteLength(char);
  }
  return out;
}

const LONE_BYTE = 0xdc00;

function characterAt(bytes: Buffer, at: number): string | undefined {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    const encoded = bytes.subarray(at, at + length);
    const char = encoded.toString("utf8");
    if (Buffer.from(char).equals(encoded)) return char;
  }
  return undefined;
}

/** The bytes of one escape sequence (after its backslash) and the number of characters it takes. */
function escapeAt(body: string, at: number): [Buffer, number] {
  const letter = body[at]!;
  const simple = SIMPLE[letter];
  if (simple !== undefined) return [Buffer.from(simple), 1];
  if (letter === "x") return [Buffer.from([Number.parseInt(body.slice(at + 1, at + 3), 16)]), 3];
  if (letter === "u" || letter === "U") {
    const digits = letter === "u" ? 4 : 8;
    const code = Number.parseInt(body.slice(at + 1, at + 1 + digits), 16);
    return [Buffer.from(String.fromCodePoint(code)), digits + 1];
  }
  if (letter >= "0" && letter <= "7") return [Buffer.from([Number.parseInt(body.slice(at, at + 3), 8) & 0xff]), 3];
  return [Buffer.from(letter), 1];
}

/** A double-quoted literal that reads back as the same text. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (char === '"' || char === "\\") out += `\\${char}`;
    else if (code >= 0x20 && code !== 0x7f && isPrintable(char)) out += char;
    else out += escapeOf(code);
  }
  return `${out}"`;
}

function escapeOf(code: number): string {
  const named: Readonly<Record<number, string>> = {
    7: "\\a",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    11: "\\v",
    12: "\\f",
    13: "\\r",
  };
  const name = named[code];
  if (name !== undefined) return name;
  if (code >= LONE_BYTE + 0x80 && code <= LONE_BYTE + 0xff) return `\\x${(code - LONE_BYTE).toString(16)}`;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

function isPrintable(char: string): boolean {
  return char === " " || !/[\p{C}\p{Z}]/u.test(char);
}
