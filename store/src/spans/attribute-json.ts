import { Cursor, LEN } from "@venturi/otlp";
import type { JsonBytes } from "./json-bytes.js";
import { type CachedKey, KeyCache } from "./key-cache.js";
import { KeyValueCache } from "./key-value-cache.js";

/** Deeper values are stored as null: nobody nests attributes that far on purpose. */
const maxDepth = 32;

const comma = 0x2c;

/**
 * Writes OTLP attributes as JSON text straight from their wire bytes: storing needs all of them once, so building
 * objects first would only be thrown away. What JSON cannot tell apart is wrapped the way MongoDB's extended JSON does:
 * `{"$numberDouble":"5"}` (a double without fraction, NaN, infinities), `{"$numberLong":"9007199254740993"}` (an int
 * that a JavaScript number cannot hold) and `{"$binary":"base64"}`.
 */
export class AttributeJson {
  /** Where the text of the last value lies when it was a string; `textEnd` < 0 otherwise. */
  textStart = 0;
  textEnd = -1;
  /** The last value when it was a number; NaN otherwise. */
  lastNumber: number = Number.NaN;
  readonly #keys = new KeyCache();
  readonly #keyValues = new KeyValueCache();
  readonly #cursors: Cursor[] = [];

  /** Appends one KeyValue message as `"key":value`, with a comma before it unless it is the first in its object. */
  keyValue(out: JsonBytes, bytes: Uint8Array, start: number, end: number, isFirst: boolean, depth = 0): CachedKey {
    if (!isFirst) out.byte(comma);
    const known = this.#keyValues.find(bytes, start, end);
    if (known !== undefined) {
      out.raw(known.json);
      this.textStart = start + known.textStart;
      this.textEnd = known.textEnd < 0 ? -1 : start + known.textEnd;
      this.lastNumber = known.number;
      return known.key;
    }
    const isWanted = this.#keyValues.wantsLast && depth === 0;
    const jsonStart = out.length;
    const key = this.#write(out, bytes, start, end, depth);
    if (isWanted) this.#remember(out, jsonStart, bytes, start, end, key);
    return key;
  }

  #remember(out: JsonBytes, jsonStart: number, bytes: Uint8Array, start: number, end: number, key: CachedKey): void {
    // Values within a list were looked up since: asking again points the cache at this one's slot.
    if (this.#keyValues.find(bytes, start, end) !== undefined) return;
    this.#keyValues.rememberLast({
      bytes: bytes.slice(start, end),
      json: out.view().slice(jsonStart),
      key,
      textStart: this.textStart - start,
      textEnd: this.textEnd < 0 ? -1 : this.textEnd - start,
      number: this.lastNumber,
    });
  }

  #write(out: JsonBytes, bytes: Uint8Array, start: number, end: number, depth: number): CachedKey {
    const cursor = this.#cursor(depth, bytes, start, end);
    let keyStart = 0;
    let keyEnd = 0;
    let valueStart = 0;
    let valueEnd = 0;
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        keyStart = cursor.valueStart;
        keyEnd = cursor.valueEnd;
      } else if (cursor.field === 2 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        valueStart = cursor.valueStart;
        valueEnd = cursor.valueEnd;
      } else cursor.skip();
    }
    const key = this.#keys.get(bytes, keyStart, keyEnd);
    out.raw(key.json);
    this.value(out, bytes, valueStart, valueEnd, depth);
    return key;
  }

  /** Appends one AnyValue message; `null` when it is empty. */
  value(out: JsonBytes, bytes: Uint8Array, start: number, end: number, depth = 0): void {
    this.textEnd = -1;
    this.lastNumber = Number.NaN;
    const cursor = this.#cursor(depth, bytes, start, end);
    // The value is a oneof: of several the last counts, which senders never make use of, so the first is taken.
    if (depth > maxDepth || !cursor.next()) {
      out.ascii("null");
      return;
    }
    switch (cursor.field) {
      case 1:
        cursor.lengthDelimited();
        this.textStart = cursor.valueStart;
        this.textEnd = cursor.valueEnd;
        out.string(bytes, cursor.valueStart, cursor.valueEnd);
        return;
      case 2:
        out.ascii(cursor.bool() ? "true" : "false");
        return;
      case 3:
        this.#int(out, cursor.uint64());
        return;
      case 4:
        this.#double(out, cursor.double());
        return;
      case 5:
      case 6: {
        const isArray = cursor.field === 5;
        cursor.lengthDelimited();
        this.#list(out, bytes, cursor.valueStart, cursor.valueEnd, depth + 1, isArray);
        return;
      }
      case 7:
        cursor.lengthDelimited();
        out.ascii(`{"$binary":"${base64(bytes, cursor.valueStart, cursor.valueEnd)}"}`);
        return;
      default:
        out.ascii("null");
    }
  }

  #int(out: JsonBytes, raw: bigint): void {
    const value = BigInt.asIntN(64, raw);
    this.lastNumber = Number(value);
    out.ascii(Number.isSafeInteger(this.lastNumber) ? String(this.lastNumber) : `{"$numberLong":"${value}"}`);
  }

  #double(out: JsonBytes, value: number): void {
    this.lastNumber = value;
    const isPlain = Number.isFinite(value) && !Number.isInteger(value);
    out.ascii(isPlain ? String(value) : `{"$numberDouble":"${Object.is(value, -0) ? "-0" : value}"}`);
  }

  /** ArrayValue and KeyValueList have the same shape: field 1, repeated. */
  #list(out: JsonBytes, bytes: Uint8Array, start: number, end: number, depth: number, isArray: boolean): void {
    const cursor = new Cursor(bytes, start, end);
    out.ascii(isArray ? "[" : "{");
    let isFirst = true;
    while (cursor.next()) {
      if (cursor.field !== 1 || cursor.wireType !== LEN) {
        cursor.skip();
        continue;
      }
      cursor.lengthDelimited();
      if (isArray) {
        if (!isFirst) out.byte(comma);
        this.value(out, bytes, cursor.valueStart, cursor.valueEnd, depth);
      } else this.keyValue(out, bytes, cursor.valueStart, cursor.valueEnd, isFirst, depth);
      isFirst = false;
    }
    out.ascii(isArray ? "]" : "}");
    this.textEnd = -1;
    this.lastNumber = Number.NaN;
  }

  /** One cursor per nesting depth is enough, since a value's message is walked after its KeyValue's. */
  #cursor(depth: number, bytes: Uint8Array, start: number, end: number): Cursor {
    const cursor = (this.#cursors[depth] ??= new Cursor());
    cursor.reset(bytes, start, end);
    return cursor;
  }
}

function base64(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("base64");
}
