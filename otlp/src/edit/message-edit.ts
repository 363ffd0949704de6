import { Cursor, FIXED32, FIXED64, LEN, VARINT } from "../wire/cursor.js";
import { decodeUtf8 } from "../wire/utf8.js";
import { Writer } from "../wire/writer.js";
import { AttributesEdit } from "./attributes-edit.js";
import { type OwnKind, writeOwn } from "./own-field.js";
import { decodeEditValue, type EditValue } from "./value.js";

/** Field numbers of OTLP are below this. Fields above are kept like all that nobody asks for. */
const FIELDS = 32;

/**
 * A message whose fields can be changed. Fields are decoded when they are asked for; those that nobody changed keep
 * their bytes, also the unknown ones. One object is moved from message to message (`open`). The caller knows the type
 * of a field: a field of another wire type counts as missing. Of a field that came more than once the last counts.
 */
export class MessageEdit {
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  private isIndexed = false;
  /** Bit per field that is written anew. */
  private changed = 0;
  /** Bits of fields of which a nested message or a map is open: messages of several types may have both in one field. */
  private openedMessages = 0;
  private openedMaps = 0;
  /** Value positions of the last occurrence per field; -1: there is none. For numbers only the start counts. */
  private readonly starts = new Int32Array(FIELDS);
  private readonly ends = new Int32Array(FIELDS);
  private readonly wireTypes = new Uint8Array(FIELDS);
  private readonly kinds: OwnKind[] = [];
  private readonly own: unknown[] = [];
  private readonly messages: (MessageEdit | undefined)[] = [];
  private readonly maps: (AttributesEdit | undefined)[] = [];
  private readonly cursor = new Cursor();

  /** Looks at the message in `bytes[start, end)` from now on; changes that were not written are dropped. */
  open(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isIndexed = false;
    this.changed = this.openedMessages = this.openedMaps = 0;
    return this;
  }

  /** Whether anything in it differs from the bytes that were opened. */
  get isChanged(): boolean {
    return this.changed !== 0 || ((this.openedMessages | this.openedMaps) !== 0 && this.changedFields() !== 0);
  }

  has(field: number): boolean {
    const bit = 1 << field;
    if ((this.openedMessages & bit) !== 0 && this.messages[field]?.isChanged) return true;
    if ((this.changed & bit) !== 0) return this.own[field] !== undefined;
    return this.find(field) >= 0;
  }

  /** Leaves a field out. */
  remove(field: number): void {
    if (this.has(field)) this.put(field, "bytes", undefined);
  }

  getString(field: number): string {
    if ((this.changed & (1 << field)) !== 0) return (this.own[field] as string | undefined) ?? "";
    const at = this.find(field);
    return at < 0 || this.wireTypes[field] !== LEN ? "" : decodeUtf8(this.bytes, at, this.ends[field] as number);
  }

  setString(field: number, value: string): void {
    this.put(field, "string", value === "" ? undefined : value);
  }

  /** The bytes of a field; empty when it is missing. They alias the batch. */
  getBytes(field: number): Uint8Array {
    if ((this.openedMessages & (1 << field)) !== 0) return this.message(field).toBytes();
    if ((this.changed & (1 << field)) !== 0) return (this.own[field] as Uint8Array | undefined) ?? EMPTY;
    const at = this.find(field);
    if (at < 0 || this.wireTypes[field] !== LEN) return EMPTY;
    return this.bytes.subarray(at, this.ends[field] as number);
  }

  setBytes(field: number, value: Uint8Array): void {
    this.put(field, "bytes", value.length === 0 ? undefined : value);
  }

  /** An enum or uint32. */
  getUint32(field: number): number {
    if ((this.changed & (1 << field)) !== 0) return (this.own[field] as number | undefined) ?? 0;
    return this.seek(field, VARINT) ? this.cursor.uint32() : 0;
  }

  setUint32(field: number, value: number): void {
    this.put(field, "uint32", value === 0 ? undefined : value);
  }

