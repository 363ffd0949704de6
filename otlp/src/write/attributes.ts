import type { Attributes, AttributeValue } from "../model/attributes.js";
import type { Writer } from "../wire/writer.js";

const STRING = 1;
const BOOL = 2;
const INT = 3;
const DOUBLE = 4;
const ARRAY = 5;
const KVLIST = 6;
const BYTES = 7;

/** Writes each attribute as a KeyValue of the repeated field `field`. */
export function writeAttributes(writer: Writer, field: number, attributes: Attributes): void {
  for (const key of Object.keys(attributes)) {
    const start = writer.open(field);
    writer.stringField(1, key);
    writeAnyValue(writer, 2, attributes[key] ?? null);
    writer.close(start);
  }
}

/** Writes `value` as an AnyValue in field `field`; null as an empty one. Integral numbers become ints. */
export function writeAnyValue(writer: Writer, field: number, value: AttributeValue): void {
  const start = writer.open(field);
  if (typeof value === "string") writer.stringField(STRING, value);
  else if (typeof value === "number") writeNumber(writer, value);
  else if (typeof value === "boolean") writer.boolField(BOOL, value);
  else if (typeof value === "bigint") writer.int64Field(INT, value);
  else if (value instanceof Uint8Array) writer.bytesField(BYTES, value);
  else if (Array.isArray(value)) writeArray(writer, value);
  else if (value !== null) {
    const list = writer.open(KVLIST);
    writeAttributes(writer, 1, value);
    writer.close(list);
  }
  writer.close(start);
}

function writeNumber(writer: Writer, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) writer.int64Field(INT, BigInt(value));
  else writer.doubleField(DOUBLE, value);
}

function writeArray(writer: Writer, values: readonly AttributeValue[]): void {
  const list = writer.open(ARRAY);
  for (const value of values) writeAnyValue(writer, 1, value);
  writer.close(list);
}
