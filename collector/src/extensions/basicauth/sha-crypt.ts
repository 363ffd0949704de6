import { createHash, type Hash } from "node:crypto";
import { cryptBase64 } from "./crypt-base64.js";

const DEFAULT_ROUNDS = 5000;
const LEAST_ROUNDS = 1000;
/** The format allows more, up to minutes for one guess. */
const MOST_ROUNDS = 1_000_000;

/**
 * The hash of `$5$` (SHA-256) and `$6$` (SHA-512) passwords, after the salt.
 * Algorithm: Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6; step numbers are his.
 */
export function shaCrypt(password: string, salt: string, bits: 256 | 512, rounds: number = DEFAULT_ROUNDS): string {
  const hash = (): Hash => createHash(`sha${bits}`);
  const key = Buffer.from(password);
  const saltBytes = Buffer.from(salt);
  // Steps 1 to 12.
  const inner = hash().update(key).update(saltBytes).update(key).digest();
  const outer = hash().update(key).update(saltBytes).update(fill(inner, key.length));
  for (let left = key.length; left > 0; left >>= 1) outer.update(left & 1 ? inner : key);
  let digest = outer.digest();
  // Steps 13 to 20.
  const keyRun = fill(digestOfRepeats(hash(), key, key.length), key.length);
  const saltRun = fill(digestOfRepeats(hash(), saltBytes, 16 + (digest[0] as number)), saltBytes.length);
  // Step 21.
  const count = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, rounds));
  for (let round = 0; round < count; round++) {
    const odd = (round & 1) === 1;
    const next = hash().update(odd ? keyRun : digest);
    if (round % 3 !== 0) next.update(saltRun);
    if (round % 7 !== 0) next.update(keyRun);
    digest = next.update(odd ? digest : keyRun).digest();
  }
  return cryptBase64(digest, byteOrder(bits));
}

function fill(pattern: Buffer, length: number): Buffer {
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, pattern);
}

function digestOfRepeats(hash: Hash, bytes: Buffer, times: number): Buffer {
  for (let index = 0; index < times; index++) hash.update(bytes);
  return hash.digest();
}

/** The bytes of the digest are taken from three thirds that change places after each group. */
function byteOrder(bits: 256 | 512): number[] {
  const order: number[] = [];
  let [a, b, c] = bits === 512 ? [0, 21, 42] : [0, 10, 20];
  for (let group = 0; group < (bits === 512 ? 21 : 10); group++) {
    order.push(a, b, c);
    [a, b, c] = bits === 512 ? [b + 1, c + 1, a + 1] : [c + 1, a + 1, b + 1];
  }
  return bits === 512 ? [...order, 63] : [...order, 31, 30];
}
