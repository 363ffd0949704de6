import { decodeUtf8 } from "./utf8.js";

/** Slots of a table; the keys of a whole system are some hundreds, its short recurring values some thousands. */
const SLOTS = 4096;
const LONGEST_BYTES = 32;

/**
 * Strings already made, found again by their bytes: 10 attributes decode in half the time, and the store keeps one
 * `"GET"` and not a million. A newcomer replaces the slot's owner, so that memory stays bounded whatever senders do.
 * Only ASCII is kept, since there the bytes are the character codes and no copy of them is needed.
 */
class InternTable {
  private readonly slots: (string | undefined)[] = new Array(SLOTS).fill(undefined);

  decode(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > LONGEST_BYTES) return decodeUtf8(bytes, start, end);
    let hash = length;
    let bits = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      hash = (Math.imul(hash, 31) + byte) | 0;
      bits |= byte;
    }
    if (bits >= 0x80) return decodeUtf8(bytes, start, end);
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const known = this.slots[slot];
    if (known !== undefined && equals(known, bytes, start, length)) return known;
    const text = decodeUtf8(bytes, start, end);
    this.slots[slot] = text;
    return text;
  }
}

function equals(known: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index++) if (known.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}

/** Two tables, so that values that never recur don't push the keys out. */
const names = new InternTable();
const values = new InternTable();

/** Decodes a string of a small set: an attribute key, a metric or scope name. */
export function decodeName(bytes: Uint8Array, start: number, end: number): string {
  return names.decode(bytes, start, end);
}

/** Decodes a string that may recur: a short attribute value, a span name. */
export function decodeValue(bytes: Uint8Array, start: number, end: number): string {
  return values.decode(bytes, start, end);
}
