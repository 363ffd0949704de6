import { expect, test } from "vitest";
import { mean, quantile, upperHalfMean } from "./numbers.js";
import { formatMs, formatNumber, formatPercent, listNames, plural, possessive, shorten } from "./text.js";

test("quantiles interpolate as k6 and numpy do", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([10, 20, 30, 40, 50], 0.95)).toBe(48);
  expect([quantile([7], 0.9), quantile([], 0.9), mean([])]).toEqual([7, 0, 0]);
});

test("the busier half of a gauge", () => {
  expect(upperHalfMean([0, 0, 0.8, 1])).toBe(0.9);
  expect(upperHalfMean([])).toBe(0);
});

test("numbers read well", () => {
  expect([0, 0.34, 9.94, 38.2, 999, 1234, 12_345].map(formatMs)).toEqual([
    "0 ms",
    "0.3 ms",
    "9.9 ms",
    "38 ms",
    "999 ms",
    "1.2 s",
    "12 s",
  ]);
  expect([0, 0.004, 0.713, 1].map(formatPercent)).toEqual(["0 %", "0.4 %", "71 %", "100 %"]);
  expect([40, 3.214, 0.345, 1234.5].map(formatNumber)).toEqual(["40", "3.21", "0.34", "1235"]);
  expect([plural(1, "query", "queries"), plural(2, "query", "queries")]).toEqual(["1 query", "2 queries"]);
  expect([listNames(["a"]), listNames(["a", "b"]), listNames(["a", "b", "c"])]).toEqual([
    "a",
    "a and b",
    "a, b and 1 more",
  ]);
  expect([possessive("orders"), possessive("gateway"), shorten("abcdef", 4)]).toEqual(["orders'", "gateway's", "abc…"]);
});
