import { MalformedOtlpError } from "../model/errors.js";
import { decodeUtf8 } from "./utf8.js";

/** Protobuf wire types. Groups (3, 4) are not part of proto3 and are rejected. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LEN = 2;
export const FIXED32 = 5;

/**
 * Walks protobuf fields in place. `next` moves to a field; the caller then either reads its value with the method of
 * its wire type or calls `skip`. Every method throws MalformedOtlpError instead of reading past `end`.
 * @example
 * const cursor = new Cursor(bytes);
 * while (cursor.next()) {
 *   if (cursor.field === 1 && cursor.wireType === LEN) cursor.lengthDelimited(); else cursor.skip();
 * }
 */
export class Cursor {
  /** The bytes under the cursor. */
  bytes: Uint8Array;
  /** Offset of the next byte to read. */
  offset: number;
  /** Offset where the walk stops. */
  end: number;
  /** Number of the field that `next` found. */
  field = 0;
  wireType = 0;
  /** Bounds of the last length-delimited value. */
  valueStart = 0;
  valueEnd = 0;

  constructor(bytes: Uint8Array = EMPTY, offset: number = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  /** Points the cursor at another range: cursors are reused in hot loops. */
  reset(bytes: Uint8Array, offset: number, end: number): void {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  /** Moves to the next field and reads its tag; false at the end. */
  next(): boolean {
    if (this.offset >= this.end) return false;
    const at = this.offset;
    const tag = this.uint32();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) throw new MalformedOtlpError("field number 0", at);
    return true;
  }

  /** A varint of which the low 32 bits count (tags, enums, uint32, int32); unsigned. */
  uint32(): number {
    const { bytes, end } = this;
    let at = this.offset;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new MalformedOtlpError("truncated varint", at);
      const byte = bytes[at++] as number;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.offset = at;
        return value >>> 0;
      }
    }
    throw new MalformedOtlpError("varint is longer than 10 bytes", at);
  }

  /** A zigzag varint of 32 bits. */
  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** A varint of 64 bits, unsigned. Use `BigInt.asIntN(64, …)` for int64. */
  uint64(): bigint {
    const { bytes, end } = this;
    let at = this.offset;
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (at >= end) throw new MalformedOtlpError("truncated varint", at);
      const byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (index < 4) low |= bits << (7 * index);
      else if (index < 8) middle |= bits << (7 * (index - 4));
      else high |= bits << (7 * (index - 8));
      if (byte < 0x80) {
        this.offset = at;
        if (index < 4) return BigInt(low);
        return BigInt.asUintN(64, (BigInt(high) << 56n) | (BigInt(middle) << 28n) | BigInt(low));
      }
    }
    throw new MalformedOtlpError("varint is longer than 10 bytes", at);
  }

  /** A signed 64-bit varint: a number where that is exact, else a bigint. */
  int64(): number | bigint {
    const value = this.uint64();
    return value <= MAX_SAFE ? Number(value) : exactInteger(BigInt.asIntN(64, value));
  }

  fixed64(): bigint {
    const at = this.take(8);
    const low = readUint32(this.bytes, at);
    const high = readUint32(this.bytes, at + 4);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  double(): number {
    const at = this.take(8);
    scratch.setUint32(0, readUint32(this.bytes, at + 4));
    scratch.setUint32(4, readUint32(this.bytes, at));
    return scratch.getFloat64(0);
  }

  fixed32(): number {
    return readUint32(this.bytes, this.take(4));
  }

  bool(): boolean {
    return this.uint64() !== 0n;
  }

  /** Reads a length, sets `valueStart` and `valueEnd` and moves past the value. */
  lengthDelimited(): void {
    const at = this.offset;
    const length = this.uint32();
    if (length > this.end - this.offset) throw new MalformedOtlpError("length runs past the end", at);
    this.valueStart = this.offset;
    this.valueEnd = this.offset += length;
  }

  /** The value as a view on the same memory. */
  subarray(): Uint8Array {
    this.lengthDelimited();
    return this.bytes.subarray(this.valueStart, this.valueEnd);
  }

  string(): string {
    this.lengthDelimited();
    return decodeUtf8(this.bytes, this.valueStart, this.valueEnd);
  }

  /** Moves past the value of the current field. */
  skip(): void {
    switch (this.wireType) {
      case VARINT:
        this.uint32();
        return;
      case FIXED64:
        this.take(8);
        return;
      case LEN:
        this.lengthDelimited();
        return;
      case FIXED32:
        this.take(4);
        return;
      default:
        throw new MalformedOtlpError(`wire type ${this.wireType} of field ${this.field}`, this.offset);
    }
  }

  private take(length: number): number {
    const at = this.offset;
    if (length > this.end - at) throw new MalformedOtlpError("value runs past the end", at);
    this.offset = at + length;
    return at;
  }
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const EMPTY = new Uint8Array(0);
const scratch = new DataView(new ArrayBuffer(8));

/** The integer as a number where a number holds it exactly, else unchanged. */
export function exactInteger(value: bigint): number | bigint {
  return value <= MAX_SAFE && value >= -MAX_SAFE ? Number(value) : value;
}

/** A little-endian 32-bit word, unsigned. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}
