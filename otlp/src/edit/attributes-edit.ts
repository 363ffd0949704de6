import { Cursor, LEN } from "../wire/cursor.js";
import { decodeUtf8 } from "../wire/utf8.js";
import type { Writer } from "../wire/writer.js";
import { isAscii, isAsciiAt } from "./ascii.js";
import { cloneEditValue, decodeEditValue, type EditMap, type EditValue, writeKeyValue } from "./value.js";

/** Columns per entry in `positions`. */
const RECORD_START = 0;
const RECORD_END = 1;
const KEY_START = 2;
const KEY_END = 3;
const VALUE_START = 4;
const VALUE_END = 5;
const COLUMNS = 6;

/** Tags of the key and the value in a KeyValue. */
const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;

/** An entry keeps its bytes (WIRE), has a new value or is wholly new (OWN), or is gone (REMOVED). */
const WIRE = 0;
const OWN = 1;
const REMOVED = 2;

/**
 * The KeyValue records of one field of a message as a map that can be changed. What is not changed is never decoded and
 * keeps its bytes. One object is moved from message to message. As in the wire format a key may come twice: `get`,
 * `set` and `delete` mean the first.
 */
export class AttributesEdit implements EditMap {
  private bytes: Uint8Array = new Uint8Array(0);
  private start = 0;
  private end = 0;
  private readonly field: number;
  private isLoaded = false;
  private changed = false;
  /** An entry that came with the message is not as it was. */
  private wireChanged = false;
  private count = 0;
  private removed = 0;
  /** Entries that came with the message; the others are behind them. */
  private wireCount = 0;
  private lastKey: string | undefined;
  private lastIndex = -1;
  private positions = new Int32Array(COLUMNS * 16);
  private states = new Uint8Array(16);
  /** Of OWN entries; those that came with the message have their key on the wire only. */
  private readonly ownKeys: (string | undefined)[] = [];
  private readonly values: (EditValue | undefined)[] = [];
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();

  /** @param field Number of the repeated KeyValue field. */
  constructor(field: number) {
    this.field = field;
  }

  /** Looks at the message in `bytes[start, end)` from now on; changes that were not written are dropped. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isLoaded = this.changed = this.wireChanged = false;
  }

  get isChanged(): boolean {
    return this.changed;
  }

  /** All that came with the message is as it was: what is new can be written behind it. */
  get isOnlyAdded(): boolean {
    return !this.wireChanged;
  }

  get size(): number {
    this.load();
    return this.count - this.removed;
  }

  get(key: string): EditValue | undefined {
    const index = this.find(key);
    return index < 0 ? undefined : this.valueAt(index);
  }

  has(key: string): boolean {
    return this.find(key) >= 0;
  }

  /** Sets the value of the first entry with this key, or adds one. The map owns the value from now on. */
  set(key: string, value: EditValue): void {
    this.changed = true;
    let index = this.find(key);
    if (index < 0) {
      index = this.grow();
      this.ownKeys[index] = key;
    } else if (this.states[index] === WIRE) this.wireChanged = true;
    this.states[index] = OWN;
    this.values[index] = value;
  }

  /** Adds an entry although there may be one with this key. */
  append(key: string, value: EditValue): void {
    this.load();
    this.changed = true;
    const index = this.grow();
    this.ownKeys[index] = key;
    this.states[index] = OWN;
    this.values[index] = value;
  }

  delete(key: string): boolean {
    const index = this.find(key);
    if (index < 0) return false;
    this.removeAt(index);
    return true;
  }

  /** Removes every entry whose key `isUnwanted` says. */
  deleteWhere(isUnwanted: (key: string) => boolean): void {
    this.load();
    for (let index = 0; index < this.count; index++) {
      if (this.states[index] !== REMOVED && isUnwanted(this.keyAt(index))) this.removeAt(index);
    }
  }

  clear(): void {
    this.deleteWhere(() => true);
  }

  /** Makes this a copy of another map. */
  assign(other: EditMap): void {
    if (other === this) return;
    const copied = [...other.entries()].map(([key, value]) => [key, cloneEditValue(value)] as const);
    this.clear();
    this.changed = true;
    for (const [key, value] of copied) this.append(key, value);
  }

  keys(): string[] {
    this.load();
    const keys: string[] = [];
    for (let index = 0; index < this.count; index++) {
      if (this.states[index] !== REMOVED) keys.push(this.keyAt(index));
    }
    return keys;
  }

  /** Values that are lists or maps may be changed in place only if they are `set` again afterwards. */
  entries(): [string, EditValue][] {
    this.load();
    const entries: [string, EditValue][] = [];
    for (let index = 0; index < this.count; index++) {
      if (this.states[index] !== REMOVED) entries.push([this.keyAt(index), this.valueAt(index)]);
    }
    return entries;
  }

  /** Where the AnyValue of this key lies in the bytes that were opened; false when it has none there. */
  findRange(key: string, range: { start: number; end: number }): boolean {
    const index = this.find(key);
    if (index < 0 || this.states[index] !== WIRE) return false;
    range.start = this.at(index, VALUE_START);
    range.end = this.at(index, VALUE_END);
    return true;
  }

  /**
   * Writes the entries as the field that they belong to: those that were not changed as they came.
   * @param added Only those that did not come with the message.
   */
  writeTo(writer: Writer, added = false): void {
    this.load();
    const { bytes, field } = this;
    for (let index = 0; index < this.count; index++) {
      const state = this.states[index];
      if (state === WIRE && added) continue;
      if (state === WIRE) writer.rawRange(bytes, this.at(index, RECORD_START), this.at(index, RECORD_END));
      else if (state === OWN) writeKeyValue(writer, field, this.keyAt(index), this.values[index] ?? null);
    }
  }