  getSint32(field: number): number {
    if ((this.changed & (1 << field)) !== 0) return (this.own[field] as number | undefined) ?? 0;
    return this.seek(field, VARINT) ? this.cursor.sint32() : 0;
  }

  setSint32(field: number, value: number): void {
    this.put(field, "sint32", value === 0 ? undefined : value);
  }

  getBool(field: number): boolean {
    if ((this.changed & (1 << field)) !== 0) return this.own[field] === true;
    return this.seek(field, VARINT) && this.cursor.uint32() !== 0;
  }

  setBool(field: number, value: boolean): void {
    this.put(field, "bool", value || undefined);
  }

  getFixed32(field: number): number {
    if ((this.changed & (1 << field)) !== 0) return (this.own[field] as number | undefined) ?? 0;
    return this.seek(field, FIXED32) ? this.cursor.fixed32() : 0;
  }

  setFixed32(field: number, value: number): void {
    this.put(field, "fixed32", value === 0 ? undefined : value);
  }

  /** Unsigned; use `BigInt.asIntN(64, …)` for sfixed64. */
  getFixed64(field: number): bigint {
    if ((this.changed & (1 << field)) !== 0) return (this.own[field] as bigint | undefined) ?? 0n;
    return this.seek(field, FIXED64) ? this.cursor.fixed64() : 0n;
  }

  setFixed64(field: number, value: bigint): void {
    this.put(field, "fixed64", BigInt.asUintN(64, value));
  }

  getDouble(field: number): number {
    if ((this.changed & (1 << field)) !== 0) return (this.own[field] as number | undefined) ?? 0;
    return this.seek(field, FIXED64) ? this.cursor.double() : 0;
  }

  setDouble(field: number, value: number): void {
    this.put(field, "double", value);
  }

  /** An AnyValue; null when it is missing. A list or map that is changed must be set again. */
  getValue(field: number): EditValue {
    if ((this.changed & (1 << field)) !== 0) return (this.own[field] as EditValue | undefined) ?? null;
    const at = this.find(field);
    return at < 0 || this.wireTypes[field] !== LEN ? null : decodeEditValue(this.bytes, at, this.ends[field] as number);
  }

  setValue(field: number, value: EditValue): void {
    this.put(field, "value", value);
  }

  /** The messages of a repeated field. They alias the batch. */
  getRecords(field: number): Uint8Array[] {
    if ((this.changed & (1 << field)) !== 0) return [...((this.own[field] as Uint8Array[] | undefined) ?? [])];
    const records: Uint8Array[] = [];
    const { cursor, bytes } = this;
    cursor.reset(bytes, this.start, this.end);
    while (cursor.next()) {
      const isRecord = cursor.field === field && cursor.wireType === LEN;
      cursor.skip();
      if (isRecord) records.push(bytes.subarray(cursor.valueStart, cursor.valueEnd));
    }
    return records;
  }

  setRecords(field: number, records: readonly Uint8Array[]): void {
    this.put(field, "records", records);
  }

  /** The nested message of a field, empty when it is missing. Valid until this editor is moved. */
  message(field: number): MessageEdit {
    let nested = this.messages[field];
    if (nested === undefined) this.messages[field] = nested = new MessageEdit();
    if ((this.openedMessages & (1 << field)) === 0) {
      const bytes = this.getBytes(field);
      this.openedMessages |= 1 << field;
      nested.open(bytes, 0, bytes.length);
    }
    return nested;
  }

  /** The KeyValue records of a field. Valid until this editor is moved. */
  attributes(field: number): AttributesEdit {
    let map = this.maps[field];
    if (map === undefined) this.maps[field] = map = new AttributesEdit(field);
    if ((this.openedMaps & (1 << field)) === 0) {
      this.openedMaps |= 1 << field;
      map.open(this.bytes, this.start, this.end);
    }
    return map;
  }

  /** Writes the message, without tag and length. */
  writeTo(writer: Writer): void {
    if (this.isChanged) this.rewrite(writer, this.bytes, this.start, this.end);
    else writer.rawRange(this.bytes, this.start, this.end);
  }

