import { crc32 as zlibCrc32 } from "node:zlib";
import { expect, test } from "vitest";
import { crc32 } from "./crc32.js";
import { HashRing } from "./hash-ring.js";

test("crc32 is zlib's, at once and in parts", () => {
  const bytes = Buffer.from("The quick brown fox jumps over the lazy dog");
  expect(crc32(bytes)).toBe(zlibCrc32(bytes));
  expect(crc32(bytes, 10, bytes.length, crc32(bytes, 0, 10))).toBe(zlibCrc32(bytes));
});

test("the same points and owners as upstream's ring", () => {
  const ring = new HashRing(["endpoint-1", "endpoint-2"]);
  const of = (...start: number[]): string | undefined => {
    const id = new Uint8Array(16);
    id.set(start);
    return ring.endpoints[ring.ownerOf(crc32(id))];
  };
  expect([of(1, 2), of(128, 128)]).toEqual(["endpoint-1", "endpoint-2"]);
  // First points of each, as upstream's tests have them.
  for (const point of [1401, 4175, 14133, 17836, 21667]) expect(ring.ownerOf(point)).toBe(0);
  for (const point of [10240, 15002, 21263, 26806, 27020]) expect(ring.ownerOf(point)).toBe(1);
});

test("behind the last point comes the first; without endpoints there is no owner", () => {
  const ring = new HashRing(["a"]);
  expect([ring.ownerOf(0), ring.ownerOf(35_999)]).toEqual([0, 0]);
  expect(new HashRing([]).ownerOf(5)).toBe(-1);
});
