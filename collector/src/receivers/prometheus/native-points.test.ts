import type { PrometheusHistogram, PrometheusSpan } from "@venturi/otlp";
import { expect, test } from "vitest";
import { denseBuckets, denseLength, limitResolution, schemaForFactor } from "./native-points.js";

const spans: PrometheusSpan[] = [
  { offset: -2, length: 3 },
  { offset: 2, length: 2 },
];
const counts = Float64Array.of(1, 2, 3, 4, 5);

test("spans become dense buckets, numbered by their lower bound", () => {
  expect(denseBuckets(spans, counts)).toEqual({ offset: -3, bucketCounts: [1, 2, 3, 0, 0, 4, 5] });
  expect(denseLength(spans)).toBe(7);
  expect(denseBuckets([], new Float64Array(0))).toEqual({ offset: 0, bucketCounts: [] });
  expect(denseLength([{ offset: 2_000_000_000, length: 1 }])).toBe(1);
});

const histogram: PrometheusHistogram = {
  schema: 2,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 15,
  sum: 1,
  positiveSpans: spans,
  negativeSpans: [],
  positiveBuckets: counts,
  negativeBuckets: new Float64Array(0),
  counterResetHint: 0,
};

test("a limit on buckets makes a histogram coarser, and only as coarse as it must be", () => {
  expect(limitResolution(histogram, 5, 8)).toBe(histogram);
  // Bucket i of schema 2 lies in bucket ceil(i / 2) of schema 1: -2 → -1, -1 → 0, 0 → 0, 3 → 2, 4 → 2.
  expect(limitResolution(histogram, 4, 8)).toMatchObject({
    schema: 1,
    positiveSpans: [
      { offset: -1, length: 2 },
      { offset: 1, length: 1 },
    ],
    positiveBuckets: Float64Array.of(1, 5, 9),
  });
  expect(limitResolution(histogram, 0, 0)).toMatchObject({ schema: 0, positiveBuckets: Float64Array.of(6, 9) });
  expect(limitResolution({ ...histogram, negativeSpans: spans, negativeBuckets: counts }, 1, 8)).toBeUndefined();
});

test.each([
  [0, 8],
  [1.0001, 8],
  [1.1, 2],
  [1.5, 0],
  [2, 0],
  [4, -1],
  [1e9, -4],
])("buckets that grow by %d: schema %d", (factor, schema) => {
  expect(schemaForFactor(factor)).toBe(schema);
});
