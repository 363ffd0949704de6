import { expect, test } from "vitest";
import { EvenShare } from "./even-share.js";

test.each([
  [0, 0],
  [0.05, 5],
  [0.3, 30],
  [0.95, 95],
  [1, 100],
])("a share of %d picks %d of 100, evenly", (share, expected) => {
  const picker = new EvenShare();
  const picked = Array.from({ length: 100 }, () => picker.next(share));
  expect(picked.filter(Boolean)).toHaveLength(expected);
  expect(Math.abs(picked.slice(0, 20).filter(Boolean).length - expected / 5)).toBeLessThanOrEqual(1);
});
