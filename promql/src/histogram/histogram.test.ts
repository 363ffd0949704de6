import { describe, expect, test } from "vitest";
import { parseHistogram } from "../conformance/histogram-description.js";
import { at, failureAt, over, sourceOf } from "../testing/evaluate.js";
import { combine, divide, isSameHistogram, multiply } from "./arithmetic.js";
import { formatHistogram, toApiHistogram } from "./buckets.js";
import type { FloatHistogram } from "./float-histogram.js";
import { isCounterReset } from "./reset.js";
import { histogramFraction, histogramQuantile } from "./statistics.js";
import { HistogramMean, HistogramSum } from "./total.js";
import { trim } from "./trim.js";

const h = (text: string): FloatHistogram => parseHistogram(`{{${text}}}`).histogram;

describe("addition", () => {
  const cases: readonly [string, string, string, string][] = [
    [
      "one schema",
      "count:3 sum:3 buckets:[1 2]",
      "count:1 sum:2 offset:1 buckets:[1]",
      "{count:4, sum:5, (0.5,1]:1, (1,2]:3}",
    ],
    ["a gap", "count:1 buckets:[1]", "count:1 offset:3 buckets:[1]", "{count:2, sum:0, (0.5,1]:1, (4,8]:1}"],
    [
      "two schemas",
      "schema:1 count:3 buckets:[1 1 1]",
      "schema:0 count:2 buckets:[2]",
      "{count:5, sum:0, (0.5,1]:3, (1,2]:2}",
    ],
    [
      "two zero buckets: the wider one, up to the end of a populated bucket",
      "count:2 z_bucket:1 z_bucket_w:0.6 offset:1 buckets:[1]",
      "count:3 z_bucket:1 z_bucket_w:0.1 buckets:[2]",
      "{count:5, sum:0, [-1,1]:4, (1,2]:1}",
    ],
    [
      "custom bounds: the common ones",
      "schema:-53 count:4 custom_values:[1 2 5] buckets:[1 1 1 1]",
      "schema:-53 count:2 custom_values:[1 5] buckets:[1 1]",
      "{count:6, sum:0, [-Inf,1]:2, (1,5]:3, (5,+Inf]:1}",
    ],
  ];
  test.each(cases)("%s", (_name, left, right, sum) => {
    const { value } = combine(h(left), h(right), 1);
    expect(formatHistogram(value!)).toBe(sum);
    const total = new HistogramSum(h(left));
    total.add(h(right));
    expect(formatHistogram(total.result(true))).toBe(sum);
  });

  test("exponential and custom buckets do not mix", () => {
    const { value, outcome } = combine(
      h("count:1 buckets:[1]"),
      h("schema:-53 count:1 custom_values:[1] buckets:[1]"),
      1,
    );
    expect({ value, isIncompatible: outcome.isIncompatible }).toEqual({ value: undefined, isIncompatible: true });
  });

  test("what rounding loses is kept", () => {
    const total = new HistogramSum(h("count:1 sum:1e100 buckets:[1]"));
    for (const sum of ["1", "-1e100"]) total.add(h(`count:1 sum:${sum} buckets:[1]`));
    expect(total.result(true).sum).toBe(1);
  });

  test("a mean does not overflow", () => {
    const mean = new HistogramMean(h("count:1e308 sum:1e308 buckets:[1e308]"));
    for (let i = 0; i < 3; i++) mean.add(h("count:1e308 sum:1e308 buckets:[1e308]"));
    const { count, sum, positiveBuckets } = mean.result(true);
    for (const value of [count, sum, positiveBuckets[0]]) expect(value).toBeCloseTo(1e308, -296);
  });
});

test("scaling: a negative factor makes a gauge, division by 0 leaves no buckets", () => {
  expect(multiply(h("count:2 sum:3 buckets:[2]"), -1)).toMatchObject({ count: -2, sum: -3, counterResetHint: 3 });
  expect(formatHistogram(divide(h("count:2 sum:3 buckets:[2]"), 0))).toBe("{count:+Inf, sum:+Inf}");
});

test("equality looks at data, not at how spans are cut", () => {
  const whole = h("count:3 buckets:[1 2]");
  const cut = {
    ...whole,
    positiveSpans: [
      { offset: 0, length: 1 },
      { offset: 0, length: 1 },
    ],
  };
  expect(isSameHistogram(whole, cut)).toBe(true);
  expect(isSameHistogram(whole, h("count:3 offset:1 buckets:[1 2]"))).toBe(false);
});

