/**
 * XXH3 by Yann Collet (BSD 2-Clause), 64 and 128 bits, with the default secret and seed 0, after the specification in
 * doc/xxhash_spec.md of xxHash. Answers are hexadecimal digits, the highest first.
 */

const P32_1 = 0x9e3779b1n;
const P32_2 = 0x85ebca77n;
const P32_3 = 0xc2b2ae3dn;
const P64_1 = 0x9e3779b185ebca87n;
const P64_2 = 0xc2b2ae3d27d4eb4fn;
const P64_3 = 0x165667b19e3779f9n;
const P64_4 = 0x85ebca77c2b2ae63n;
const P64_5 = 0x27d4eb2f165667c5n;
const MIX_1 = 0x165667919e3779f9n;
const MIX_2 = 0x9fb21c651e98df25n;

const MASK32 = 0xffff_ffffn;
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotl = (value: bigint, bits: bigint): bigint => wrap(value << bits) | (value >> (64n - bits));

const SECRET = viewOf(
  Buffer.from(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221" +
      "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8" +
      "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb" +
      "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e",
    "hex",
  ),
);

interface Words {
  readonly low: bigint;
  readonly high: bigint;
}

/** XXH3_64bits. */
export function xxh3(bytes: Uint8Array): string {
  const input = viewOf(bytes);
  const { byteLength: length } = input;
  const hash =
    length <= 16
      ? short64(input)
      : length <= 240
        ? medium64(input)
        : merge(accumulate(input), 11, wrap(BigInt(length) * P64_1));
  return hex(hash);
}

/** XXH3_128bits. */
export function xxh128(bytes: Uint8Array): string {
  const input = viewOf(bytes);
  const { byteLength: length } = input;
  const { low, high } = length <= 16 ? short128(input) : length <= 240 ? medium128(input) : long128(input);
  return hex(high) + hex(low);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, "0");
}

const word = (view: DataView, at: number): bigint => view.getBigUint64(at, true);
const half = (view: DataView, at: number): bigint => BigInt(view.getUint32(at, true));
const secret = (at: number): bigint => word(SECRET, at);

function swap64(value: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value);
  return view.getBigUint64(0, true);
}

function avalanche(value: bigint): bigint {
  const hash = wrap((value ^ (value >> 37n)) * MIX_1);
  return hash ^ (hash >> 32n);
}

/** That of XXH64. */
function avalanche64(value: bigint): bigint {
  let hash = wrap((value ^ (value >> 33n)) * P64_2);
  hash = wrap((hash ^ (hash >> 29n)) * P64_3);
  return hash ^ (hash >> 32n);
}

function fold(a: bigint, b: bigint): bigint {
  const product = a * b;
  return wrap(product) ^ (product >> 64n);
}

/** One to three bytes as a word: they, and the length. */
function tiny(input: DataView): bigint {
  const { byteLength: length } = input;
  const first = BigInt(input.getUint8(0)) << 16n;
  const middle = BigInt(input.getUint8(length >> 1)) << 24n;
  return first | middle | BigInt(input.getUint8(length - 1)) | (BigInt(length) << 8n);
}

function short64(input: DataView): bigint {
  const { byteLength: length } = input;
  const size = BigInt(length);
  if (length === 0) return avalanche64(secret(56) ^ secret(64));
  if (length <= 3) return avalanche64(tiny(input) ^ half(SECRET, 0) ^ half(SECRET, 4));
  if (length <= 8) {
    const keyed = wrap(half(input, length - 4) + (half(input, 0) << 32n)) ^ secret(8) ^ secret(16);
    let hash = wrap((keyed ^ rotl(keyed, 49n) ^ rotl(keyed, 24n)) * MIX_2);
    hash = wrap((hash ^ wrap((hash >> 35n) + size)) * MIX_2);
    return hash ^ (hash >> 28n);
  }
  const low = word(input, 0) ^ secret(24) ^ secret(32);
  const high = word(input, length - 8) ^ secret(40) ^ secret(48);
  return avalanche(wrap(size + swap64(low) + high + fold(low, high)));
}

function mix16(input: DataView, at: number, key: number): bigint {
  return fold(word(input, at) ^ secret(key), word(input, at + 8) ^ secret(key + 8));
}

function medium64(input: DataView): bigint {
  const { byteLength: length } = input;
  let sum = BigInt(length) * P64_1;
  if (length <= 128) {
    // From the outside to the middle, in pairs.
    for (let pair = Math.ceil(length / 32) - 1; pair >= 0; pair--) {
      sum += mix16(input, pair * 16, pair * 32) + mix16(input, length - (pair + 1) * 16, pair * 32 + 16);
    }
    return avalanche(wrap(sum));
  }
  const rounds = length >> 4;
  for (let round = 0; round < 8; round++) sum += mix16(input, round * 16, round * 16);
  sum = avalanche(wrap(sum));
  for (let round = 8; round < rounds; round++) sum += mix16(input, round * 16, (round - 8) * 16 + 3);
  return avalanche(wrap(sum + mix16(input, length - 16, 119)));
}

