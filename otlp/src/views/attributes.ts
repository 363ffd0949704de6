import type { AttributesView, AttributeValue } from "../model/attributes.js";
import { Cursor, LEN } from "../wire/cursor.js";
import { decodeKeyValues, findKeyValue, foundKey, foundKeyEquals, foundValue, setOwn } from "./any-value.js";

/** The KeyValue records of one field of a message, read in place. Moved over the bytes with `reset`. */
export class AttributesInPlace implements AttributesView {
  private bytes: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;
  private readonly field: number;
  private readonly cursor = new Cursor();

  constructor(field: number) {
    this.field = field;
  }

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  get(key: string): AttributeValue | undefined {
    const wanted = keyBytes(key);
    const { bytes, cursor, field } = this;
    cursor.reset(bytes, this.start, this.end);
    while (cursor.next()) {
      if (cursor.field !== field || cursor.wireType !== LEN) {
        cursor.skip();
        continue;
      }
      cursor.lengthDelimited();
      findKeyValue(bytes, cursor.valueStart, cursor.valueEnd);
      if (foundKeyEquals(bytes, wanted)) return foundValue(bytes);
    }
    return undefined;
  }

  forEach(visit: (key: string, value: AttributeValue) => void): void {
    const cursor = new Cursor(this.bytes, this.start, this.end);
    while (cursor.next()) {
      if (cursor.field !== this.field || cursor.wireType !== LEN) {
        cursor.skip();
        continue;
      }
      cursor.lengthDelimited();
      findKeyValue(this.bytes, cursor.valueStart, cursor.valueEnd);
      const key = foundKey(this.bytes);
      visit(key, foundValue(this.bytes));
    }
  }

  toObject(): Record<string, AttributeValue> {
    return decodeKeyValues(this.bytes, this.start, this.end, this.field);
  }
}

/** Attributes that many items share (a resource's, a scope's): decoded once, on first use, then answered from memory. */
export class CachedAttributes implements AttributesView {
  private readonly source: AttributesInPlace;
  private decoded: Map<string, AttributeValue> | undefined;

  constructor(bytes: Uint8Array, start: number, end: number, field: number) {
    this.source = new AttributesInPlace(field);
    this.source.reset(bytes, start, end);
  }

  get(key: string): AttributeValue | undefined {
    return this.map().get(key);
  }

  forEach(visit: (key: string, value: AttributeValue) => void): void {
    for (const [key, value] of this.map()) visit(key, value);
  }

  toObject(): Record<string, AttributeValue> {
    const object: Record<string, AttributeValue> = {};
    for (const [key, value] of this.map()) setOwn(object, key, value);
    return object;
  }

  private map(): Map<string, AttributeValue> {
    if (this.decoded !== undefined) return this.decoded;
    const map = new Map<string, AttributeValue>();
    this.source.forEach((key, value) => {
      if (!map.has(key)) map.set(key, value);
    });
    this.decoded = map;
    return map;
  }
}

const NOTHING = new Uint8Array(0);

/** Keys that callers ask for are literals in code; the bound is against a caller that makes them up. */
const KNOWN_KEYS_MAX = 4096;
const knownKeys = new Map<string, Uint8Array>();
const encoder = new TextEncoder();

function keyBytes(key: string): Uint8Array {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  if (knownKeys.size >= KNOWN_KEYS_MAX) knownKeys.clear();
  const bytes = encoder.encode(key);
  knownKeys.set(key, bytes);
  return bytes;
}
