import { expect, test } from "vitest";
import { hashThreshold, SaltedHash } from "./trace-id-hash.js";

/** FNV-1a as its authors write it. */
function fnv1a(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

test("the hash of halves is FNV-1a of 64 bits", () => {
  let state = 1;
  const word = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
  const cases = [[0, 0, 0, 0] as const, [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff] as const];
  const random = Array.from({ length: 500 }, () => [word(), word(), word(), word()] as const);
  for (const salt of ["default-hash-seed", "", "sälz"]) {
    const hash = new SaltedHash(salt);
    for (const words of [...cases, ...random]) {
      const id = Buffer.alloc(16);
      words.forEach((one, index) => void id.writeUInt32BE(one, index * 4));
      hash.of(...words);
      const [high = 0, low = 0] = hash.result;
      expect((BigInt(high) << 32n) | BigInt(low)).toBe(fnv1a(Buffer.concat([Buffer.from(salt), id])));
    }
  }
});

test.each([
  [0, 0n],
  [-1, 0n],
  [1, 2n ** 64n - 1n],
  [7, 2n ** 64n - 1n],
  // The product is halfway between two multiples of 64 significant bits and goes to the even one.
  [0.5, 2n ** 63n - 1n],
  [0.25, 2n ** 62n - 1n],
  // 0.05 is 3602879701896397 / 2^56: computed by hand with exact fractions.
  [0.05, (3602879701896397n * (2n ** 64n - 1n)) >> 56n],
])("the threshold of %d is %d", (ratio, threshold) => expect(hashThreshold(ratio)).toBe(threshold));
