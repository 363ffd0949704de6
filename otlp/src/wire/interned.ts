import { decodeUtf8 } from "./utf8.js";

/** Slots of the table; attribute keys of a whole system are some hundreds. */
const SLOTS = 2048;
const LONGEST_BYTES = 64;

interface Entry {
  readonly bytes: Uint8Array;
  readonly text: string;
}

const entries: (Entry | undefined)[] = new Array(SLOTS).fill(undefined);

/**
 * Decodes a short string that recurs, such as an attribute key, by looking its bytes up in a table of strings already
 * made. A newcomer replaces the slot's owner, so that memory stays bounded whatever senders do.
 */
export function decodeInterned(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > LONGEST_BYTES) return decodeUtf8(bytes, start, end);
  let hash = length;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
  const entry = entries[slot];
  if (entry !== undefined && equals(entry.bytes, bytes, start, length)) return entry.text;
  const text = decodeUtf8(bytes, start, end);
  entries[slot] = { bytes: bytes.slice(start, end), text };
  return text;
}

function equals(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index++) if (known[index] !== bytes[start + index]) return false;
  return true;
}
