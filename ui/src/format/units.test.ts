import { expect, test } from "vitest";
import { duration, percent, rate } from "./units.js";

test.each([
  [0, "0 µs"],
  [532.4, "532 µs"],
  [999.6, "1 ms"],
  [12_340, "12.3 ms"],
  [999_600, "1 s"],
  [1_240_000, "1.24 s"],
  [59_999_000, "1 min 0 s"],
  [125_000_000, "2 min 5 s"],
  [Number.NaN, "–"],
])("duration(%d) is %s", (us, text) => {
  expect(duration(us)).toBe(text);
});

test.each([
  [0, "0"],
  [0.0333, "0.033"],
  [12.5, "12.5"],
  [100, "100"],
  [1239.6, "1,240"],
])("rate(%d) is %s", (value, text) => {
  expect(rate(value)).toBe(text);
});

test.each([
  [0, "0 %"],
  [0.00001, "< 0.01 %"],
  [0.0025, "0.25 %"],
  [1, "100 %"],
])("percent(%d) is %s", (share, text) => {
  expect(percent(share)).toBe(text);
});
