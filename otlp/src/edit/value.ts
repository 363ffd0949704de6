import { MalformedOtlpError } from "../model/errors.js";
import { Cursor, FIXED64, LEN, VARINT } from "../wire/cursor.js";
import { MAX_DEPTH } from "../wire/validate.js";
import type { Writer } from "../wire/writer.js";

/**
 * An AnyValue as an editor of telemetry sees it: unlike `AttributeValue` it tells integers (bigint) from doubles (number),
 * so that it is written again as what it was. null is an AnyValue that holds nothing.
 */
export type EditValue = string | number | bigint | boolean | Uint8Array | EditValue[] | EditMap | null;

/** What editors need of a map. A JavaScript `Map` has it, and so have the attributes of a record. */
export interface EditMap {
  readonly size: number;
  get(key: string): EditValue | undefined;
  has(key: string): boolean;
  set(key: string, value: EditValue): unknown;
  delete(key: string): boolean;
  clear(): void;
  /** The entries as they are now: the map may be changed while they are gone through. */
  entries(): Iterable<[string, EditValue]>;
  keys(): Iterable<string>;
}

const STRING = 1;
const BOOL = 2;
const INT = 3;
const DOUBLE = 4;
const ARRAY = 5;
const KVLIST = 6;
const BYTES = 7;

/** Decodes the AnyValue in `bytes[start, end)`. Byte strings alias the batch. Of equal keys in a map the first counts. */
export function decodeEditValue(bytes: Uint8Array, start: number, end: number, depth = 0): EditValue {
  if (depth > MAX_DEPTH) throw new MalformedOtlpError(`messages nested deeper than ${MAX_DEPTH}`, start);
  const cursor = new Cursor(bytes, start, end);
  let value: EditValue = null;
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === STRING && wireType === LEN) value = cursor.string();
    else if (field === BOOL && wireType === VARINT) value = cursor.bool();
    else if (field === INT && wireType === VARINT) value = BigInt.asIntN(64, cursor.uint64());
    else if (field === DOUBLE && wireType === FIXED64) value = cursor.double();
    else if (field === ARRAY && wireType === LEN) value = decodeList(cursor, depth);
    else if (field === KVLIST && wireType === LEN) value = decodeMap(cursor, depth);
    else if (field === BYTES && wireType === LEN) value = cursor.subarray();
    else cursor.skip();
  }
  return value;
}

function decodeList(cursor: Cursor, depth: number): EditValue[] {
  cursor.lengthDelimited();
  const { bytes } = cursor;
  const inner = new Cursor(bytes, cursor.valueStart, cursor.valueEnd);
  const values: EditValue[] = [];
  while (inner.next()) {
    const isItem = inner.field === 1 && inner.wireType === LEN;
    inner.skip();
    if (isItem) values.push(decodeEditValue(bytes, inner.valueStart, inner.valueEnd, depth + 1));
  }
  return values;
}

function decodeMap(cursor: Cursor, depth: number): Map<string, EditValue> {
  cursor.lengthDelimited();
  const { bytes } = cursor;
  const pairs = new Cursor(bytes, cursor.valueStart, cursor.valueEnd);
  const pair = new Cursor();
  const map = new Map<string, EditValue>();
  while (pairs.next()) {
    const isPair = pairs.field === 1 && pairs.wireType === LEN;
    pairs.skip();
    if (!isPair) continue;
    let key = "";
    let value: EditValue = null;
    pair.reset(bytes, pairs.valueStart, pairs.valueEnd);
    while (pair.next()) {
      if (pair.field === 1 && pair.wireType === LEN) key = pair.string();
      else if (pair.field === 2 && pair.wireType === LEN) {
        pair.lengthDelimited();
        value = decodeEditValue(bytes, pair.valueStart, pair.valueEnd, depth + 1);
      } else pair.skip();
    }
    if (!map.has(key)) map.set(key, value);
  }
  return map;
}

/** Writes a KeyValue as field `field`. */
export function writeKeyValue(writer: Writer, field: number, key: string, value: EditValue): void {
  const start = writer.open(field);
  writer.stringField(1, key);
  writeEditValue(writer, 2, value);
  writer.close(start);
}

/** Writes `value` as an AnyValue in field `field`. */
export function writeEditValue(writer: Writer, field: number, value: EditValue): void {
  const start = writer.open(field);
  switch (typeof value) {
    case "string":
      writer.stringField(STRING, value);
      break;
    case "boolean":
      writer.boolField(BOOL, value);
      break;
    case "bigint":
      writer.int64Field(INT, value);
      break;
    case "number":
      writer.doubleField(DOUBLE, value);
      break;
    default:
      if (value !== null) writeCompound(writer, value);
  }
  writer.close(start);
}

function writeCompound(writer: Writer, value: Uint8Array | EditValue[] | EditMap): void {
  if (value instanceof Uint8Array) {
    writer.bytesField(BYTES, value);
    return;
  }
  const isList = Array.isArray(value);
  const start = writer.open(isList ? ARRAY : KVLIST);
  if (isList) for (const item of value) writeEditValue(writer, 1, item);
  else for (const [key, item] of value.entries()) writeKeyValue(writer, 1, key, item);
  writer.close(start);
}

/** A copy that shares nothing that can be changed. Byte strings are never changed in place, so they are shared. */
export function cloneEditValue(value: EditValue): EditValue {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(cloneEditValue);
  const copy = new Map<string, EditValue>();
  for (const [key, item] of value.entries()) copy.set(key, cloneEditValue(item));
  return copy;
}
