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
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** Senders repeat their series in the same order: the entry after the last one found is tried before any hashing. */
  #next = 0;
  #input: Uint8Array = this.#bytes;
  #inputView: DataView = new DataView(this.#bytes.buffer);

  /** The series that was remembered for these bytes, unless the retention took it away. */
  find(bytes: Uint8Array, start: number, end: number): Series | undefined {
    this.#lookAt(bytes);
    let entry = this.#next;
    if (entry >= this.#series.length || !this.#isSame(entry, start, end)) {
      entry = this.#entryOf(this.#hashOf(start, end), start, end);
      if (entry < 0) return undefined;
    }
    this.#next = entry + 1;
    const series = this.#series[entry] as Series;
    return series.isRemoved ? undefined : series;
  }

  remember(bytes: Uint8Array, start: number, end: number, series: Series): void {
    this.#lookAt(bytes);
    const hash = this.#hashOf(start, end);
    const known = this.#entryOf(hash, start, end);
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

  #entryOf(hash: number, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] as number) - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] === hash && this.#isSame(entry, start, end)) return entry;
    }
  }

  /** Four bytes at a time: label sets are some hundred bytes long. */
  #isSame(entry: number, start: number, end: number): boolean {
    const length = end - start;
    if (this.#lengths[entry] !== length) return false;
    const own = this.#view;
    const input = this.#inputView;
    const from = this.#starts[entry] as number;
    const words = length & ~3;
    for (let at = 0; at < words; at += 4) if (own.getInt32(from + at) !== input.getInt32(start + at)) return false;
    for (let at = words; at < length; at++) if (own.getUint8(from + at) !== input.getUint8(start + at)) return false;
    return true;
  }

  #hashOf(start: number, end: number): number {
    const input = this.#inputView;
    const length = end - start;
    let hash = 0x811c9dc5 ^ length;
    const words = start + (length & ~3);
    for (let at = start; at < words; at += 4) {
      hash = Math.imul(hash ^ input.getInt32(at, true), 0x01000193);
      hash ^= hash >>> 15;
    }
    for (let at = words; at < end; at++) hash = Math.imul(hash ^ input.getUint8(at), 0x01000193);
    return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  }

  #lookAt(bytes: Uint8Array): void {
    if (bytes === this.#input) return;
    this.#input = bytes;
    this.#inputView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
      this.#view = new DataView(larger.buffer);
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
    this.#length = this.#next = 0;
  }
}
