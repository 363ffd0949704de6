import { MalformedOtlpError } from "../model/errors.js";
import { decodeUtf8 } from "../wire/utf8.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const BEGIN_OBJECT = 0x7b;
const END_OBJECT = 0x7d;
const BEGIN_ARRAY = 0x5b;
const END_ARRAY = 0x5d;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

export type JsonType = "object" | "array" | "string" | "number" | "true" | "false" | "null";

/**
 * Reads JSON (RFC 8259) value by value from UTF-8 bytes. Unlike JSON.parse it keeps every digit of a 64-bit integer,
 * knows the offset of a mistake and makes no objects. The bytes must be valid UTF-8.
 * Every method throws MalformedOtlpError when the text is not what it reads.
 */
export class JsonReader {
  /** Offset of the next byte. */
  at = 0;
  /** Bounds, between the quotes, and escapes of the string that `string` read. */
  stringStart = 0;
  stringEnd = 0;
  stringEscaped = false;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  fail(message: string, at: number = this.at): never {
    throw new MalformedOtlpError(message, at);
  }

  /** What kind of value comes next. */
  peek(): JsonType {
    this.skipSpace();
    const byte = this.bytes[this.at];
    switch (byte) {
      case BEGIN_OBJECT:
        return "object";
      case BEGIN_ARRAY:
        return "array";
      case QUOTE:
        return "string";
      case 0x74:
        return "true";
      case 0x66:
        return "false";
      case 0x6e:
        return "null";
      case undefined:
        return this.fail("unexpected end of JSON");
      default:
        if (byte === MINUS || (byte >= 0x30 && byte <= 0x39)) return "number";
        return this.fail("not a JSON value");
    }
  }

  /** Enters an object or array; false when it is empty, and then it is already left. */
  enter(type: "object" | "array"): boolean {
    this.skipSpace();
    this.at++;
    this.skipSpace();
    if (this.bytes[this.at] !== (type === "object" ? END_OBJECT : END_ARRAY)) return true;
    this.at++;
    return false;
  }

  /** After a member or element: true when another follows, false when the object or array is left. */
  more(type: "object" | "array"): boolean {
    this.skipSpace();
    const byte = this.bytes[this.at++];
    if (byte === COMMA) return true;
    if (byte === (type === "object" ? END_OBJECT : END_ARRAY)) return false;
    return this.fail(byte === undefined ? "unexpected end of JSON" : "expected a comma", this.at - 1);
  }

  /** Reads a member's name and the colon after it. */
  key(): string {
    this.skipSpace();
    if (this.bytes[this.at] !== QUOTE) this.fail("expected a member name");
    this.string();
    const key = this.stringText();
    this.skipSpace();
    if (this.bytes[this.at] !== COLON) this.fail("expected a colon");
    this.at++;
    return key;
  }

  /** Reads a string: sets `stringStart`, `stringEnd` and `stringEscaped`. */
  string(): void {
    const { bytes } = this;
    let at = this.at + 1;
    this.stringStart = at;
    this.stringEscaped = false;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined) this.fail("unterminated string");
      if (byte === QUOTE) break;
      if (byte < 0x20) this.fail("control character in a string", at);
      if (byte === BACKSLASH) {
        this.stringEscaped = true;
        at++;
      }
      at++;
    }
    this.stringEnd = at;
    this.at = at + 1;
  }

  /** The text of the string that `string` read. */
  stringText(): string {
    const { bytes, stringStart, stringEnd } = this;
    if (!this.stringEscaped) return decodeUtf8(bytes, stringStart, stringEnd);
    try {
      return JSON.parse(decodeUtf8(bytes, stringStart - 1, stringEnd + 1)) as string;
    } catch (cause) {
      throw new MalformedOtlpError("bad escape in a string", stringStart, { cause });
    }
  }

  /** The digits of a number, as they stand. */
  numberText(): string {
    const { bytes } = this;
    const start = this.at;
    let at = start;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      const partOfNumber = (byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === MINUS || byte === 0x2e;
      if (!partOfNumber && (byte | 0x20) !== 0x65) break;
    }
    const text = decodeUtf8(bytes, start, at);
    if (!NUMBER.test(text)) this.fail("not a JSON number");
    this.at = at;
    return text;
  }

  /** Reads `true`, `false` or `null`. */
  literal(text: "true" | "false" | "null"): void {
    for (let index = 0; index < text.length; index++) {
      if (this.bytes[this.at + index] !== text.charCodeAt(index)) this.fail("not a JSON value");
    }
    this.at += text.length;
  }

  /** Reads over any value. `depth` bounds the recursion. */
  skipValue(depth: number): void {
    if (depth <= 0) this.fail("JSON is nested too deep");
    const type = this.peek();
    switch (type) {
      case "string":
        this.string();
        if (this.stringEscaped) this.stringText();
        return;
      case "number":
        this.numberText();
        return;
      case "object":
      case "array":
        if (!this.enter(type)) return;
        do {
          if (type === "object") this.key();
          this.skipValue(depth - 1);
        } while (this.more(type));
        return;
      default:
        this.literal(type);
    }
  }

  /** Whether only white space is left. */
  atEnd(): boolean {
    this.skipSpace();
    return this.at >= this.bytes.length;
  }

  private skipSpace(): void {
    const { bytes } = this;
    for (;;) {
      const byte = bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at++;
    }
  }
}
