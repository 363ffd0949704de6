import { Cursor, FIXED64, LEN, VARINT } from "@venturi/otlp";
import { ALWAYS, NEVER, type Pair } from "./threshold.js";

/** A number as Go's ParseFloat takes it, as far as somebody writes one into an attribute. */
const FLOAT = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)$/i;

/** The AnyValue in `start`…`end` when it is an integer or a double; `text` when it is a string. */
export function numberOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): number | { readonly text: string } | undefined {
  const cursor = new Cursor(bytes, start, end);
  let value: number | { readonly text: string } | undefined;
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 1 && wireType === LEN) value = { text: cursor.string() };
    else if (field === 3 && wireType === VARINT) value = Number(cursor.int64());
    else if (field === 4 && wireType === FIXED64) value = cursor.double();
    else cursor.skip();
  }
  return value;
}

/** OpenTracing's `sampling.priority`: 0 drops a span, more keeps it. */
export function spanPriority(bytes: Uint8Array, start: number, end: number): Readonly<Pair> | undefined {
  const read = numberOf(bytes, start, end);
  const value = typeof read === "object" ? parseFloatOf(read.text) : read;
  if (value === undefined) return undefined;
  return value === 0 ? NEVER : value > 0 ? ALWAYS : undefined;
}

function parseFloatOf(text: string): number | undefined {
  if (!FLOAT.test(text)) return undefined;
  return /inf/i.test(text) ? Number.POSITIVE_INFINITY * (text.startsWith("-") ? -1 : 1) : Number(text);
}
