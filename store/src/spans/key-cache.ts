import { JsonBytes } from "./json-bytes.js";

/** An attribute name that occurs again and again. */
export interface CachedKey {
  readonly name: string;
  /** The name's UTF-8 bytes. */
  readonly bytes: Uint8Array;
  /** `"name":` */
  readonly json: Uint8Array;
  /** Begins with "http.": those have columns of their own. */
  readonly isHttp: boolean;
}

const slotCount = 4096;
const maxProbes = 8;

/**
 * Attribute names by their bytes: a name is decoded and escaped once, and recognised afterwards without making a string.
 * The table is of fixed size: a sender that makes names up evicts nobody, its names are just not remembered.
 */
export class KeyCache {
  readonly #slots: (CachedKey | undefined)[] = new Array(slotCount).fill(undefined);
  readonly #scratch = new JsonBytes();

  get(bytes: Uint8Array, start: number, end: number): CachedKey {
    let hash = 0x811c9dc5;
    for (let index = start; index < end; index++) hash = Math.imul(hash ^ (bytes[index] as number), 0x01000193);
    for (let probe = 0; probe < maxProbes; probe++) {
      const slot = (hash + probe) & (slotCount - 1);
      const known = this.#slots[slot];
      if (known === undefined) {
        const created = this.#create(bytes, start, end);
        this.#slots[slot] = created;
        return created;
      }
      if (isSame(known.bytes, bytes, start, end)) return known;
    }
    return this.#create(bytes, start, end);
  }

  #create(bytes: Uint8Array, start: number, end: number): CachedKey {
    this.#scratch.clear();
    this.#scratch.string(bytes, start, end);
    this.#scratch.byte(0x3a);
    const copy = bytes.slice(start, end);
    const name = Buffer.from(copy.buffer).toString("utf8");
    return { name, bytes: copy, json: this.#scratch.view().slice(), isHttp: name.startsWith("http.") };
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let index = 0; index < known.length; index++) if (known[index] !== bytes[start + index]) return false;
  return true;
}
