import { type Attributes, type AttributeValue, Cursor, FIXED64, LEN, VARINT, Writer } from "@venturi/otlp";

/** Reads a scalar AnyValue. Undefined for lists, maps and bytes: they make no dimension. */
export function scalarOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | number | bigint | boolean | undefined {
  const cursor = new Cursor(bytes, start, end);
  let value: string | number | bigint | boolean | undefined;
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) value = cursor.string();
    else if (cursor.field === 2 && cursor.wireType === VARINT) value = cursor.uint32() !== 0;
    else if (cursor.field === 3 && cursor.wireType === VARINT) value = integer(cursor.uint64());
    else if (cursor.field === 4 && cursor.wireType === FIXED64) value = cursor.double();
    else cursor.skip();
  }
  return value;
}

function integer(unsigned: bigint): number | bigint {
  const value = BigInt.asIntN(64, unsigned);
  const asNumber = Number(value);
  return Number.isSafeInteger(asNumber) ? asNumber : value;
}

/** The attributes of a Resource message, as far as they are scalars. */
export function resourceAttributes(bytes: Uint8Array): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  const cursor = new Cursor(bytes);
  const pair = new Cursor();
  while (cursor.next()) {
    if (cursor.field !== 1 || cursor.wireType !== LEN) {
      cursor.skip();
      continue;
    }
    cursor.lengthDelimited();
    pair.reset(bytes, cursor.valueStart, cursor.valueEnd);
    let key = "";
    let value: AttributeValue | undefined;
    while (pair.next()) {
      if (pair.field === 1 && pair.wireType === LEN) key = pair.string();
      else if (pair.field === 2 && pair.wireType === LEN) {
        pair.lengthDelimited();
        value = scalarOf(bytes, pair.valueStart, pair.valueEnd);
      } else pair.skip();
    }
    if (value !== undefined && !(key in attributes)) attributes[key] = value;
  }
  return attributes;
}

/** AnyValue{string_value}: a default looks in a key like a value that was sent. */
export function stringAnyValue(text: string): Uint8Array {
  const writer = new Writer(text.length + 8);
  writer.stringField(1, text);
  return writer.finish();
}