  /** The message with its changes. */
  toBytes(): Uint8Array {
    if (!this.isChanged) return this.bytes.subarray(this.start, this.end);
    const writer = new Writer(this.end - this.start + 64);
    this.writeTo(writer);
    return writer.finish();
  }

  /** Writes the fields in `bytes[start, end)`, but of those that were changed what they are now. */
  rewrite(writer: Writer, bytes: Uint8Array, start: number, end: number): void {
    const changed = this.changedFields();
    const replaced = this.replacedFields(changed);
    const { cursor } = this;
    // Behind `replaced === 0` the fields need not be walked.
    cursor.reset(bytes, replaced === 0 ? end : start, end);
    let runStart = start;
    for (let fieldStart = start; cursor.next(); fieldStart = cursor.offset) {
      const { field } = cursor;
      cursor.skip();
      if (field >= FIELDS || (replaced & (1 << field)) === 0) continue;
      writer.rawRange(bytes, runStart, fieldStart);
      runStart = cursor.offset;
    }
    writer.rawRange(bytes, runStart, end);
    for (let rest = changed; rest !== 0; rest &= rest - 1) this.writeField(writer, 31 - Math.clz32(rest & -rest));
  }

  private writeField(writer: Writer, field: number): void {
    const map = this.openMap(field);
    if (map?.isChanged) {
      map.writeTo(writer, map.isOnlyAdded);
      return;
    }
    if ((this.openedMessages & (1 << field)) !== 0) {
      const start = writer.open(field);
      this.messages[field]?.writeTo(writer);
      writer.close(start);
      return;
    }
    const value = this.own[field];
    if (value === undefined) return;
    writeOwn(writer, field, this.kinds[field] as OwnKind, value);
  }

  private changedFields(): number {
    let changed = this.changed;
    for (let rest = this.openedMaps; rest !== 0; rest &= rest - 1) {
      const field = 31 - Math.clz32(rest & -rest);
      if (this.maps[field]?.isChanged) changed |= 1 << field;
    }
    for (let rest = this.openedMessages; rest !== 0; rest &= rest - 1) {
      const field = 31 - Math.clz32(rest & -rest);
      if (this.messages[field]?.isChanged) changed |= 1 << field;
    }
    return changed;
  }

  /** Those of the changed fields of which the bytes that came do not stay. */
  private replacedFields(changed: number): number {
    let replaced = changed;
    for (let rest = changed & this.openedMaps; rest !== 0; rest &= rest - 1) {
      const field = 31 - Math.clz32(rest & -rest);
      const map = this.maps[field];
      if (map?.isChanged && map.isOnlyAdded) replaced &= ~(1 << field);
    }
    return replaced;
  }

  private openMap(field: number): AttributesEdit | undefined {
    return (this.openedMaps & (1 << field)) !== 0 ? this.maps[field] : undefined;
  }

  private put(field: number, kind: OwnKind, value: unknown): void {
    this.changed |= 1 << field;
    this.openedMessages &= ~(1 << field);
    this.openedMaps &= ~(1 << field);
    this.kinds[field] = kind;
    this.own[field] = value;
  }

  private seek(field: number, wireType: number): boolean {
    const at = this.find(field);
    if (at < 0 || this.wireTypes[field] !== wireType) return false;
    this.cursor.reset(this.bytes, at, this.end);
    return true;
  }

  private find(field: number): number {
    if (!this.isIndexed) this.index();
    return this.starts[field] as number;
  }

  private index(): void {
    this.isIndexed = true;
    const { cursor, starts, ends, wireTypes } = this;
    starts.fill(-1);
    cursor.reset(this.bytes, this.start, this.end);
    while (cursor.next()) {
      const { field, wireType, offset } = cursor;
      cursor.skip();
      if (field >= FIELDS) continue;
      starts[field] = wireType === LEN ? cursor.valueStart : offset;
      ends[field] = cursor.offset;
      wireTypes[field] = wireType;
    }
  }
}

const EMPTY = new Uint8Array(0);
