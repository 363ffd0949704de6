import type { FloatHistogram } from "@venturi/promql";
import { describe, expect, test } from "vitest";
import { histogramProblem } from "./histogram-problem.js";

const good: FloatHistogram = {
  schema: 0,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 4,
  sum: 5,
  positiveSpans: [{ offset: -2, length: 2 }],
  negativeSpans: [],
  positiveBuckets: Float64Array.of(1, 2),
  negativeBuckets: new Float64Array(0),
  counterResetHint: 0,
};
const custom: FloatHistogram = {
  ...good,
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  positiveSpans: [{ offset: 0, length: 2 }],
  customValues: Float64Array.of(1, 2),
};

test("good ones", () => {
  expect(histogramProblem(good, true)).toBeUndefined();
  expect(histogramProblem(custom, true)).toBeUndefined();
  expect(histogramProblem({ ...custom, customValues: Float64Array.of(1) }, true)).toBeUndefined();
  expect(histogramProblem({ ...good, count: 9 }, false)).toBeUndefined();
  expect(histogramProblem({ ...good, count: 9, sum: Number.NaN }, true)).toBeUndefined();
});

describe("bad ones, in Prometheus' words", () => {
  const spans = [
    { offset: 0, length: 1 },
    { offset: -1, length: 1 },
  ];
  test.each<[FloatHistogram, RegExp]>([
    [{ ...good, schema: 9 }, /^histogram has an invalid schema, .* got schema 9$/],
    [{ ...good, schema: -5 }, /got schema -5$/],
    [{ ...good, positiveSpans: spans }, /^positive side: span number 2 with offset -1: /],
    [{ ...good, positiveBuckets: Float64Array.of(1) }, /^positive side: spans need 2 buckets, have 1 buckets: /],
    [{ ...good, negativeBuckets: Float64Array.of(1) }, /^negative side: spans need 0 buckets, have 1 buckets: /],
    [
      { ...good, positiveBuckets: Float64Array.of(1, -2) },
      /^positive side: bucket number 2 has observation count of -2: /,
    ],
    [{ ...good, zeroCount: -1 }, /^zero bucket has observation count of -1: /],
    [{ ...good, count: -1 }, /^observation count is {2}-1: /],
    [{ ...good, customValues: Float64Array.of(1) }, /^histogram with exponential schema must not have custom bounds$/],
    [{ ...good, count: 5 }, /^4 observations found in buckets, but the Count field is 5: .* should equal /],
    [{ ...good, count: 3, sum: Number.NaN }, /^4 observations .* is 3: .* should be at least /],
    [
      { ...custom, customValues: Float64Array.of(2, 1) },
      /^custom buckets: previous bound is 2\.000000 and current is 1\.000000: /,
    ],
    [
      { ...custom, customValues: Float64Array.of(1, Number.NaN) },
      /^custom buckets: histogram custom bounds must not be NaN$/,
    ],
    [{ ...custom, customValues: Float64Array.of(1, Infinity) }, /^custom buckets: last \+Inf bound must not be /],
    [{ ...custom, customValues: new Float64Array(0) }, /^custom buckets: only 0 custom bounds .* length of 2: /],
    [{ ...custom, positiveSpans: spans }, /^custom buckets: span number 2 with offset -1: /],
    [{ ...custom, zeroCount: 1 }, /^custom buckets: must have zero count of 0$/],
    [{ ...custom, zeroThreshold: 1 }, /^custom buckets: must have zero threshold of 0$/],
    [{ ...custom, negativeSpans: [{ offset: 0, length: 0 }] }, /^custom buckets: must not have negative spans$/],
    [{ ...custom, negativeBuckets: Float64Array.of(0) }, /^custom buckets: must not have negative buckets$/],
  ])("%#", (histogram, words) => expect(histogramProblem(histogram, true)).toMatch(words));
});
