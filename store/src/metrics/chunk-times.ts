import type { ByteReader, ByteWriter } from "./byte-numbers.js";
import { blockLength, maxBlockBytes, readBlocks, writeBlocks } from "./integer-blocks.js";

/** First time as f64, first delta as a varint, then blocks of the deltas of the deltas. */
export function writeTimes(out: ByteWriter, times: Float64Array): void {
  const count = times.length;
  out.double(times[0] as number);
  if (count < 2) return;
  let previous = (times[1] as number) - (times[0] as number);
  out.zigzag(previous);
  const changes = scratchOf(count);
  for (let index = 2; index < count; index++) {
    const delta = (times[index] as number) - (times[index - 1] as number);
    changes[index - 2] = delta - previous;
    previous = delta;
  }
  out.block(maxBlockBytes(count), (bytes, at) => writeBlocks(bytes, at, changes, count - 2));
}

export function readTimes(reader: ByteReader, count: number): Float64Array {
  const times = new Float64Array(count);
  let time = reader.double();
  times[0] = time;
  if (count < 2) return times;
  let delta = reader.zigzag();
  time += delta;
  times[1] = time;
  const changes = scratchOf(count);
  reader.at = readBlocks(reader.bytes, reader.at, changes, count - 2);
  for (let index = 2; index < count; index++) {
    delta += changes[index - 2] as number;
    time += delta;
    times[index] = time;
  }
  return times;
}

let scratch = new Float64Array(1024 + blockLength);

/** Numbers that live until the next call; most chunks have the same length. */
export function scratchOf(count: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(count * 2);
  return scratch;
}
