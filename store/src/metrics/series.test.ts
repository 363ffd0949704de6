import { isStaleNaN, staleNaN } from "@venturi/otlp";
import type { FloatHistogram } from "@venturi/promql";
import { expect, test } from "vitest";
import { Series } from "./series.js";

function series(): Series {
  return new Series(1, [["__name__", "up"]]);
}

test("refuses what Prometheus refuses: older samples and another value for the same time", () => {
  const one = series();
  expect(one.append(1000, 1, false)).toBe("appended");
  expect(one.append(1000, 1, false)).toBe("duplicate");
  expect(one.append(1000, 2, false)).toBe("duplicate_timestamp");
  expect(one.append(999, 1, false)).toBe("out_of_order");
  expect(one.append(1001, Number.NaN, false)).toBe("appended");
  expect(one.append(1001, Number.NaN, false)).toBe("duplicate");
  expect(one.append(1001, staleNaN, true)).toBe("duplicate_timestamp");
  expect([...one.between(0, 2000).times]).toEqual([1000, 1001]);
});

test("a stale marker comes out as one", () => {
  const one = series();
  one.append(1, 5, false);
  one.append(2, Number.NaN, true);
  one.append(3, Number.NaN, false);
  expect([...one.between(0, 10).values].map(isStaleNaN)).toEqual([false, true, false]);
});

test("between is inclusive on both ends", () => {
  const one = series();
  for (let time = 10; time <= 50; time += 10) one.append(time, time, false);
  expect([...one.between(20, 40).times]).toEqual([20, 30, 40]);
  expect([...one.between(21, 39).times]).toEqual([30]);
  expect([...one.between(51, 90).times]).toEqual([]);
  expect([...one.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).times]).toHaveLength(5);
});

test("dropping samples leaves views that were handed out as they were", () => {
  const one = series();
  for (let time = 1; time <= 100; time++) one.append(time, time, false);
  const before = one.between(1, 100);
  expect(one.dropUntil(90)).toBe(90);
  one.append(101, 101, false);
  expect(before.times).toHaveLength(100);
  expect([...before.times.slice(88, 92)]).toEqual([89, 90, 91, 92]);
  expect([...one.between(0, 1000).times]).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101]);
});

const histogram: FloatHistogram = {
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  sum: 4.5,
  positiveSpans: [{ offset: 0, length: 1 }],
  negativeSpans: [],
  positiveBuckets: Float64Array.of(3),
  negativeBuckets: new Float64Array(0),
  counterResetHint: 0,
};

test("histograms and floats follow one another in one series", () => {
  const one = series();
  for (let time = 1; time <= 200; time++) {
    const result =
      time % 70 < 35 ? one.append(time, time, false) : one.appendHistogram(time, { ...histogram, count: time });
    expect(result).toBe("appended");
  }
  expect(one.appendHistogram(200, histogram)).toBe("duplicate_timestamp");
  expect(one.append(199, 1, false)).toBe("out_of_order");
  const { times, values, histograms } = one.between(30, 150);
  expect([...times]).toEqual(Array.from({ length: 121 }, (_, index) => 30 + index));
  times.forEach((time, index) => {
    if (time % 70 < 35) expect([values[index], histograms?.[index]]).toEqual([time, undefined]);
    else expect(histograms?.[index]?.count).toBe(time);
  });
  expect(one.between(1, 20).histograms).toBeUndefined();
});

test("a repeated histogram is recognised, also a stale one", () => {
  const one = series();
  expect(one.appendHistogram(1, histogram)).toBe("appended");
  expect(one.appendHistogram(1, { ...histogram })).toBe("duplicate");
  expect(one.append(1, 3, false)).toBe("duplicate_timestamp");
  expect(one.appendHistogram(2, { ...histogram, sum: staleNaN })).toBe("appended");
  expect(isStaleNaN(one.between(2, 2).histograms?.[0]?.sum ?? 0)).toBe(true);
});
