import { expect, test } from "vitest";
import { bounds, readTimeRange, shifted, stepOf, timeRangeQuery, widened } from "./time-range.js";

const read = (text: string) => readTimeRange(new URLSearchParams(text), "15m");

test.each([
  ["", { kind: "last", range: "15m", seconds: 900 }],
  ["range=6h", { kind: "last", range: "6h", seconds: 21_600 }],
  ["range=1y", { kind: "last", range: "15m", seconds: 900 }],
  ["start=100&end=200.5", { kind: "fixed", startS: 100, endS: 200.5 }],
  ["start=200&end=100&range=1h", { kind: "last", range: "1h", seconds: 3600 }],
  ["start=x&end=100", { kind: "last", range: "15m", seconds: 900 }],
])("%j is read as a range of time", (text, range) => {
  expect(read(text)).toEqual(range);
});

test("what an address says is read back from it", () => {
  for (const text of ["range=6h&start=&end=", "range=&start=100&end=200.125"]) {
    expect(new URLSearchParams(timeRangeQuery(read(text))).toString()).toBe(text);
  }
});

test("a range moves and widens by its own length", () => {
  const range = read("start=1000&end=1100");
  expect(shifted(range, -0.5)).toEqual({ kind: "fixed", startS: 950, endS: 1050 });
  expect(widened(range)).toEqual({ kind: "fixed", startS: 950, endS: 1150 });
  expect(bounds(read("range=15m"), 10_000)).toEqual({ startS: 9100, endS: 10_000 });
});

test("a graph has about 250 points, a second apart or more", () => {
  expect(stepOf({ startS: 0, endS: 60 })).toBe(1);
  expect(stepOf({ startS: 0, endS: 604_800 })).toBe(2420);
});
