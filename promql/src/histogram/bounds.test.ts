import { expect, test } from "vitest";
import { exponentialBound } from "./bounds.js";

// From Prometheus' table of bounds, which is not rounded to nearest everywhere.
test.each([
  [3, 1, 2 * exponentialBound(1, 1)],
  [1, 2, 1.189207115002721],
  [-1, 2, 0.8408964152537144],
  [0, 3, 1],
  [10, 0, 1024],
  [1024, 0, Number.MAX_VALUE],
  [1025, 0, Infinity],
  [-1074, 0, 5e-324],
  [256, -2, Number.MAX_VALUE],
  [-1, -4, 2 ** -16],
  [4096, 2, Number.MAX_VALUE],
])("bound %i of schema %i", (index, schema, bound) => expect(exponentialBound(index, schema)).toBe(bound));
