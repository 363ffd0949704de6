import type { Writer } from "@venturi/otlp";

/** Values that zipkin's texts become. A bigint is an OTLP integer, a number an OTLP double. */
export type TagValue = string | boolean | number | bigint;

/** Writes a KeyValue. */
export function writeAttribute(writer: Writer, field: number, key: string, value: TagValue): void {
  const start = writer.open(field);
  writer.stringField(1, key);
  const any = writer.open(2);
  if (typeof value === "string") writer.stringField(1, value);
  else if (typeof value === "boolean") writer.boolField(2, value);
  else if (typeof value === "bigint") writer.int64Field(3, value);
  else writer.doubleField(4, value);
  writer.close(any);
  writer.close(start);
}

const MAX_INT64 = 2n ** 63n - 1n;

/** What the text of a tag says: an integer, a decimal, a boolean or itself. Integers are clamped to 64 bits. */
export function parseTag(text: string): TagValue {
  if (/^-?\d+$/.test(text)) {
    const value = BigInt(text);
    if (value > MAX_INT64) return MAX_INT64;
    return value < -MAX_INT64 ? -MAX_INT64 - 1n : value;
  }
  if (/^-?\d+\.\d+$/.test(text)) return Number(text);
  return text === "true" || text === "false" ? text === "true" : text;
}
