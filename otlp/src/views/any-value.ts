import type { AttributeValue } from "../model/attributes.js";
import { MalformedOtlpError } from "../model/errors.js";
import { Cursor, FIXED64, LEN, VARINT } from "../wire/cursor.js";
import { decodeInterned } from "../wire/interned.js";
import { MAX_DEPTH } from "../wire/validate.js";

/** Decodes the AnyValue in `bytes[start, end)`. An empty one is null. Bytes values alias the batch. */
export function decodeAnyValue(bytes: Uint8Array, start: number, end: number, depth = 0): AttributeValue {
  if (depth > MAX_DEPTH) throw new MalformedOtlpError(`messages nested deeper than ${MAX_DEPTH}`, start);
  const cursor = new Cursor(bytes, start, end);
  let value: AttributeValue = null;
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 1 && wireType === LEN) value = cursor.string();
    else if (field === 2 && wireType === VARINT) value = cursor.bool();
    else if (field === 3 && wireType === VARINT) value = cursor.int64();
    else if (field === 4 && wireType === FIXED64) value = cursor.double();
    else if (field === 5 && wireType === LEN) value = decodeArray(cursor, depth);
    else if (field === 6 && wireType === LEN) {
      cursor.lengthDelimited();
      value = decodeKeyValues(bytes, cursor.valueStart, cursor.valueEnd, 1, depth);
    } else if (field === 7 && wireType === LEN) value = cursor.subarray();
    else cursor.skip();
  }
  return value;
}

/** Decodes the KeyValue records of field `field` in `bytes[start, end)` into an object. The first of equal keys wins. */
export function decodeKeyValues(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  depth = 0,
): Record<string, AttributeValue> {
  const object: Record<string, AttributeValue> = {};
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field !== field || cursor.wireType !== LEN) {
      cursor.skip();
      continue;
    }
    cursor.lengthDelimited();
    const pair = new KeyValueRange(bytes, cursor.valueStart, cursor.valueEnd);
    const key = pair.key();
    if (!Object.hasOwn(object, key)) setOwn(object, key, pair.value(depth + 1));
  }
  return object;
}

/** Where the key and the value of one KeyValue lie. */
export class KeyValueRange {
  private readonly bytes: Uint8Array;
  keyStart = 0;
  keyEnd = 0;
  private valueStart = 0;
  private valueEnd = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    const cursor = new Cursor(bytes, start, end);
    while (cursor.next()) {
      const { field, wireType } = cursor;
      cursor.skip();
      if (wireType !== LEN) continue;
      if (field === 1) {
        this.keyStart = cursor.valueStart;
        this.keyEnd = cursor.valueEnd;
      } else if (field === 2) {
        this.valueStart = cursor.valueStart;
        this.valueEnd = cursor.valueEnd;
      }
    }
  }

  key(): string {
    return decodeInterned(this.bytes, this.keyStart, this.keyEnd);
  }

  value(depth = 0): AttributeValue {
    return decodeAnyValue(this.bytes, this.valueStart, this.valueEnd, depth);
  }
}

function decodeArray(cursor: Cursor, depth: number): AttributeValue[] {
  cursor.lengthDelimited();
  const values: AttributeValue[] = [];
  const inner = new Cursor(cursor.bytes, cursor.valueStart, cursor.valueEnd);
  while (inner.next()) {
    if (inner.field !== 1 || inner.wireType !== LEN) {
      inner.skip();
      continue;
    }
    inner.lengthDelimited();
    values.push(decodeAnyValue(cursor.bytes, inner.valueStart, inner.valueEnd, depth + 1));
  }
  return values;
}

/** Sets an own property even for the key `__proto__`, which an assignment would swallow. */
export function setOwn<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else object[key] = value;
}
