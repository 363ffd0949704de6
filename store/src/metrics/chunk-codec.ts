/**
 * Bytes of one chunk (docs: this comment is the format):
 *
 * ```
 * u8 version = 1 | varint count | f64 first time (ms) | zigzag varint, count-1 times: delta of the time deltas
 * | f64 first value | per later value: u8 control, then the changed middle bytes
 * ```
 *
 * A value is XORed with the one before, as Gorilla does, but at byte granularity: the control byte's high nibble is the
 * number of leading zero bytes, the low nibble of trailing zero bytes; an unchanged value is the single byte 0x80.
 * All numbers are little-endian; values keep their bits, so that the stale marker survives.
 */
const version = 1;
const unchanged = 0x80;

export interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** @param samples at least one, times whole milliseconds in ascending order */
export function encodeChunk(samples: Samples): Uint8Array {
  const { times, values } = samples;
  const count = times.length;
  const bytes = new Uint8Array(1 + 5 + 8 + count * 9 + 8 + count * 9);
  const view = new DataView(bytes.buffer);
  bytes[0] = version;
  let at = writeVarint(bytes, 1, count);
  view.setFloat64(at, times[0] as number, true);
  at += 8;
  let previousDelta = 0;
  for (let index = 1; index < count; index++) {
    const delta = (times[index] as number) - (times[index - 1] as number);
    at = writeZigzag(bytes, at, delta - previousDelta);
    previousDelta = delta;
  }
  const valueBytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  bytes.set(valueBytes.subarray(0, 8), at);
  at += 8;
  for (let index = 1; index < count; index++) at = writeXor(bytes, at, valueBytes, index * 8);
  return bytes.slice(0, at);
}

/** @throws {Error} when the bytes are not a chunk of a known version */
export function decodeChunk(bytes: Uint8Array): Samples {
  if (bytes[0] !== version) throw new Error(`cannot read chunk: unknown version ${bytes[0]}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor = { at: 1 };
  const count = readVarint(bytes, cursor);
  const times = new Float64Array(count);
  const values = new Float64Array(count);
  let time = view.getFloat64(cursor.at, true);
  cursor.at += 8;
  times[0] = time;
  let delta = 0;
  for (let index = 1; index < count; index++) {
    delta += readZigzag(bytes, cursor);
    time += delta;
    times[index] = time;
  }
  const valueBytes = new Uint8Array(values.buffer);
  valueBytes.set(bytes.subarray(cursor.at, cursor.at + 8));
  cursor.at += 8;
  for (let index = 1; index < count; index++) readXor(bytes, cursor, valueBytes, index * 8);
  return { times, values };
}

function writeXor(bytes: Uint8Array, start: number, values: Uint8Array, offset: number): number {
  let low = 8;
  let high = -1;
  for (let index = 0; index < 8; index++) {
    if (values[offset + index] === values[offset + index - 8]) continue;
    if (index < low) low = index;
    high = index;
  }
  if (high < 0) {
    bytes[start] = unchanged;
    return start + 1;
  }
  bytes[start] = ((7 - high) << 4) | low;
  let at = start + 1;
  for (let index = low; index <= high; index++) {
    bytes[at++] = (values[offset + index] as number) ^ (values[offset + index - 8] as number);
  }
  return at;
}

function readXor(bytes: Uint8Array, cursor: { at: number }, values: Uint8Array, offset: number): void {
  values.copyWithin(offset, offset - 8, offset);
  const control = bytes[cursor.at++] as number;
  if (control === unchanged) return;
  const high = 7 - (control >> 4);
  for (let index = control & 15; index <= high; index++) {
    values[offset + index] = (values[offset + index] as number) ^ (bytes[cursor.at++] as number);
  }
}

/** Divides instead of shifting: times in milliseconds need more than 32 bits. */
function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 128) {
    bytes[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}

function readVarint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[cursor.at++] as number;
    value += (byte & 127) * factor;
    if (byte < 128) return value;
    factor *= 128;
  }
}

function writeZigzag(bytes: Uint8Array, start: number, value: number): number {
  return writeVarint(bytes, start, value < 0 ? -2 * value - 1 : 2 * value);
}

function readZigzag(bytes: Uint8Array, cursor: { at: number }): number {
  const raw = readVarint(bytes, cursor);
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
}
