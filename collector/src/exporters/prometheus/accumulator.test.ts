import { type Batch, type ExponentialHistogramPoint, MetricsBatchWriter, type Temporality } from "@venturi/otlp";
import { expect, test } from "vitest";
import { Accumulator, type AccumulatorOptions } from "./accumulator.js";
import { TextBuffer } from "./text-buffer.js";
import { renderText } from "./text-format.js";

const second = 1_000_000_000n;

function accumulator(options: Partial<AccumulatorOptions> = {}): Accumulator {
  return new Accumulator({
    strategy: "UnderscoreEscapingWithSuffixes",
    namespace: "",
    constLabels: {},
    scopeInfo: false,
    resourceToTelemetry: false,
    excludeServiceAttributes: false,
    expirationMs: 1000,
    metricLimit: 0,
    totalLimit: 0,
    ...options,
  });
}

/** The samples of an exposition, without comments. */
function samples(from: Accumulator): string[] {
  const chunks = renderText(from, new TextBuffer(), { openMetrics: false, timestamps: false, escaping: "underscores" });
  const text = Array.from(chunks, (chunk) => Buffer.from(chunk).toString()).join("");
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

function gauge(
  value: number,
  timeUnixNano: bigint,
  own: { flags?: number; attributes?: Record<string, string> } = {},
): Batch {
  const writer = new MetricsBatchWriter();
  writer.gauge({ name: "g" }, [{ attributes: own.attributes ?? {}, timeUnixNano, value, flags: own.flags ?? 0 }]);
  return writer.finish();
}

test("series expire, go stale, come back, and do not turn back in time", () => {
  const from = accumulator();
  from.update(gauge(1, 10n * second), 1);
  from.update(gauge(2, 5n * second), 1);
  from.expire(1001);
  expect(samples(from)).toEqual(["g 1"]);
  from.expire(1002);
  expect(samples(from)).toEqual([]);
  from.update(gauge(3, 20n * second), 2000);
  expect(samples(from)).toEqual(["g 3"]);
  from.update(gauge(0, 21n * second, { flags: 1 }), 2000);
  expect([samples(from), from.columns.aliveCount]).toEqual([[], 0]);
});

test("attributes in another order are the same series", () => {
  const from = accumulator();
  from.update(gauge(1, second, { attributes: { a: "1", b: "2" } }), 1);
  from.update(gauge(2, 2n * second, { attributes: { b: "2", a: "1" } }), 1);
  expect(samples(from)).toEqual(['g{a="1",b="2"} 2']);
});

test("memory of series that are gone is given back", () => {
  const from = accumulator();
  for (let round = 0; round < 30; round++) {
    const writer = new MetricsBatchWriter();
    const points = Array.from({ length: 1000 }, (_, index) => ({
      attributes: { id: `${round}-${index}` },
      timeUnixNano: second,
      value: index,
    }));
    writer.gauge({ name: "g" }, points).histogram(
      { name: "h" },
      { temporality: "cumulative" },
      points.slice(0, 100).map(({ value, ...point }) => ({
        ...point,
        count: value,
        explicitBounds: [1],
        bucketCounts: [value, 0],
      })),
    );
    from.update(writer.finish(), round * 2000 + 1);
    from.expire(round * 2000 + 2);
    expect(samples(from)).toHaveLength(1000 + 4 * 100);
  }
  expect(from.columns.size).toBeLessThan(15_000);
  expect(samples(from).filter((line) => line.startsWith('g{id="29-7"'))).toEqual(['g{id="29-7"} 7']);
});

/** A delta of one second that begins `start` seconds in. */
function delta(start: number, own: Partial<ExponentialHistogramPoint> = {}, temporality: Temporality = "delta"): Batch {
  const startTimeUnixNano = BigInt(start) * second;
  const times = { attributes: {}, startTimeUnixNano, timeUnixNano: startTimeUnixNano + second };
  const writer = new MetricsBatchWriter();
  writer.sum({ name: "s" }, { monotonic: true, temporality }, [{ ...times, value: 5n }]);
  writer.histogram({ name: "h" }, { temporality }, [
    { ...times, count: 2, sum: 3, explicitBounds: [1], bucketCounts: [1, 1] },
  ]);
  writer.exponentialHistogram({ name: "e" }, { temporality }, [
    {
      ...times,
      count: 4,
      sum: 8,
      scale: 1,
      zeroCount: 1,
      zeroThreshold: 0,
      positive: { offset: 1, bucketCounts: [1, 0, 2] },
      negative: { offset: 0, bucketCounts: [] },
      ...own,
    },
  ]);
  return writer.finish();
}

test("deltas that follow each other are added; after a gap counting begins anew; what overlaps is left out", () => {
  const from = accumulator();
  for (const start of [1, 2, 3]) from.update(delta(start), 1);
  const text = (times: number): string[] => [
    `e_bucket{le="+Inf"} ${4 * times}`,
    `e_sum ${8 * times}`,
    `e_count ${4 * times}`,
    `h_bucket{le="1"} ${times}`,
    `h_bucket{le="+Inf"} ${2 * times}`,
    `h_sum ${3 * times}`,
    `h_count ${2 * times}`,
    `s_total ${5 * times}`,
  ];
  expect(samples(from)).toEqual(text(3));
  expect(from.columns.exponentials.at(-1)).toMatchObject({
    zeroCount: 3,
    positive: { offset: 1, counts: Float64Array.of(3, 0, 6) },
  });
  from.update(delta(2), 1);
  expect(samples(from)).toEqual(text(3));
  from.update(delta(9), 1);
  expect(samples(from)).toEqual(text(1));
});

test("exponential deltas of different scales and zero buckets meet at the coarser and the wider", () => {
  const from = accumulator();
  from.update(delta(1, { positive: { offset: -4, bucketCounts: [1, 1, 1, 1, 1] }, count: 6 }), 1);
  from.update(delta(2, { scale: 0, zeroThreshold: 0.5, positive: { offset: 0, bucketCounts: [7] }, count: 8 }), 1);
  // Of the first, at scale 0: (1/4, 1/2] 2, which the zero bucket swallows, (1/2, 1] 2, (1, 2] 1.
  expect(from.columns.exponentials.at(-1)).toEqual({
    scale: 0,
    zeroThreshold: 0.5,
    zeroCount: 4,
    count: 14,
    sum: 16,
    isStale: false,
    positive: { offset: -1, counts: Float64Array.of(2, 8) },
    negative: { offset: 0, counts: new Float64Array(0) },
  });
});

test("what cannot be exposed is counted by reason", () => {
  const from = accumulator();
  const writer = new MetricsBatchWriter();
  const point = { attributes: {}, timeUnixNano: second, value: 1 };
  writer.sum({ name: "a" }, { monotonic: false, temporality: "delta" }, [point, point]);
  writer.sum({ name: "b" }, { monotonic: true, temporality: "unspecified" }, [point]);
  writer.gauge({ name: "..." }, [point]);
  expect(from.update(writer.finish(), 1)).toEqual([
    { reason: "non_monotonic_delta", count: 2 },
    { reason: "unspecified_temporality", count: 1 },
    { reason: "invalid_name", count: 1 },
  ]);
  expect(from.update(delta(1, { scale: -5 }), 1)).toEqual([{ reason: "unsupported_scale", count: 1 }]);
});
