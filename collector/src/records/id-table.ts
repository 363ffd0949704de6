import { randomInt } from "node:crypto";
import { grown } from "./grown.js";

export const NOT_FOUND = -1;
const FREE = -1;

/** Ids are chosen by senders: without a secret they could choose ones that all collide. */
const SECRET = randomInt(2 ** 32 - 1) | 1;

/**
 * A hash table of 16-byte ids, each as four 32-bit words. An id gets a number below `capacity` for as long as it is in the
 * table, so that callers keep what they know of it in arrays beside. Numbers are used again. Linear probing with deletion
 * by shifting back (Knuth, TAOCP 3, 6.4, algorithm R): no tombstones, so that a table that turns over forever stays fast.
 */
export class IdTable {
  private slots: Int32Array;
  private words: Uint32Array;
  /** Of a free number, the next free one. */
  private next: Int32Array;
  private firstFree = FREE;
  private used = 0;
  private count = 0;

  constructor(capacity = 1024) {
    const rounded = 2 ** Math.ceil(Math.log2(Math.max(16, capacity)));
    this.words = new Uint32Array(rounded * 4);
    this.next = new Int32Array(rounded);
    this.slots = new Int32Array(rounded * 2).fill(FREE);
  }

  get size(): number {
    return this.count;
  }

  /** All numbers are below this; grows by doubling. */
  get capacity(): number {
    return this.next.length;
  }

  find(a: number, b: number, c: number, d: number): number {
    const { slots, words } = this;
    const mask = slots.length - 1;
    for (let at = hash(a, b, c, d) & mask; ; at = (at + 1) & mask) {
      const index = slots[at] as number;
      if (index === FREE) return NOT_FOUND;
      const word = index << 2;
      if (words[word + 3] === d && words[word + 2] === c && words[word + 1] === b && words[word] === a) return index;
    }
  }

  /** Adds an id that is not in the table and answers its number. */
  add(a: number, b: number, c: number, d: number): number {
    if (this.firstFree === FREE && this.used === this.capacity) this.grow();
    let index = this.firstFree;
    if (index !== FREE) this.firstFree = this.next[index] as number;
    else index = this.used++;
    const word = index << 2;
    this.words[word] = a;
    this.words[word + 1] = b;
    this.words[word + 2] = c;
    this.words[word + 3] = d;
    this.place(index);
    this.count++;
    return index;
  }

  remove(index: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let hole = this.home(index, mask);
    while (slots[hole] !== index) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; slots[at] !== FREE; at = (at + 1) & mask) {
      const home = this.home(slots[at] as number, mask);
      // What lies between the hole and its home may not jump over its home.
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = slots[at] as number;
      hole = at;
    }
    slots[hole] = FREE;
    this.next[index] = this.firstFree;
    this.firstFree = index;
    this.count--;
  }

  /** One of the four words of an id. */
  word(index: number, which: 0 | 1 | 2 | 3): number {
    return this.words[(index << 2) + which] as number;
  }

  private home(index: number, mask: number): number {
    const word = index << 2;
    const { words } = this;
    return (
      hash(words[word] as number, words[word + 1] as number, words[word + 2] as number, words[word + 3] as number) &
      mask
    );
  }

  private place(index: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let at = this.home(index, mask);
    while (slots[at] !== FREE) at = (at + 1) & mask;
    slots[at] = index;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    this.words = grown(this.words, new Uint32Array(capacity * 4));
    this.next = grown(this.next, new Int32Array(capacity));
    this.slots = new Int32Array(capacity * 2).fill(FREE);
    // Only called when no number is free: all below `used` are in the table.
    for (let index = 0; index < this.used; index++) this.place(index);
  }
}

/** Ids should be random but some are counters: the words are mixed with the finalizer of MurmurHash3. */
function hash(a: number, b: number, c: number, d: number): number {
  let h = Math.imul(a ^ SECRET, 0x85ebca6b) ^ b;
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35) ^ c;
  h = Math.imul(h ^ (h >>> 13), 0x85ebca6b) ^ d;
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35);
  return h ^ (h >>> 15);
}
