import { expect, test } from "vitest";
import {
  formatGoDuration,
  parseGoBool,
  parseGoDuration,
  parseGoFloat,
  parseGoHex,
  parseGoInt,
  parseGoTime,
} from "./go-text.js";

test.each([
  ["0", 0n],
  ["1ns", 1n],
  ["1.5s", 1_500_000_000n],
  ["1h2m3s4ms5us6ns", 3_723_004_005_006n],
  ["-2µs", -2000n],
  ["+.5s", 500_000_000n],
  ["1.s", 1_000_000_000n],
])("the duration %s", (text, ns) => {
  expect(parseGoDuration(text)).toBe(ns);
});

test.each([
  ["", 'time: invalid duration ""'],
  ["5", 'time: missing unit in duration "5"'],
  ["5x", 'time: unknown unit "x" in duration "5x"'],
  ["s", 'time: invalid duration "s"'],
  [".", 'time: invalid duration "."'],
  ["9999999999h", 'time: invalid duration "9999999999h"'],
])("no duration: %s", (text, message) => {
  expect(() => parseGoDuration(text)).toThrow(message);
});

test.each([
  [0n, "0s"],
  [7n, "7ns"],
  [1500n, "1.5µs"],
  [2_000_000n, "2ms"],
  [-1_500_000_000n, "-1.5s"],
  [60_000_000_000n, "1m0s"],
  [3_661_500_000_000n, "1h1m1.5s"],
])("%s ns as Go writes it", (ns, text) => {
  expect(formatGoDuration(ns)).toBe(text);
});

test("times", () => {
  expect(parseGoTime("2026-01-01T00:00:00Z")).toBe(1_767_225_600_000_000_000n);
  expect(parseGoTime("2026-01-01T01:00:00.123456789+01:00")).toBe(1_767_225_600_123_456_789n);
  expect(() => parseGoTime("2026-02-30T00:00:00Z")).toThrow('parsing time "2026-02-30T00:00:00Z": day out of range');
  expect(() => parseGoTime("2026-01-01")).toThrow('cannot parse "" as "T"');
  expect(() => parseGoTime("2026-01-01T00:00:00Zx")).toThrow('extra text: "x"');
});

test("numbers and booleans", () => {
  expect(parseGoInt("-5")).toBe(-5n);
  expect(() => parseGoInt("2147483648", 32)).toThrow("value out of range");
  expect(() => parseGoInt("1.5")).toThrow('strconv.ParseInt: parsing "1.5": invalid syntax');
  expect(parseGoHex("00ABC")).toBe("0000000000000abc");
  expect(() => parseGoHex("0x1")).toThrow("invalid syntax");
  expect(parseGoFloat(".5")).toBe(0.5);
  expect(() => parseGoFloat("")).toThrow('strconv.ParseFloat: parsing "": invalid syntax');
  expect([parseGoBool("T"), parseGoBool("0")]).toEqual([true, false]);
  expect(() => parseGoBool("constructor")).toThrow("invalid syntax");
});
