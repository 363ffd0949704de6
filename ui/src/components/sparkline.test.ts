import { expect, test } from "vitest";
import { sparkPath } from "./sparkline.js";

test("a sparkline goes from zero to its highest value, with gaps", () => {
  const points = [[0, 0] as const, [5, 4] as const, [10, Number.NaN] as const, [20, 2] as const];
  expect(sparkPath(points, 0, 20)).toBe("M0.0 31.0L25.0 1.0M100.0 16.0");
  expect(sparkPath([], 0, 20)).toBe("");
  expect(sparkPath([[0, 0]], 0, 20)).toBe("M0.0 31.0");
});
