import { Cursor, FIXED64, LEN, VARINT } from "@venturi/otlp";

/** What an AnyValue holds; `json` is its value inside of JSON. */
interface Decoded {
  readonly kind: "none" | "string" | "bytes" | "other";
  /** As it stands for itself. */
  readonly text: string;
  readonly json: string;
}

const NOTHING: Decoded = { kind: "none", text: "", json: "null" };

/**
 * The AnyValue in `start`…`end` as text, as the Collector's `AsString` has it: numbers as JSON, lists and maps as JSON
 * with sorted keys, bytes in base64.
 */
export function anyValueText(bytes: Uint8Array, start: number, end: number): string {
  return decode(bytes, start, end).text;
}

/** As `anyValueText`, but bytes are themselves. */
export function anyValueBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const isBytes = cursor.wireType === LEN && (cursor.field === 7 || cursor.field === 1);
    cursor.skip();
    if (isBytes) return bytes.subarray(cursor.valueStart, cursor.valueEnd);
  }
  return Buffer.from(anyValueText(bytes, start, end), "utf8");
}

function decode(bytes: Uint8Array, start: number, end: number): Decoded {
  const cursor = new Cursor(bytes, start, end);
  let result = NOTHING;
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 1 && wireType === LEN) result = stringValue(cursor.string());
    else if (field === 2 && wireType === VARINT) result = plain(String(cursor.bool()));
    else if (field === 3 && wireType === VARINT) result = plain(String(cursor.int64()));
    else if (field === 4 && wireType === FIXED64) result = doubleValue(cursor.double());
    else if (field === 5 && wireType === LEN) result = listValue(cursor);
    else if (field === 6 && wireType === LEN) result = mapValue(cursor);
    else if (field === 7 && wireType === LEN) {
      const text = Buffer.from(cursor.subarray()).toString("base64");
      result = { kind: "bytes", text, json: jsonString(text) };
    } else cursor.skip();
  }
  return result;
}

function plain(text: string): Decoded {
  return { kind: "other", text, json: text };
}

function stringValue(text: string): Decoded {
  return { kind: "string", text, json: jsonString(text) };
}

function doubleValue(value: number): Decoded {
  if (Number.isFinite(value)) return plain(Object.is(value, -0) ? "-0" : String(value));
  return plain(String(value));
}

function listValue(cursor: Cursor): Decoded {
  cursor.lengthDelimited();
  const { bytes } = cursor;
  const inner = new Cursor(bytes, cursor.valueStart, cursor.valueEnd);
  const items: string[] = [];
  while (inner.next()) {
    const isItem = inner.field === 1 && inner.wireType === LEN;
    inner.skip();
    if (isItem) items.push(decode(bytes, inner.valueStart, inner.valueEnd).json);
  }
  return plain(`[${items.join(",")}]`);
}

function mapValue(cursor: Cursor): Decoded {
  cursor.lengthDelimited();
  const { bytes } = cursor;
  const pairs = new Cursor(bytes, cursor.valueStart, cursor.valueEnd);
  const pair = new Cursor();
  const entries = new Map<string, string>();
  while (pairs.next()) {
    const isPair = pairs.field === 1 && pairs.wireType === LEN;
    pairs.skip();
    if (!isPair) continue;
    pair.reset(bytes, pairs.valueStart, pairs.valueEnd);
    let key = "";
    let json = NOTHING.json;
    while (pair.next()) {
      if (pair.field === 1 && pair.wireType === LEN) key = pair.string();
      else if (pair.field === 2 && pair.wireType === LEN) {
        pair.lengthDelimited();
        json = decode(bytes, pair.valueStart, pair.valueEnd).json;
      } else pair.skip();
    }
    entries.set(key, json);
  }
  const sorted = [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return plain(`{${sorted.map(([key, json]) => `${jsonString(key)}:${json}`).join(",")}}`);
}

/** As Go's encoding/json without its care for HTML: JavaScript's, and the two line separators escaped. */
export function jsonString(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, unicodeEscape);
}

/** As Go's encoding/json by default: also `<`, `>` and `&` are escaped. */
export function htmlSafeJsonString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, unicodeEscape);
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