describe("counter resets", () => {
  const cases: readonly [string, string, string, boolean][] = [
    ["growth", "count:3 buckets:[1 2]", "count:2 buckets:[1 1]", false],
    ["a lower bucket", "count:3 buckets:[0 3]", "count:2 buckets:[1 1]", true],
    ["a lost bucket", "count:3 offset:1 buckets:[3]", "count:2 buckets:[1 1]", true],
    ["a finer schema", "schema:1 count:3 buckets:[3]", "count:2 buckets:[2]", true],
    ["a coarser schema", "count:3 buckets:[3]", "schema:1 count:2 buckets:[1 1]", true],
    ["the hint", "count:3 buckets:[3] counter_reset_hint:reset", "count:2 buckets:[2]", true],
    ["the hint against", "count:1 buckets:[1] counter_reset_hint:not_reset", "count:2 buckets:[2]", false],
    ["a narrower zero bucket", "count:3 z_bucket:3", "count:2 z_bucket:2 z_bucket_w:1", true],
  ];
  test.each(cases)("%s", (_name, now, before, isReset) => expect(isCounterReset(h(now), h(before))).toBe(isReset));
});

test("quantiles and fractions", () => {
  const exponential = h("count:4 sum:5 z_bucket:2 z_bucket_w:0.001 buckets:[1 1]");
  expect(histogramQuantile(1, exponential).value).toBe(2);
  expect(histogramQuantile(0.25, exponential).value).toBeCloseTo(0.0005, 12);
  expect(histogramFraction(1, 2, exponential).value).toBe(0.25);
  const custom = h("schema:-53 count:2 sum:5 custom_values:[5 10] buckets:[1 1]");
  expect(histogramQuantile(0.75, custom).value).toBe(7.5);
  expect(histogramQuantile(0.5, h("count:2 sum:NaN buckets:[1]"))).toEqual({ value: 1, nanEffect: "skew" });
});

test("trimming", () => {
  const custom = h("schema:-53 count:4 sum:20 custom_values:[5 10] buckets:[1 2 1]");
  expect(formatHistogram(trim(custom, 7.5, true))).toBe("{count:2, sum:8.75, [-Inf,5]:1, (5,10]:1}");
  expect(trim(custom, Infinity, true)).toBe(custom);
});

test("the HTTP API's form names what belongs to a bucket", () => {
  expect(toApiHistogram(h("count:4 sum:5 z_bucket:1 z_bucket_w:0.25 buckets:[1 0 1] n_buckets:[1]"))).toEqual({
    count: "4",
    sum: "5",
    buckets: [
      [1, "-1", "-0.5", "1"],
      [3, "-0.25", "0.25", "1"],
      [0, "0.5", "1", "1"],
      [0, "2", "4", "1"],
    ],
  });
});

describe("queries", () => {
  const source = sourceOf(
    'n{job="a"} {{count:1 sum:1 buckets:[1]}}+{{count:1 sum:2 buckets:[0 1]}}x10',
    'n{job="b"} {{count:2 sum:1 buckets:[2]}}x10',
    "mixed 1 2 {{count:2 sum:1 buckets:[2]}} {{count:2 sum:1 buckets:[2]}}",
  );
  const cases: readonly [string, string[]][] = [
    ["histogram_count(sum(n))", ["{} 13"]],
    ['histogram_avg(n{job="b"})', ['{job="b"} 0.5']],
    ['histogram_sum(increase(n{job="a"}[5m]))', ['{job="a"} 10']],
    ["count(n)", ["{} 2"]],
    ["max(n)", []],
    ["abs(n)", []],
    ["n + 1", []],
    ['changes(n{job="a"}[5m])', ['{job="a"} 4']],
    ["count_over_time(mixed[10m])", ["{} 3"]],
    ["max_over_time(mixed[10m])", ["{} 2"]],
    ["rate(mixed[10m])", []],
    ['histogram_count(n{job="a"} * 2)', ['{job="a"} 22']],
    ['n{job="b"} == bool n{job="b"}', ['{job="b"} 1']],
    ['count_values("v", n{job="b"})', ['{v="{count:2, sum:1, (0.5,1]:2}"} 1']],
  ];
  test.each(cases)("%s", async (query, expected) => expect(await at(10, query, source)).toEqual(expected));

  test("over a range", async () => {
    expect(await over(0, 3, 'histogram_count(n{job="a"})', source)).toEqual(['{job="a"} 1 2 3 4']);
    expect(await failureAt(10, "mixed[10m] smoothed", source)).toContain(
      "smoothed modifier is not supported with histograms",
    );
  });
});
