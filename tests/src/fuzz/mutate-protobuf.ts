import type { Random } from "../promql/random.js";
import { mutateBytes, replaced } from "./mutate-bytes.js";

/** A length-delimited field of a message and those inside of it that it may be a message of. */
interface WireRecord {
  readonly tagAt: number;
  readonly lengthAt: number;
  readonly valueAt: number;
  readonly end: number;
  readonly parent: WireRecord | undefined;
}

const LEN = 2;
const MAX_DEPTH = 12;

/** One change along the structure of a message, in which the lengths around it mostly stay right. */
export function mutateProtobuf(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const records = recordsIn(bytes);
  if (records.length === 0 || random.chance(0.3)) return mutateBytes(bytes, random, others);
  const record = random.pick(records);
  const { tagAt, lengthAt, valueAt, end } = record;
  const whole = bytes.subarray(tagAt, end);
  const tag = bytes.subarray(tagAt, lengthAt);
  const value = bytes.subarray(valueAt, end);
  switch (random.below(9)) {
    case 0:
      return edited(bytes, record, repeated(whole, 2 + random.below(random.chance(0.05) ? 300 : 4)));
    case 1:
      return edited(bytes, record, Buffer.alloc(0));
    case 2:
      return edited(bytes, record, field(tag, mutateBytes(value, random, others)));
    case 3:
      return edited(bytes, record, field(tag, Buffer.alloc(0)));
    case 4:
      return edited(bytes, record, nested(tag, value, 1 + random.below(random.chance(0.2) ? 250 : 8)));
    case 5: {
      const other = random.pick(records);
      return edited(bytes, record, Buffer.concat([whole, bytes.subarray(other.tagAt, other.end)]));
    }
    case 6:
      return edited(bytes, record, field(varint(random.below(40) * 8 + random.below(8)), value));
    case 7:
      // A length that lies: off by some, or huge.
      return replaced(bytes, lengthAt, valueAt, varint(wrongLength(end - valueAt, random)));
    default: {
      const source = random.pick(others);
      const from = recordsIn(source);
      if (from.length === 0) return mutateBytes(bytes, random, others);
      const other = random.pick(from);
      return edited(bytes, record, source.subarray(random.chance(0.5) ? other.tagAt : other.valueAt, other.end));
    }
  }
}

function wrongLength(length: number, random: Random): number {
  const huge = [0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 2 ** 35, 2 ** 53 - 1];
  return random.chance(0.3) ? random.pick(huge) : Math.max(0, length + random.below(9) - 4);
}

/** `bytes` with `piece` in place of the record, and the lengths of all around it set right. */
function edited(bytes: Buffer, record: WireRecord, piece: Buffer): Buffer {
  let { tagAt, end } = record;
  let content = piece;
  for (let outer = record.parent; outer !== undefined; outer = outer.parent) {
    const value = Buffer.concat([bytes.subarray(outer.valueAt, tagAt), content, bytes.subarray(end, outer.end)]);
    content = field(bytes.subarray(outer.tagAt, outer.lengthAt), value);
    ({ tagAt, end } = outer);
  }
  return replaced(bytes, tagAt, end, content);
}

function field(tag: Buffer, value: Buffer): Buffer {
  return Buffer.concat([tag, varint(value.length), value]);
}

function repeated(piece: Buffer, times: number): Buffer {
  return Buffer.concat(new Array<Buffer>(times).fill(piece));
}

function nested(tag: Buffer, value: Buffer, levels: number): Buffer {
  let whole = field(tag, value);
  for (let level = 0; level < levels; level++) whole = field(tag, whole);
  return whole;
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

const known = new WeakMap<Buffer, WireRecord[]>();

/** What looks like a length-delimited field, at any depth. Remembered, since seeds come again and again. */
function recordsIn(bytes: Buffer): WireRecord[] {
  let records = known.get(bytes);
  if (records === undefined) {
    records = [];
    collect(bytes, 0, bytes.length, undefined, 0, records);
    known.set(bytes, records);
  }
  return records;
}

/** @returns whether all of `[start, end)` reads as fields; then they are in `records`. */
function collect(
  bytes: Buffer,
  start: number,
  end: number,
  parent: WireRecord | undefined,
  depth: number,
  records: WireRecord[],
): boolean {
  const before = records.length;
  let at = start;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; at < end && factor < 2 ** 42; factor *= 128) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return -1;
  };
  while (at < end) {
    const tagAt = at;
    const tag = next();
    const lengthAt = at;
    const wireType = tag & 7;
    if (wireType === 0) while (at < end && (bytes[at] as number) >= 0x80) at++;
    const length = wireType === LEN ? next() : wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 0 ? 1 : -1;
    if (tag < 8 || length < 0 || at + length > end) {
      records.length = before;
      return false;
    }
    if (wireType === LEN) {
      const record = { tagAt, lengthAt, valueAt: at, end: at + length, parent };
      records.push(record);
      if (depth < MAX_DEPTH) collect(bytes, at, at + length, record, depth + 1, records);
    }
    at += length;
  }
  return true;
}
