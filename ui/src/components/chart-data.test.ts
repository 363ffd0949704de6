import { expect, test } from "vitest";
import { align, extent, shareAxis, union } from "./chart-data.js";

test("series are put on one grid of times, with gaps where they have no value", () => {
  const series = [
    { labels: {}, points: [[100, 1] as const, [120, 3] as const] },
    { labels: {}, points: [[110.0004, Number.NaN] as const, [120, 5] as const] },
  ];
  expect(align(series, { startS: 100, endS: 125, stepS: 10 })).toEqual([
    [100, 110, 120],
    [1, null, 3],
    [null, null, 5],
  ]);
});

test("the extent of the values", () => {
  expect(
    extent([
      [null, 2],
      [-1, null],
    ]),
  ).toEqual([-1, 2]);
  expect(extent([[null]])).toEqual([0, 1]);
  expect(union([0, 1], [-2, 0.5])).toEqual([-2, 1]);
});

test("exemplars are on the axis of the lines when their numbers fit to it", () => {
  const exemplars = [0.02, 0.05, 0.3].map((value) => ({ value, timeS: 0, traceId: "a", series: {} }));
  expect(shareAxis(exemplars, [0.01, 0.2])).toBe(true);
  expect(shareAxis(exemplars, [10, 50])).toBe(false);
  expect(shareAxis(exemplars, [0.0001, 0.0002])).toBe(false);
});
