import type { ByteReader, ByteWriter } from "./byte-numbers.js";
import { scratchOf } from "./chunk-times.js";
import { blockBits, maxBlockBytes, maxBlockInteger, readBlocks, writeBlocks } from "./integer-blocks.js";

/** All values have the same bits. */
const constant = 0;
/** Whole multiples of a power of ten, as blocks of deltas. */
const deltas = 1;
/** The same, as blocks of the deltas' deltas: steady counters. */
const deltasOfDeltas = 2;
/** XOR with the value before, at byte granularity. */
const xor = 3;

const unchanged = 0x80;
/** Values with up to so many decimals are whole numbers times a power of ten; division gives them back exactly. */
const maxDecimals = 6;
/** The delta of two deltas of such still fits a block. */
const maxInteger = maxBlockInteger / 4;

/** Appends all values of a chunk in whichever way is the shortest; keeps every bit, also of NaNs. */
export function writeValues(out: ByteWriter, values: Float64Array): void {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  if (isConstant(halves)) {
    out.byte(constant);
    writeBits(out, halves, 0);
    return;
  }
  const scaled = scaledIntegers(values);
  if (scaled === undefined) {
    out.byte(xor);
    writeXors(out, values);
    return;
  }
  writeScaled(out, halves, scaled);
}

export function readValues(reader: ByteReader, count: number): Float64Array {
  const values = new Float64Array(count);
  const halves = new Uint32Array(values.buffer);
  const kind = reader.byte();
  if (kind === xor) readXors(reader, values);
  else if (kind === constant) {
    const low = reader.uint32();
    const high = reader.uint32();
    for (let index = 0; index < count; index++) {
      halves[2 * index] = low;
      halves[2 * index + 1] = high;
    }
  } else if (kind === deltas || kind === deltasOfDeltas) readScaled(reader, values, halves, kind);
  else throw new Error(`unknown kind ${kind} of values`);
  return values;
}

function isConstant(halves: Uint32Array): boolean {
  for (let at = 2; at < halves.length; at += 2) {
    if (halves[at] !== halves[0] || halves[at + 1] !== halves[1]) return false;
  }
  return true;
}

interface Scaled {
  readonly decimals: number;
  readonly integers: Float64Array;
  /** Positions of values that are no such integer: NaN, infinities, -0. Their integer repeats the one before. */
  readonly exceptions: number[];
}

/** The values as integers times 10^-decimals; undefined when they are none. */
function scaledIntegers(values: Float64Array): Scaled | undefined {
  const integers = new Float64Array(values.length);
  const exceptions: number[] = [];
  let decimals = 0;
  let power = 1;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (!Number.isFinite(value) || Object.is(value, -0)) {
      if (exceptions.push(index) > values.length / 8) return undefined;
      continue;
    }
    let integer = Math.round(value * power);
    if (integer / power !== value) {
      do {
        if (++decimals > maxDecimals) return undefined;
        power *= 10;
        integer = Math.round(value * power);
      } while (integer / power !== value);
    }
    if (Math.abs(integer) >= maxInteger) return undefined;
  }
  let previous = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (Number.isFinite(value) && !Object.is(value, -0)) {
      previous = Math.round(value * power);
      // What a smaller power told exactly, the final one may not.
      if (previous / power !== value || Math.abs(previous) >= maxInteger) return undefined;
    }
    integers[index] = previous;
  }
  return { decimals, integers, exceptions };
}

function writeScaled(out: ByteWriter, halves: Uint32Array, scaled: Scaled): void {
  const { integers, exceptions } = scaled;
  const count = integers.length;
  const first = new Float64Array(count - 1);
  for (let index = 1; index < count; index++) {
    first[index - 1] = (integers[index] as number) - (integers[index - 1] as number);
  }
  const second = new Float64Array(Math.max(0, count - 2));
  for (let index = 1; index < count - 1; index++) {
    second[index - 1] = (first[index] as number) - (first[index - 1] as number);
  }
  // Equal lengths take the simpler one, which is quicker to read.
  const isSteady = blockBits(second, second.length) + 16 < blockBits(first, first.length);
  const steps = isSteady ? second : first;
  out.byte(isSteady ? deltasOfDeltas : deltas);
  out.byte(scaled.decimals);
  out.zigzag(integers[0] as number);
  if (isSteady) out.zigzag(first[0] as number);
  out.block(maxBlockBytes(count), (bytes, at) => writeBlocks(bytes, at, steps, steps.length));
  out.varint(exceptions.length);
  for (const index of exceptions) {
    out.varint(index);
    writeBits(out, halves, index);
  }
}

function readScaled(reader: ByteReader, values: Float64Array, halves: Uint32Array, kind: number): void {
  const count = values.length;
  const power = 10 ** reader.byte();
  let integer = reader.zigzag();
  values[0] = integer / power;
  if (kind === deltas) {
    const steps = scratchOf(count);
    reader.at = readBlocks(reader.bytes, reader.at, steps, count - 1);
    for (let index = 1; index < count; index++) {
      integer += steps[index - 1] as number;
      values[index] = integer / power;
    }
  } else {
    let delta = reader.zigzag();
    integer += delta;
    values[1] = integer / power;
    const steps = scratchOf(count);
    reader.at = readBlocks(reader.bytes, reader.at, steps, count - 2);
    for (let index = 2; index < count; index++) {
      delta += steps[index - 2] as number;
      integer += delta;
      values[index] = integer / power;
    }
  }
  for (let left = reader.varint(); left > 0; left--) {
    const index = reader.varint();
    halves[2 * index] = reader.uint32();
    halves[2 * index + 1] = reader.uint32();
  }
}

/** The bits of one value, since a NaN may lose its payload on the way through a JavaScript number. */
function writeBits(out: ByteWriter, halves: Uint32Array, index: number): void {
  out.uint32(halves[2 * index] as number);
  out.uint32(halves[2 * index + 1] as number);
}

/** The first value whole, then per value a control byte (leading zero bytes << 4 | trailing ones) and the bytes between. */
function writeXors(out: ByteWriter, values: Float64Array): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  out.raw(bytes.subarray(0, 8));
  out.block(values.length * 9, (target, start) => {
    let at = start;
    for (let offset = 8; offset < bytes.length; offset += 8) at = writeXor(target, at, bytes, offset);
    return at;
  });
}

function writeXor(target: Uint8Array, start: number, values: Uint8Array, offset: number): number {
  let low = 8;
  let high = -1;
  for (let index = 0; index < 8; index++) {
    if (values[offset + index] === values[offset + index - 8]) continue;
    if (index < low) low = index;
    high = index;
  }
  if (high < 0) {
    target[start] = unchanged;
    return start + 1;
  }
  target[start] = ((7 - high) << 4) | low;
  let at = start + 1;
  for (let index = low; index <= high; index++) {
    target[at++] = (values[offset + index] as number) ^ (values[offset + index - 8] as number);
  }
  return at;
}

function readXors(reader: ByteReader, values: Float64Array): void {
  const { bytes } = reader;
  const target = new Uint8Array(values.buffer);
  target.set(bytes.subarray(reader.at, reader.at + 8));
  let at = reader.at + 8;
  for (let offset = 8; offset < target.length; offset += 8) {
    target.copyWithin(offset, offset - 8, offset);
    const control = bytes[at++] as number;
    if (control === unchanged) continue;
    const high = 7 - (control >> 4);
    for (let index = control & 15; index <= high; index++) {
      target[offset + index] = (target[offset + index] as number) ^ (bytes[at++] as number);
    }
  }
  reader.at = at;
}
