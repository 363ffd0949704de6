/** MurmurHash3 by Austin Appleby (public domain), seed 0. Answers are hexadecimal digits of the little-endian words. */

const rotl32 = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));

/** MurmurHash3_x86_32. */
export function murmur3x86(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const scramble = (word: number) => Math.imul(rotl32(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
  const blocks = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < blocks; at += 4) {
    hash = (Math.imul(rotl32(hash ^ scramble(view.getUint32(at, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= blocks; at--) tail = (tail << 8) | (bytes[at] as number);
  if (bytes.length > blocks) hash ^= scramble(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  const result = Buffer.alloc(4);
  result.writeUInt32LE(hash >>> 0);
  return result.toString("hex");
}

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;
const wrap = (value: bigint) => BigInt.asUintN(64, value);
const rotl64 = (value: bigint, bits: bigint) => wrap((value << bits) | (value >> (64n - bits)));
const mixFirst = (word: bigint) => wrap(rotl64(wrap(word * C1), 31n) * C2);
const mixSecond = (word: bigint) => wrap(rotl64(wrap(word * C2), 33n) * C1);

function finish(value: bigint): bigint {
  let hash = wrap((value ^ (value >> 33n)) * 0xff51afd7ed558ccdn);
  hash = wrap((hash ^ (hash >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return hash ^ (hash >> 33n);
}

/** MurmurHash3_x64_128. */
export function murmur3x64(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blocks = bytes.length & ~15;
  let first = 0n;
  let second = 0n;
  for (let at = 0; at < blocks; at += 16) {
    first ^= mixFirst(view.getBigUint64(at, true));
    first = wrap((rotl64(first, 27n) + second) * 5n + 0x52dce729n);
    second ^= mixSecond(view.getBigUint64(at + 8, true));
    second = wrap((rotl64(second, 31n) + first) * 5n + 0x38495ab5n);
  }
  const rest = new DataView(new ArrayBuffer(16));
  for (let at = blocks; at < bytes.length; at++) rest.setUint8(at - blocks, bytes[at] as number);
  second ^= mixSecond(rest.getBigUint64(8, true));
  first ^= mixFirst(rest.getBigUint64(0, true));
  const length = BigInt(bytes.length);
  first = wrap((first ^ length) + (second ^ length));
  second = wrap((second ^ length) + first);
  first = finish(first);
  second = finish(second);
  first = wrap(first + second);
  const result = Buffer.alloc(16);
  result.writeBigUInt64LE(first, 0);
  result.writeBigUInt64LE(wrap(second + first), 8);
  return result.toString("hex");
}
