import type { Series } from "./series.js";

/** All entries together may hold so many bytes of labels; beyond it the cache starts anew. */
const maxBytes = 256 * 1024 * 1024;

/**
 * Series by the bytes that a sender writes for their labels. A sender repeats those bytes with every sample, so a known
 * series is found without making a single string: hash, then full comparison. What the bytes mean is up to the caller;
 * callers of different formats use caches of their own.
 */
export class LabelBytesCache {
  /** Per slot: number of the entry plus one, 0 when free. */
  #slots = new Int32Array(4096);
  #hashes = new Int32Array(1024);
  #starts = new Uint32Array(1024);
  #lengths = new Uint32Array(1024);
  #series: Series[] = [];
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;

  /** The series that was remembered for these bytes, unless the retention took it away. */
  find(bytes: Uint8Array, start: number, end: number): Series | undefined {
    const entry = this.#entryOf(hashOf(bytes, start, end), bytes, start, end);
    if (entry < 0) return undefined;
    const series = this.#series[entry] as Series;
    return series.isRemoved ? undefined : series;
  }

  remember(bytes: Uint8Array, start: number, end: number, series: Series): void {
    const hash = hashOf(bytes, start, end);
    const known = this.#entryOf(hash, bytes, start, end);
    if (known >= 0) {
      this.#series[known] = series;
      return;
    }
    if (this.#length + (end - start) > maxBytes) this.#clear();
    const entry = this.#series.push(series) - 1;
    if (entry === this.#hashes.length) this.#growEntries();
    this.#hashes[entry] = hash;
    this.#starts[entry] = this.#keep(bytes, start, end);
    this.#lengths[entry] = end - start;
    if ((entry + 1) * 2 > this.#slots.length) this.#growSlots();
    else this.#place(entry);
  }

  #entryOf(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] as number) - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] === hash && this.#isSame(entry, bytes, start, end)) return entry;
    }
  }

  #isSame(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#lengths[entry] !== end - start) return false;
    const own = this.#bytes;
    let at = this.#starts[entry] as number;
    for (let index = start; index < end; index++) if (bytes[index] !== own[at++]) return false;
    return true;
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[entry] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #keep(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#length;
    this.#length = at + (end - start);
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 1.5));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(start, end), at);
    return at;
  }

  #growEntries(): void {
    const capacity = this.#hashes.length * 2;
    const hashes = new Int32Array(capacity);
    const starts = new Uint32Array(capacity);
    const lengths = new Uint32Array(capacity);
    hashes.set(this.#hashes);
    starts.set(this.#starts);
    lengths.set(this.#lengths);
    this.#hashes = hashes;
    this.#starts = starts;
    this.#lengths = lengths;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.#series.length; entry++) this.#place(entry);
  }

  #clear(): void {
    this.#slots.fill(0);
    this.#series = [];
    this.#length = 0;
  }
}

/** Two bytes a step: half the multiplications, and the comparison decides anyway. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 ^ (end - start);
  const even = end - ((end - start) & 1);
  for (let at = start; at < even; at += 2) {
    hash = Math.imul(hash ^ ((bytes[at] as number) | ((bytes[at + 1] as number) << 8)), 0x01000193);
  }
  if (even < end) hash = Math.imul(hash ^ (bytes[even] as number), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 12);
}
