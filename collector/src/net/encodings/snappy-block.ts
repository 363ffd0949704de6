import { TooLargeError } from "./too-large.js";

/**
 * Inflates one block of snappy: a length, then literals and copies of what was written before.
 * Format: github.com/google/snappy, format_description.txt.
 * @throws TooLargeError above the bound, Error for a corrupt block
 */
export function inflateSnappyBlock(block: Uint8Array, maxBytes: number): Buffer {
  let at = 0;
  const byte = (): number => {
    const value = block[at++];
    if (value === undefined) throw corrupt();
    return value;
  };
  const number = (bytes: number): number => {
    let value = 0;
    for (let index = 0; index < bytes; index++) value += byte() * 256 ** index;
    return value;
  };
  const length = readLength(byte);
  if (length > maxBytes) throw new TooLargeError(maxBytes);
  const output = Buffer.alloc(length);
  let written = 0;
  while (at < block.length) {
    const tag = byte();
    const kind = tag & 3;
    if (kind === 0) {
      const size = (tag >> 2 < 60 ? tag >> 2 : number((tag >> 2) - 59)) + 1;
      if (size > block.length - at || size > length - written) throw corrupt();
      output.set(block.subarray(at, at + size), written);
      at += size;
      written += size;
      continue;
    }
    const size = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const distance = kind === 1 ? (tag >> 5) * 256 + byte() : number(kind === 2 ? 2 : 4);
    if (distance === 0 || distance > written || size > length - written) throw corrupt();
    // Byte for byte: a copy may reach into what it writes itself.
    for (const end = written + size; written < end; written++) output[written] = output[written - distance] as number;
  }
  if (written !== length) throw corrupt();
  return output;
}

/** A varint of 32 bits. */
function readLength(byte: () => number): number {
  let length = 0;
  for (let shift = 0; shift < 5; shift++) {
    const next = byte();
    length += (next & 0x7f) * 128 ** shift;
    if (next < 0x80) return length;
  }
  throw corrupt();
}

function corrupt(): Error {
  return new Error("corrupt snappy block");
}
