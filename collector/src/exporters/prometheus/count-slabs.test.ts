import { expect, test } from "vitest";
import { CountSlabs } from "./count-slabs.js";

test("rows are apart, are used again, and slabs without rows are forgotten", () => {
  const slabs = new CountSlabs();
  const bounds = Float64Array.of(1, 2, 99);
  const slab = slabs.of(bounds, 2);
  expect(slabs.of(Float64Array.of(1, 2), 2)).toBe(slab);
  const rows = Array.from({ length: 40 }, () => slab.allocate());
  for (const row of rows) for (let bucket = 0; bucket < 3; bucket++) slab.set(row, bucket, row * 10 + bucket);
  expect(rows.map((row) => slab.get(row, 2))).toEqual(rows.map((row) => row * 10 + 2));
  slab.release(7);
  expect(slab.allocate()).toBe(7);
  const other = slabs.of(Float64Array.of(1, 3), 2);
  const row = other.allocate();
  expect(slabs.size).toBe(2);
  other.release(row);
  expect(slabs.size).toBe(1);
  expect(slabs.of(Float64Array.of(1, 3), 2)).not.toBe(other);
});
