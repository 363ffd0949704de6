import type { AttributeValue } from "../model/attributes.js";
import { MalformedOtlpError } from "../model/errors.js";
import { Cursor, FIXED64, LEN, VARINT } from "../wire/cursor.js";
import { decodeName, decodeValue } from "../wire/interned.js";
import { MAX_DEPTH } from "../wire/validate.js";

/** Tags of a string and of an integer AnyValue, and of the key and value of a KeyValue. */
const STRING_TAG = 0x0a;
const INT_TAG = 0x18;
const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;

/** Decodes the AnyValue in `bytes[start, end)`. An empty one is null. Bytes values alias the batch. */
export function decodeAnyValue(bytes: Uint8Array, start: number, end: number, depth = 0): AttributeValue {
  // Most values are a short string or a small integer and nothing else: no cursor is made for them.
  const length = end - start;
  if (bytes[start] === STRING_TAG && length < 0x80 && bytes[start + 1] === length - 2) {
    return decodeValue(bytes, start + 2, end);
  }
  if (bytes[start] === INT_TAG && (length === 2 || length === 3)) {
    const low = bytes[start + 1] as number;
    const high = length === 3 ? (bytes[start + 2] as number) : 0;
    if (low >= 0x80 === (length === 3) && high < 0x80) return (low & 0x7f) | (high << 7);
  }
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
  if (start === end) return object;
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field !== field || cursor.wireType !== LEN) {
      cursor.skip();
      continue;
    }
    cursor.lengthDelimited();
    findKeyValue(bytes, cursor.valueStart, cursor.valueEnd);
    const key = foundKey(bytes);
    if (!Object.hasOwn(object, key)) setOwn(object, key, foundValue(bytes, depth + 1));
  }
  return object;
}

/** Where `findKeyValue` found the key and the value. Module variables, since an object per attribute is what costs. */
let keyStart = 0;
let keyEnd = 0;
let valueStart = 0;
let valueEnd = 0;
const pairCursor = new Cursor();

/** Finds key and value of the KeyValue in `bytes[start, end)`, for `foundKey` and `foundValue` until the next call. */
export function findKeyValue(bytes: Uint8Array, start: number, end: number): void {
  if (findUsualKeyValue(bytes, start, end)) return;
  keyStart = keyEnd = valueStart = valueEnd = start;
  pairCursor.reset(bytes, start, end);
  while (pairCursor.next()) {
    const { field, wireType } = pairCursor;
    pairCursor.skip();
    if (wireType !== LEN) continue;
    if (field === 1) {
      keyStart = pairCursor.valueStart;
      keyEnd = pairCursor.valueEnd;
    } else if (field === 2) {
      valueStart = pairCursor.valueStart;
      valueEnd = pairCursor.valueEnd;
    }
  }
}

/** The key and then the value, each shorter than 128 bytes, and nothing else: how nearly every record is. */
function findUsualKeyValue(bytes: Uint8Array, start: number, end: number): boolean {
  const keyLength = bytes[start + 1] as number;
  const valueAt = start + 2 + keyLength;
  if (valueAt + 2 > end || bytes[start] !== KEY_TAG || keyLength >= 0x80 || bytes[valueAt] !== VALUE_TAG) return false;
  const valueLength = bytes[valueAt + 1] as number;
  if (valueLength >= 0x80 || valueAt + 2 + valueLength !== end) return false;
  keyStart = start + 2;
  keyEnd = valueAt;
  valueStart = valueAt + 2;
  valueEnd = end;
  return true;
}

export function foundKey(bytes: Uint8Array): string {
  return decodeName(bytes, keyStart, keyEnd);
}

export function foundKeyEquals(bytes: Uint8Array, wanted: Uint8Array): boolean {
  if (keyEnd - keyStart !== wanted.length) return false;
  for (let index = 0; index < wanted.length; index++) if (bytes[keyStart + index] !== wanted[index]) return false;
  return true;
}

export function foundValue(bytes: Uint8Array, depth = 0): AttributeValue {
  return decodeAnyValue(bytes, valueStart, valueEnd, depth);
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
