import { createHash } from "node:crypto";
import { cryptBase64 } from "./crypt-base64.js";

const md5 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const ROUNDS = 1000;

/**
 * The hash of `$1$` and Apache's `$apr1$` passwords, after the salt.
 * Algorithm: Poul-Henning Kamp's md5crypt, as in apr_md5.c.
 */
export function md5Crypt(password: string, salt: string, prefix: "$1$" | "$apr1$"): string {
  const key = Buffer.from(password);
  const inner = md5(key, salt, key);
  const start: (string | Uint8Array)[] = [key, prefix, salt];
  for (let left = key.length; left > 0; left -= 16) start.push(inner.subarray(0, Math.min(16, left)));
  for (let bits = key.length; bits > 0; bits >>= 1) start.push(bits & 1 ? Uint8Array.of(0) : key.subarray(0, 1));
  let digest = md5(...start);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = (round & 1) === 1;
    const parts: (string | Uint8Array)[] = [odd ? key : digest];
    if (round % 3 !== 0) parts.push(salt);
    if (round % 7 !== 0) parts.push(key);
    parts.push(odd ? digest : key);
    digest = md5(...parts);
  }
  const order = [0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 4, 10, 5, 11];
  return cryptBase64(digest, order);
}
