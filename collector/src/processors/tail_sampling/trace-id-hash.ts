/** Upstream's salt when none is configured. */
export const DEFAULT_SALT = "default-hash-seed";

const PRIME_LOW = 0x1b3;
const TWO_32 = 2 ** 32;

/**
 * FNV-1a of 64 bits over a salt and a trace id, as two 32-bit halves. The prime is 2^40 + 0x1b3: a product of the low half
 * and 0x1b3 is below 2^41, which a double holds exactly, so no bigint is made per trace.
 */
export class SaltedHash {
  /** `high` and `low` of the last hash. */
  readonly result: Uint32Array = new Uint32Array(2);
  private readonly salt: Uint32Array = new Uint32Array([0xcbf29ce4, 0x84222325]);

  constructor(salt: string) {
    for (const byte of Buffer.from(salt, "utf8")) {
      this.add(this.salt, byte, 1);
      this.salt.set(this.result);
    }
  }

  /** Hashes the id of four big-endian words. */
  of(a: number, b: number, c: number, d: number): void {
    this.add(this.salt, a, 4);
    this.add(this.result, b, 4);
    this.add(this.result, c, 4);
    this.add(this.result, d, 4);
  }

  /** Goes on from `from` with the low `count` bytes of a word, the highest of them first. Works in locals: fields would be boxed. */
  private add(from: Uint32Array, word: number, count: number): void {
    let high = from[0] as number;
    let low = from[1] as number;
    for (let shift = (count - 1) * 8; shift >= 0; shift -= 8) {
      low = (low ^ ((word >>> shift) & 0xff)) >>> 0;
      const product = low * PRIME_LOW;
      high = (Math.imul(high, PRIME_LOW) + Math.floor(product / TWO_32) + (low << 8)) >>> 0;
      low = product >>> 0;
    }
    this.result[0] = high;
    this.result[1] = low;
  }
}

const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * The highest hash that a share of all traces has, as upstream computes it: the product of 2^64-1 and the ratio, rounded to
 * 64 significant bits (half to even) and cut to an integer.
 */
export function hashThreshold(ratio: number): bigint {
  if (!(ratio > 0)) return 0n;
  if (ratio >= 1) return MAX_UINT64;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, ratio);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const mantissa = exponent === 0 ? fraction : fraction | (1n << 52n);
  // ratio = mantissa / 2^shift
  const shift = BigInt(1075 - Math.max(exponent, 1));
  const product = roundTo64Bits(mantissa * MAX_UINT64);
  return product >> shift;
}

function roundTo64Bits(value: bigint): bigint {
  const excess = BigInt(value.toString(2).length - 64);
  if (excess <= 0n) return value;
  const kept = value >> excess;
  const rest = value & ((1n << excess) - 1n);
  const half = 1n << (excess - 1n);
  const up = rest > half || (rest === half && (kept & 1n) === 1n);
  return (up ? kept + 1n : kept) << excess;
}
