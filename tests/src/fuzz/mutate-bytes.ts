import type { Random } from "../promql/random.js";

const ODD_BYTES = [0x00, 0x01, 0x0a, 0x7f, 0x80, 0xc0, 0xed, 0xf4, 0xff];
/** Varints at the edges of what fits, and beyond; broken UTF-8. */
const ODD_PIECES: readonly Buffer[] = [
  "00",
  "7f",
  "8000",
  "ffffffff07",
  "ffffffff0f",
  "ffffffff7f",
  "ffffffffffffffff7f",
  "ffffffffffffffffff01",
  "ffffffffffffffffffff01",
  "808080808080808080808000",
  "c080",
  "eda080",
  "f4908080",
  "f09f8e",
].map((hex) => Buffer.from(hex, "hex"));

/** An input larger than this is not grown further: volume counts. */
const MAX_BYTES = 64 * 1024;

/** One change that knows nothing of the format. `others` are inputs to take pieces from. */
export function mutateBytes(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const { length } = bytes;
  const at = random.below(length + 1);
  switch (random.below(8)) {
    case 0:
      return changed(bytes, random, (byte) => byte ^ (1 << random.below(8)));
    case 1:
      return changed(bytes, random, () => random.pick(ODD_BYTES));
    case 2:
      return changed(bytes, random, () => random.below(256));
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return replaced(bytes, at, at + random.below(16), Buffer.alloc(0));
    case 5:
      return replaced(bytes, at, at + random.below(4), random.pick(ODD_PIECES));
    case 6:
      return replaced(bytes, at, at, bytes.subarray(at, at + 1 + random.below(64)));
    default: {
      const other = random.pick(others);
      const from = random.below(other.length + 1);
      return replaced(bytes, at, random.chance(0.5) ? length : at, other.subarray(from, from + random.below(2048)));
    }
  }
}

function changed(bytes: Buffer, random: Random, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length === 0) return copy;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(copy.length);
    copy[at] = change(copy[at] as number);
  }
  return copy;
}

/** `bytes` with `piece` in place of `[start, end)`. */
export function replaced(bytes: Buffer, start: number, end: number, piece: Buffer): Buffer {
  const whole = Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(Math.min(end, bytes.length))]);
  return whole.length > MAX_BYTES ? whole.subarray(0, MAX_BYTES) : whole;
}
