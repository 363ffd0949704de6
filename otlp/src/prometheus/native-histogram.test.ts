import { describe, expect, it } from "vitest";
import type { ExponentialHistogramPoint } from "../model/metric.js";
import { isStaleNaN } from "../wire/stale-nan.js";
import { MetricsBatchWriter } from "../write/metrics-batch-writer.js";
import type { PrometheusHistogram, PrometheusOptions, PrometheusTranslation } from "./model.js";
import { toPrometheus } from "./to-prometheus.js";

const timeUnixNano = 1_700_000_000_000_000_000n;
const none = { offset: 0, bucketCounts: [] };
const point: ExponentialHistogramPoint = {
  attributes: {},
  timeUnixNano,
  count: 10,
  sum: 5,
  scale: 3,
  zeroCount: 1,
  zeroThreshold: 0,
  positive: none,
  negative: none,
};

function translate(own: Partial<ExponentialHistogramPoint>): PrometheusTranslation {
  const writer = new MetricsBatchWriter();
  writer.exponentialHistogram({ name: "e", unit: "s" }, { temporality: "cumulative" }, [{ ...point, ...own }]);
  return toPrometheus(writer.finish());
}

function native(own: Partial<ExponentialHistogramPoint>): PrometheusHistogram | undefined {
  return translate(own).series[0]?.histogram;
}

/** Index and count of each bucket that is not empty. */
function buckets(histogram: PrometheusHistogram | undefined): [index: number, count: number][] {
  const found: [number, number][] = [];
  let index = 0;
  let at = 0;
  for (const { offset, length } of histogram?.positiveSpans ?? []) {
    index += offset;
    for (let rest = length; rest > 0; rest--, index++) {
      const count = histogram?.positiveBuckets[at++] ?? 0;
      if (count > 0) found.push([index, count]);
    }
  }
  return found;
}

describe("exponential histograms become native ones", () => {
  it("numbers buckets by their upper bound and keeps count, sum and zero bucket", () => {
    const positive = { offset: -2, bucketCounts: [2, 0, 3] };
    const negative = { offset: 4, bucketCounts: [4] };
    expect(native({ positive, negative, zeroThreshold: 0.25 })).toEqual({
      schema: 3,
      zeroThreshold: 0.25,
      zeroCount: 1,
      count: 10,
      sum: 5,
      positiveSpans: [{ offset: -1, length: 3 }],
      negativeSpans: [{ offset: 5, length: 1 }],
      positiveBuckets: Float64Array.of(2, 0, 3),
      negativeBuckets: Float64Array.of(4),
      counterResetHint: 0,
    });
    expect(native({})).toMatchObject({ zeroThreshold: 1e-128, positiveSpans: [] });
  });

  it("starts a span after more than two empty buckets", () => {
    const histogram = native({ positive: { offset: 0, bucketCounts: [0, 1, 0, 0, 2, 0, 0, 0, 3, 0] } });
    expect(histogram?.positiveSpans).toEqual([
      { offset: 2, length: 4 },
      { offset: 3, length: 1 },
    ]);
    expect(histogram?.positiveBuckets).toEqual(Float64Array.of(1, 0, 0, 2, 3));
  });

  it.each([9, 10, 12, 20])("merges neighbours of scale %i until it is 8", (scale) => {
    const factor = 2 ** (scale - 8);
    for (const offset of [-5 * factor - 1, -1, 0, 3]) {
      const bucketCounts = Array.from({ length: 3 * factor }, (_, index) => (index % 5 === 0 ? index : 0));
      const expected = new Map<number, number>();
      bucketCounts.forEach((count, at) => {
        const index = Math.floor((offset + at) / factor) + 1;
        if (count > 0) expected.set(index, (expected.get(index) ?? 0) + count);
      });
      const histogram = native({ scale, positive: { offset, bucketCounts } });
      expect([histogram?.schema, buckets(histogram)]).toEqual([8, [...expected]]);
    }
  });

  it("merges what stands behind empty neighbours into one bucket", () => {
    expect(buckets(native({ scale: 9, positive: { offset: 0, bucketCounts: [0, 0, 1, 1] } }))).toEqual([[2, 2]]);
  });

  it("survives every scale and offset", () => {
    for (const scale of [-4, 8, 31, 2 ** 31 - 1]) {
      for (const offset of [-(2 ** 31), -1, 2 ** 31 - 2]) {
        const histogram = native({ scale, positive: { offset, bucketCounts: [1, 1] } });
        expect(buckets(histogram).reduce((sum, [, count]) => sum + count, 0)).toBe(2);
      }
    }
  });

  it("refuses a scale below -4 and a sender's delta", () => {
    expect(translate({ scale: -5 })).toMatchObject({
      series: [],
      dropped: [{ reason: "exponential histogram with a scale below -4", count: 1 }],
    });
  });

  it("is stale by its sum", () => {
    const histogram = native({ flags: 1, positive: { offset: 0, bucketCounts: [1] } });
    expect([isStaleNaN(histogram?.sum ?? 0), histogram?.count]).toEqual([true, 0]);
  });

  it("keeps all exemplars on the one series, and its family's name", () => {
    const exemplars = [3, 1].map((value) => ({ timeUnixNano, value }));
    const { series, families } = translate({ exemplars });
    expect(series[0]?.labels).toEqual([["__name__", "e_seconds"]]);
    expect(series[0]?.exemplars?.map(({ value }) => value)).toEqual([3, 1]);
    expect(families).toEqual([{ name: "e_seconds", type: "histogram", help: "", unit: "seconds" }]);
  });
});

describe("explicit histograms as native ones with custom buckets", () => {
  const options: PrometheusOptions = { explicitHistograms: "native" };
  const explicit = { attributes: {}, timeUnixNano, count: 6, sum: 9 };

  function custom(explicitBounds: number[], bucketCounts: number[], flags = 0): PrometheusHistogram | undefined {
    const writer = new MetricsBatchWriter();
    writer.histogram({ name: "h" }, { temporality: "cumulative" }, [
      { ...explicit, explicitBounds, bucketCounts, flags },
    ]);
    return toPrometheus(writer.finish(), options).series[0]?.histogram;
  }

  it("keeps bounds and counts", () => {
    expect(custom([0.1, 1, 10], [0, 2, 0, 4])).toEqual({
      schema: -53,
      zeroThreshold: 0,
      zeroCount: 0,
      count: 6,
      sum: 9,
      positiveSpans: [{ offset: 1, length: 3 }],
      negativeSpans: [],
      positiveBuckets: Float64Array.of(2, 0, 4),
      negativeBuckets: new Float64Array(0),
      customValues: Float64Array.of(0.1, 1, 10),
      counterResetHint: 0,
    });
  });

  it("is stale by its sum", () => expect(isStaleNaN(custom([1], [1, 1], 1)?.sum ?? 0)).toBe(true));

  it("needs buckets: a histogram of only count and sum stays classic", () => {
    expect(custom([], [])).toBeUndefined();
  });
});
