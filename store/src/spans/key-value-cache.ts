import type { CachedKey } from "./key-cache.js";

/** A whole KeyValue message that occurs again and again, with the JSON that it became. */
export interface CachedKeyValue {
  readonly bytes: Uint8Array;
  /** `"key":value` */
  readonly json: Uint8Array;
  readonly key: CachedKey;
  /** Where the text of the value lies within `bytes`; `textEnd` < 0 when it is no string. */
  readonly textStart: number;
  readonly textEnd: number;
  /** The value when it is a number; NaN otherwise. */
  readonly number: number;
}

const slotCount = 8192;
const maxCachedBytes = 256;

/**
 * Attributes by the bytes of key and value: three in four repeat (methods, routes, hosts, query texts), and copying their
 * JSON costs a third of making it. An attribute is kept when it comes a second time to its slot, so that unique values
 * (paths with ids, ports) do not push the others out. Memory is bounded by the slots.
 */
export class KeyValueCache {
  readonly #slots: (CachedKeyValue | undefined)[] = new Array(slotCount).fill(undefined);
  /** Hash of the last message that was looked for in a slot and not found. */
  readonly #missed = new Int32Array(slotCount);
  #slot = 0;
  #isRepeated = false;

  find(bytes: Uint8Array, start: number, end: number): CachedKeyValue | undefined {
    const hash = hashOf(bytes, start, end);
    const slot = (hash ^ (hash >>> 15)) & (slotCount - 1);
    const known = this.#slots[slot];
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known;
    this.#slot = slot;
    this.#isRepeated = this.#missed[slot] === hash && end - start <= maxCachedBytes;
    this.#missed[slot] = hash;
    return undefined;
  }

  /** Whether what `find` just missed should be remembered. */
  get wantsLast(): boolean {
    return this.#isRepeated;
  }

  rememberLast(entry: CachedKeyValue): void {
    this.#slots[this.#slot] = entry;
  }
}

/** Samples long messages: the comparison decides, the hash only spreads. The end, where numbers differ, counts fully. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  const tail = Math.max(start, end - 8);
  for (let at = start + 2; at < tail; at += 3) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  for (let at = tail; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash | 0;
}

/** From the end, where messages of the same key differ. */
function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let index = known.length - 1; index >= 0; index--) if (known[index] !== bytes[start + index]) return false;
  return true;
}
