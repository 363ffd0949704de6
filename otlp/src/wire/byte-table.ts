/**
 * Numbers byte strings 0, 1, 2, … in the order in which they were first seen. Keys are compared in full: a hash that
 * collides costs time, never a wrong answer. Looking up a known key makes no object and no string.
 */
export class ByteTable {
  private slots = new Int32Array(256).fill(-1);
  private hashes = new Uint32Array(128);
  private offsets = new Uint32Array(129);
  private arena = new Uint8Array(8192);
  private count = 0;

  /** How many keys there are. */
  get size(): number {
    return this.count;
  }

  /** Bytes of memory that the table takes. */
  get byteLength(): number {
    return this.slots.byteLength + this.hashes.byteLength + this.offsets.byteLength + this.arena.byteLength;
  }

  /** The number of a key; -1 for one that was not added. */
  find(key: Uint8Array, length: number): number {
    const hash = hashBytes(key, length);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = this.slots[slot] as number;
      if (index < 0 || (this.hashes[index] === hash && this.equals(index, key, length))) return index;
    }
  }

  /** Numbers a key that `find` did not know. */
  add(key: Uint8Array, length: number): number {
    const index = this.count++;
    this.reserve(length);
    const start = this.offsets[index] as number;
    this.arena.set(length === key.length ? key : key.subarray(0, length), start);
    this.offsets[index + 1] = start + length;
    const hash = hashBytes(key, length);
    this.hashes[index] = hash;
    if (this.count * 2 > this.slots.length) this.rehash(this.slots.length * 2);
    else this.place(index, hash);
    return index;
  }

  /** The bytes of a key, in place: valid until the next `add`. */
  key(index: number): Uint8Array {
    return this.arena.subarray(this.offsets[index] as number, this.offsets[index + 1] as number);
  }

  private equals(index: number, key: Uint8Array, length: number): boolean {
    let at = this.offsets[index] as number;
    if ((this.offsets[index + 1] as number) - at !== length) return false;
    const { arena } = this;
    for (let i = 0; i < length; i++) if (arena[at++] !== key[i]) return false;
    return true;
  }

  private place(index: number, hash: number): void {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    while ((this.slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = index;
  }

  private rehash(slots: number): void {
    this.slots = new Int32Array(slots).fill(-1);
    for (let index = 0; index < this.count; index++) this.place(index, this.hashes[index] as number);
  }

  private reserve(length: number): void {
    if (this.count > this.hashes.length) {
      this.hashes = grow(this.hashes, new Uint32Array(this.hashes.length * 2));
      this.offsets = grow(this.offsets, new Uint32Array(this.hashes.length + 1));
    }
    const end = (this.offsets[this.count - 1] as number) + length;
    if (end > this.arena.length) this.arena = grow(this.arena, new Uint8Array(Math.max(this.arena.length * 2, end)));
  }
}

function grow<Numbers extends Uint32Array | Uint8Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}

/**
 * Four bytes a step, with the multipliers and the final mix of MurmurHash3 (Appleby, public domain): a step a byte, as in
 * FNV, waits for a multiplication each. The table uses the low bits, and compares keys in full.
 */
function hashBytes(bytes: Uint8Array, length: number): number {
  let hash = length;
  let at = 0;
  for (const whole = length & ~3; at < whole; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = mix(hash, word);
  }
  let rest = 0;
  for (let shift = 0; at < length; at++, shift += 8) rest |= (bytes[at] as number) << shift;
  hash = mix(hash, rest);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}
