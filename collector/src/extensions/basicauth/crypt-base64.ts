const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * The text of a crypt(3) hash: bytes taken in the algorithm's own order, three at a time, lowest six bits first. What is
 * left over at the end is filled with zeros in front.
 */
export function cryptBase64(digest: Uint8Array, order: readonly number[]): string {
  let text = "";
  for (let at = 0; at < order.length; at += 3) {
    const group = order.slice(at, at + 3);
    let bits = 0;
    for (const index of group) bits = (bits << 8) | (digest[index] as number);
    const characters = Math.ceil((group.length * 8) / 6);
    for (let index = 0; index < characters; index++, bits >>>= 6) text += ALPHABET[bits & 63];
  }
  return text;
}
