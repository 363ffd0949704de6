/**
 * Lengths in bits of the codes of bytes 0 to 255 (RFC 7541, appendix B), as digits of base 32. The code is canonical: among
 * codes of one length the values count up with the bytes, so that the lengths say all.
 */
const LENGTHS =
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca" +
  "d67777777777777777777777878djde6f56565666577666567655677777fbeds" +
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq";
/** Longer than any code of a byte but those of 30 bits, and after them in order: a string must not hold it. */
const EOS_LENGTH = 30;
const EOS = 256;

/**
 * The tree of codes: at 2 * node + bit the next node, or ~symbol at a leaf. A name of a header takes about 6 steps a byte,
 * and names come once: afterwards they are in the table.
 */
const tree: Int16Array = buildTree();

function buildTree(): Int16Array {
  const lengths = [...LENGTHS].map((digit) => Number.parseInt(digit, 32));
  lengths.push(EOS_LENGTH);
  const order = [...lengths.keys()].sort((a, b) => (lengths[a] as number) - (lengths[b] as number) || a - b);
  const nodes = new Int16Array(2 * order.length);
  let used = 1;
  let code = 0;
  let bits = 0;
  for (const symbol of order) {
    const length = lengths[symbol] as number;
    code <<= length - bits;
    bits = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const at = 2 * node + ((code >>> bit) & 1);
      if (nodes[at] === 0) nodes[at] = used++;
      node = nodes[at] as number;
    }
    nodes[2 * node + (code & 1)] = ~symbol;
    code++;
  }
  return nodes;
}

let scratch: Buffer = Buffer.allocUnsafeSlow(1024);

/** @returns undefined for what is no Huffman-coded string: an end mark within, or padding that is too long or not all ones */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string | undefined {
  // The shortest code has 5 bits.
  const most = Math.ceil(((to - from) * 8) / 5);
  if (scratch.length < most) scratch = Buffer.allocUnsafeSlow(most);
  const out = scratch;
  let length = 0;
  let node = 0;
  /** Since the last symbol: how many bits, and whether all were ones. */
  let pending = 0;
  let ones = true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (byte >>> shift) & 1;
      const next = tree[2 * node + bit] as number;
      if (next >= 0) {
        node = next;
        pending++;
        if (bit === 0) ones = false;
        continue;
      }
      const symbol = ~next;
      if (symbol === EOS) return undefined;
      out[length++] = symbol;
      node = 0;
      pending = 0;
      ones = true;
    }
  }
  return pending > 7 || !ones ? undefined : out.toString("latin1", 0, length);
}
