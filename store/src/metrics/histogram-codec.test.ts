import { isStaleNaN, staleNaN } from "@venturi/otlp";
import type { FloatHistogram } from "@venturi/promql";
import { expect, test } from "vitest";
import { decodeChunk, encodeChunk } from "./chunk-codec.js";

const base: FloatHistogram = {
  schema: 3,
  zeroThreshold: 2.938735877055719e-39,
  zeroCount: 1,
  count: 9,
  sum: 12.5,
  positiveSpans: [
    { offset: -3, length: 2 },
    { offset: 4, length: 1 },
  ],
  negativeSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: Float64Array.of(3, 4, 0),
  negativeBuckets: Float64Array.of(1),
  counterResetHint: 2,
};

function roundTrip(histograms: readonly FloatHistogram[]): number {
  const times = Float64Array.from(histograms, (_, index) => index * 15_000);
  const bytes = encodeChunk({ times, values: new Float64Array(times.length), histograms });
  const decoded = decodeChunk(bytes);
  expect(decoded.times).toEqual(times);
  expect(decoded.histograms).toEqual(histograms);
  return bytes.length;
}

test("keeps schema, spans, counts, bounds and hints", () => {
  const grown = { ...base, count: 12, positiveBuckets: Float64Array.of(5, 4, 1), counterResetHint: 0 as const };
  const rescaled = { ...base, schema: -4, positiveSpans: [], positiveBuckets: new Float64Array(0) };
  const fractions = { ...base, count: 0.5, zeroCount: -0, positiveBuckets: Float64Array.of(0.25, Number.NaN, 2 ** 60) };
  const custom = {
    ...base,
    schema: -53,
    zeroThreshold: 0,
    negativeSpans: [],
    negativeBuckets: new Float64Array(0),
    customValues: Float64Array.of(0.1, 0.5, 2.5),
  };
  const noBounds = { ...custom, customValues: new Float64Array(0) };
  roundTrip([base]);
  roundTrip([base, grown, base, rescaled, rescaled, fractions, fractions, base, custom, custom, noBounds, base]);
});

test("a stale one comes out as one", () => {
  const stale = { ...base, sum: staleNaN };
  const times = Float64Array.of(1, 2);
  const bytes = encodeChunk({ times, values: new Float64Array(2), histograms: [base, stale] });
  const sums = decodeChunk(bytes).histograms?.map((histogram) => isStaleNaN(histogram?.sum ?? 0));
  expect(sums).toEqual([false, true]);
});

test("a histogram that grows slowly takes few bytes", () => {
  const histograms = Array.from({ length: 100 }, (_, index) => ({
    ...base,
    count: 9 + index,
    sum: 12.5 + index,
    positiveBuckets: Float64Array.of(3 + index, 4, 0),
  }));
  expect(roundTrip(histograms) / 100).toBeLessThan(18);
});