function short128(input: DataView): Words {
  const { byteLength: length } = input;
  const size = BigInt(length);
  if (length === 0) return { low: avalanche64(secret(64) ^ secret(72)), high: avalanche64(secret(80) ^ secret(88)) };
  if (length <= 3) {
    const combined = tiny(input);
    const swapped = swap64(combined) >> 32n;
    const rotated = ((swapped << 13n) | (swapped >> 19n)) & MASK32;
    return {
      low: avalanche64(combined ^ half(SECRET, 0) ^ half(SECRET, 4)),
      high: avalanche64(rotated ^ half(SECRET, 8) ^ half(SECRET, 12)),
    };
  }
  if (length <= 8) {
    const keyed = wrap(half(input, 0) + (half(input, length - 4) << 32n)) ^ secret(16) ^ secret(24);
    const product = keyed * wrap(P64_1 + (size << 2n));
    const high = wrap((product >> 64n) + (wrap(product) << 1n));
    let low = wrap(product) ^ (high >> 3n);
    low = wrap((low ^ (low >> 35n)) * MIX_2);
    return { low: low ^ (low >> 28n), high: avalanche(high) };
  }
  const last = word(input, length - 8);
  const product = (word(input, 0) ^ last ^ secret(32) ^ secret(40)) * P64_1;
  const keyed = last ^ secret(48) ^ secret(56);
  const high = wrap((product >> 64n) + keyed + (keyed & MASK32) * (P32_2 - 1n));
  const low = wrap(product + ((size - 1n) << 54n)) ^ swap64(high);
  const mixed = low * P64_2;
  return { low: avalanche(wrap(mixed)), high: avalanche(wrap((mixed >> 64n) + high * P64_2)) };
}

function mix32({ low, high }: Words, input: DataView, first: number, second: number, key: number): Words {
  return {
    low: wrap(low + mix16(input, first, key)) ^ wrap(word(input, second) + word(input, second + 8)),
    high: wrap(high + mix16(input, second, key + 16)) ^ wrap(word(input, first) + word(input, first + 8)),
  };
}

function medium128(input: DataView): Words {
  const { byteLength: length } = input;
  let sum: Words = { low: wrap(BigInt(length) * P64_1), high: 0n };
  if (length <= 128) {
    for (let pair = Math.ceil(length / 32) - 1; pair >= 0; pair--) {
      sum = mix32(sum, input, pair * 16, length - (pair + 1) * 16, pair * 32);
    }
  } else {
    for (let at = 32; at < 160; at += 32) sum = mix32(sum, input, at - 32, at - 16, at - 32);
    sum = { low: avalanche(sum.low), high: avalanche(sum.high) };
    for (let at = 160; at <= length; at += 32) sum = mix32(sum, input, at - 32, at - 16, at - 157);
    sum = mix32(sum, input, length - 16, length - 32, 103);
  }
  const high = avalanche(wrap(sum.low * P64_1 + sum.high * P64_4 + BigInt(length) * P64_2));
  return { low: avalanche(wrap(sum.low + sum.high)), high: wrap(-high) };
}

function long128(input: DataView): Words {
  const lanes = accumulate(input);
  const size = BigInt(input.byteLength);
  return { low: merge(lanes, 11, wrap(size * P64_1)), high: merge(lanes, 117, wrap(~(size * P64_2))) };
}

const STRIPE = 64;
const BLOCK = 1024;

function addStripe(lanes: bigint[], input: DataView, at: number, key: number): void {
  for (let lane = 0; lane < 8; lane++) {
    const data = word(input, at + lane * 8);
    const keyed = data ^ secret(key + lane * 8);
    lanes[lane ^ 1] = wrap((lanes[lane ^ 1] as bigint) + data);
    lanes[lane] = wrap((lanes[lane] as bigint) + (keyed & MASK32) * (keyed >> 32n));
  }
}

/** The eight lanes after all of a long input. */
function accumulate(input: DataView): readonly bigint[] {
  const { byteLength: length } = input;
  const lanes = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1];
  const blocks = Math.floor((length - 1) / BLOCK);
  for (let block = 0; block < blocks; block++) {
    for (let stripe = 0; stripe < 16; stripe++) addStripe(lanes, input, block * BLOCK + stripe * STRIPE, stripe * 8);
    for (let lane = 0; lane < 8; lane++) {
      const value = lanes[lane] as bigint;
      lanes[lane] = wrap((value ^ (value >> 47n) ^ secret(128 + lane * 8)) * P32_1);
    }
  }
  const stripes = Math.floor((length - 1 - blocks * BLOCK) / STRIPE);
  for (let stripe = 0; stripe < stripes; stripe++)
    addStripe(lanes, input, blocks * BLOCK + stripe * STRIPE, stripe * 8);
  addStripe(lanes, input, length - STRIPE, 121);
  return lanes;
}

function merge(lanes: readonly bigint[], key: number, start: bigint): bigint {
  let sum = start;
  for (let pair = 0; pair < 4; pair++) {
    const first = (lanes[pair * 2] as bigint) ^ secret(key + pair * 16);
    sum += fold(first, (lanes[pair * 2 + 1] as bigint) ^ secret(key + pair * 16 + 8));
  }
  return avalanche(wrap(sum));
}
