import { readZigzag, writeZigzag } from "./byte-numbers.js";

/**
 * Whole numbers in blocks of 32: one byte with the bits that the block's range needs, the smallest number, then how far
 * each lies above it with that many bits, lowest bit first; a block ends on a byte boundary. A block of zeros is one byte,
 * so regular times and idle counters take 0.03 bytes a sample, and no branch depends on the data within a block.
 */
export const blockLength = 32;

/** The range of a block of larger ones could not be exact in a double. */
export const maxBlockInteger: number = 2 ** 52;

/** Set beside the width when the smallest number is 0 and left out. */
const fromZero = 0x80;

const pieceBits = 24;
const pieceRange = 2 ** pieceBits;

/** Bytes that `writeBlocks` needs at most. */
export function maxBlockBytes(count: number): number {
  return Math.ceil(count / blockLength) * (9 + blockLength * 7);
}

/** @param values integers of at most `maxBlockInteger`; answers the offset after what was written */
export function writeBlocks(bytes: Uint8Array, start: number, values: Float64Array, count: number): number {
  let at = start;
  for (let from = 0; from < count; from += blockLength)
    at = writeBlock(bytes, at, values, from, Math.min(count, from + blockLength));
  return at;
}

/** What `writeBlocks` wrote; answers the offset after it. */
export function readBlocks(bytes: Uint8Array, start: number, values: Float64Array, count: number): number {
  let at = start;
  for (let from = 0; from < count; from += blockLength)
    at = readBlock(bytes, at, values, from, Math.min(count, from + blockLength));
  return at;
}

/** Bits of all blocks: to choose between ways of coding. */
export function blockBits(values: Float64Array, count: number): number {
  let bits = 0;
  for (let from = 0; from < count; from += blockLength) {
    const to = Math.min(count, from + blockLength);
    const smallest = smallestOf(values, from, to);
    const smallestBits = smallest === 0 ? 0 : 8 + widthOf(Math.abs(smallest));
    bits += 8 + smallestBits + widthOf(largestOf(values, from, to) - smallest) * (to - from);
  }
  return bits;
}

function smallestOf(values: Float64Array, from: number, to: number): number {
  let smallest = values[from] as number;
  for (let index = from + 1; index < to; index++) smallest = Math.min(smallest, values[index] as number);
  return smallest;
}

function largestOf(values: Float64Array, from: number, to: number): number {
  let largest = values[from] as number;
  for (let index = from + 1; index < to; index++) largest = Math.max(largest, values[index] as number);
  return largest;
}

function widthOf(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}

function writeBlock(bytes: Uint8Array, start: number, values: Float64Array, from: number, to: number): number {
  const smallest = smallestOf(values, from, to);
  const width = widthOf(largestOf(values, from, to) - smallest);
  let at = start;
  bytes[at++] = smallest === 0 ? width | fromZero : width;
  if (smallest !== 0) at = writeZigzag(bytes, at, smallest);
  if (width === 0) return at;
  let pending = 0;
  let pendingBits = 0;
  for (let index = from; index < to; index++) {
    let rest = (values[index] as number) - smallest;
    for (let left = width; left > 0; left -= pieceBits) {
      const bits = Math.min(left, pieceBits);
      const piece = left > pieceBits ? rest % pieceRange : rest;
      rest = Math.floor(rest / pieceRange);
      pending |= piece << pendingBits;
      pendingBits += bits;
      while (pendingBits >= 8) {
        bytes[at++] = pending & 0xff;
        pending >>>= 8;
        pendingBits -= 8;
      }
    }
  }
  if (pendingBits > 0) bytes[at++] = pending & 0xff;
  return at;
}

const position = { at: 0 };

function readBlock(bytes: Uint8Array, start: number, values: Float64Array, from: number, to: number): number {
  const header = bytes[start] as number;
  const width = header & ~fromZero;
  position.at = start + 1;
  const smallest = (header & fromZero) !== 0 ? 0 : readZigzag(bytes, position);
  if (width === 0) {
    values.fill(smallest, from, to);
    return position.at;
  }
  if (width > pieceBits) return readWide(bytes, position.at, values, from, to, width, smallest);
  const mask = (1 << width) - 1;
  let at = position.at;
  let pending = 0;
  let pendingBits = 0;
  for (let index = from; index < to; index++) {
    while (pendingBits < width) {
      pending |= (bytes[at++] as number) << pendingBits;
      pendingBits += 8;
    }
    values[index] = smallest + (pending & mask);
    pending >>>= width;
    pendingBits -= width;
  }
  return at;
}

/** Numbers of more bits than an integer of the engine holds at once. */
function readWide(
  bytes: Uint8Array,
  start: number,
  values: Float64Array,
  from: number,
  to: number,
  width: number,
  smallest: number,
): number {
  let at = start;
  let pending = 0;
  let pendingBits = 0;
  for (let index = from; index < to; index++) {
    let value = 0;
    let scale = 1;
    for (let left = width; left > 0; left -= pieceBits) {
      const bits = Math.min(left, pieceBits);
      while (pendingBits < bits) {
        pending |= (bytes[at++] as number) << pendingBits;
        pendingBits += 8;
      }
      value += (pending & ((1 << bits) - 1)) * scale;
      pending >>>= bits;
      pendingBits -= bits;
      scale *= pieceRange;
    }
    values[index] = smallest + value;
  }
  return at;
}