  private removeAt(index: number): void {
    this.changed = true;
    if (this.states[index] === WIRE) this.wireChanged = true;
    this.removed++;
    this.lastKey = undefined;
    this.states[index] = REMOVED;
    this.values[index] = undefined;
  }

  private at(index: number, column: number): number {
    return this.positions[index * COLUMNS + column] as number;
  }

  private keyAt(index: number): string {
    return this.ownKeys[index] ?? decodeUtf8(this.bytes, this.at(index, KEY_START), this.at(index, KEY_END));
  }

  private valueAt(index: number): EditValue {
    if (this.states[index] === OWN) return this.values[index] ?? null;
    return decodeEditValue(this.bytes, this.at(index, VALUE_START), this.at(index, VALUE_END));
  }

  private find(key: string): number {
    this.load();
    // Who asks whether a key is there often sets it then.
    if (key === this.lastKey) return this.lastIndex;
    this.lastKey = key;
    this.lastIndex = this.search(key);
    return this.lastIndex;
  }

  /** Keys are compared with the bytes as they are: a key of ASCII has as many bytes as characters. */
  private search(key: string): number {
    const { positions, states, bytes, wireCount, count } = this;
    const { length } = key;
    const last = length === 0 ? 0 : key.charCodeAt(length - 1);
    for (let index = 0, base = 0; index < wireCount; index++, base += COLUMNS) {
      const end = positions[base + KEY_END] as number;
      if (end - (positions[base + KEY_START] as number) !== length || states[index] === REMOVED) continue;
      // Keys of one length often begin alike.
      if (length === 0 || (bytes[end - 1] === last && isAsciiAt(this.bytes, end - length, key))) return index;
    }
    for (let index = wireCount; index < count; index++) {
      if (this.ownKeys[index] === key && states[index] !== REMOVED) return index;
    }
    return isAscii(key) ? -1 : this.findDecoded(key);
  }

  private findDecoded(key: string): number {
    for (let index = 0; index < this.count; index++) {
      if (this.states[index] !== REMOVED && this.keyAt(index) === key) return index;
    }
    return -1;
  }

  /** Finds the records; nothing is decoded. */
  private load(): void {
    if (this.isLoaded) return;
    this.isLoaded = true;
    this.lastKey = undefined;
    this.count = this.removed = 0;
    this.scan();
    this.wireCount = this.count;
  }

  private scan(): void {
    const { bytes, cursor, field, end } = this;
    const tag = (field << 3) | LEN;
    cursor.reset(bytes, this.start, end);
    for (let at = this.start; at < end; at = cursor.offset) {
      // Nearly all records are shorter than 128 bytes, and come in a row: they are found without the cursor.
      while (at + 1 < end && bytes[at] === tag && (bytes[at + 1] as number) < 0x80) {
        const recordEnd = at + 2 + (bytes[at + 1] as number);
        this.loadRecord(at, at + 2, recordEnd);
        at = recordEnd;
      }
      cursor.offset = at;
      if (!cursor.next()) return;
      const isRecord = cursor.field === field && cursor.wireType === LEN;
      cursor.skip();
      if (isRecord) this.loadRecord(at, cursor.valueStart, cursor.valueEnd);
    }
  }

  private loadRecord(recordStart: number, start: number, end: number): void {
    const { bytes } = this;
    const base = this.grow() * COLUMNS;
    const { positions } = this;
    positions[base + RECORD_START] = recordStart;
    positions[base + RECORD_END] = end;
    const keyEnd = start + 2 + (bytes[start + 1] as number);
    // The key and then the value, each shorter than 128 bytes, and nothing else: how nearly every record is.
    if (
      keyEnd + 2 <= end &&
      bytes[start] === KEY_TAG &&
      (bytes[start + 1] as number) < 0x80 &&
      bytes[keyEnd] === VALUE_TAG &&
      keyEnd + 2 + (bytes[keyEnd + 1] as number) === end &&
      (bytes[keyEnd + 1] as number) < 0x80
    ) {
      positions[base + KEY_START] = start + 2;
      positions[base + KEY_END] = keyEnd;
      positions[base + VALUE_START] = keyEnd + 2;
      positions[base + VALUE_END] = end;
    } else this.loadUnusual(base, start, end);
  }

  private loadUnusual(base: number, start: number, end: number): void {
    const { positions, inner } = this;
    positions[base + KEY_START] = positions[base + KEY_END] = start;
    positions[base + VALUE_START] = positions[base + VALUE_END] = start;
    inner.reset(this.bytes, start, end);
    while (inner.next()) {
      const { field, wireType } = inner;
      inner.skip();
      if (wireType !== LEN || field > 2) continue;
      positions[base + (field === 1 ? KEY_START : VALUE_START)] = inner.valueStart;
      positions[base + (field === 1 ? KEY_END : VALUE_END)] = inner.valueEnd;
    }
  }

  private grow(): number {
    const index = this.count++;
    this.lastKey = undefined;
    if (index === this.states.length) {
      const positions = new Int32Array(this.positions.length * 2);
      positions.set(this.positions);
      this.positions = positions;
      const states = new Uint8Array(this.states.length * 2);
      states.set(this.states);
      this.states = states;
    }
    this.states[index] = WIRE;
    this.ownKeys[index] = undefined;
    this.values[index] = undefined;
    return index;
  }
}
