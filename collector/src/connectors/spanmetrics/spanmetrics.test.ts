import {
  type Batch,
  ByteTable,
  forEachMetric,
  type HistogramPoint,
  type Metric,
  type NumberPoint,
  readBatch,
} from "@venturi/otlp";
import { expect, test } from "vitest";
import type { Outcome } from "../../component.js";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import { requestBytes, type TestSpan, tracesBatch } from "../../testing/telemetry.test.fixture.js";
import { spanMetricsConnector } from "./spanmetrics.js";

interface Flush {
  readonly metrics: { readonly metric: Metric; readonly resource: Record<string, unknown> }[];
}

/** Sends spans through the connector and answers what it flushes at shutdown. */
async function run(
  config: object,
  batches: readonly (readonly TestSpan[] | Batch)[],
): Promise<Flush & { host: TestHost }> {
  const host = testHost("connector", "spanmetrics");
  const flushed: Batch[] = [];
  const next = { consume: (batch: Batch): Outcome => void flushed.push(batch) };
  const connector = spanMetricsConnector.create(
    spanMetricsConnector.schema.parse(config),
    "traces",
    "metrics",
    next,
    host,
  );
  await connector.start();
  for (const batch of batches) {
    expect(connector.consume("signal" in batch ? batch : tracesBatch(batch as TestSpan[]))).toBeUndefined();
  }
  await connector.shutdown();
  const metrics: Flush["metrics"] = [];
  for (const batch of flushed) {
    forEachMetric(
      batch,
      (metric, _scope, resource) => void metrics.push({ metric, resource: resource.attributes.toObject() }),
    );
  }
  return { metrics, host };
}

const named = (flush: Flush, name: string): Metric[] =>
  flush.metrics.filter(({ metric }) => metric.name === name).map(({ metric }) => metric);
const calls = (flush: Flush): NumberPoint[] =>
  named(flush, "traces.span.metrics.calls").flatMap(({ points }) => points as NumberPoint[]);
const durations = (flush: Flush): HistogramPoint[] =>
  named(flush, "traces.span.metrics.duration").flatMap(({ points }) => points as HistogramPoint[]);

test("calls and durations by service, name, kind and status", async () => {
  const flush = await run({}, [
    [
      { name: "a", durationMs: 3 },
      { name: "a", durationMs: 30 },
    ],
    [
      { name: "a", durationMs: 3, status: 2 },
      { name: "b", kind: 3, durationMs: 20_000 },
      { name: "a", service: "other" },
    ],
  ]);
  const counted = calls(flush).map(({ attributes, value }) => [
    attributes["service.name"],
    attributes["span.name"],
    attributes["span.kind"],
    attributes["status.code"],
    Number(value),
  ]);
  expect(counted).toEqual([
    ["shop", "a", "SPAN_KIND_SERVER", "STATUS_CODE_UNSET", 2],
    ["shop", "a", "SPAN_KIND_SERVER", "STATUS_CODE_ERROR", 1],
    ["shop", "b", "SPAN_KIND_CLIENT", "STATUS_CODE_UNSET", 1],
    ["other", "a", "SPAN_KIND_SERVER", "STATUS_CODE_UNSET", 1],
  ]);
});

test("explicit buckets are the Collector's, bounds belong to their bucket", async () => {
  const flush = await run({}, [[2, 2.000001, 15_000, 15_001, 0].map((durationMs) => ({ durationMs }))]);
  const [point] = durations(flush);
  expect(point?.explicitBounds).toEqual([
    2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000,
  ]);
  expect(point?.bucketCounts.map(Number)).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect([Number(point?.count), point?.sum]).toEqual([5, 2 + 2.000001 + 15_000 + 15_001]);
  expect(named(flush, "traces.span.metrics.duration")[0]).toMatchObject({ unit: "ms", temporality: "cumulative" });
});

test("dimensions come from the span, then the resource, then the default", async () => {
  const config = { dimensions: [{ name: "http.route", default: "none" }, { name: "region" }, { name: "code" }] };
  const flush = await run(config, [
    [
      { attributes: { "http.route": "/a", code: 200 }, resource: { region: "eu" } },
      { attributes: { region: "us" }, resource: { region: "eu" } },
      { attributes: { "http.route": "none", region: "us" }, resource: { region: "eu" } },
    ],
  ]);
  const pick = (point: NumberPoint) => [
    point.attributes["http.route"],
    point.attributes.region,
    point.attributes.code,
    Number(point.value),
  ];
  expect(calls(flush).map(pick)).toEqual([
    ["/a", "eu", 200, 1],
    ["none", "us", undefined, 2],
  ]);
});

test("excluded dimensions do not part series", async () => {
  const flush = await run({ exclude_dimensions: ["span.name", "collector.instance.id"] }, [
    [{ name: "a" }, { name: "b" }],
  ]);
  expect(calls(flush).map(({ attributes, value }) => [attributes, Number(value)])).toEqual([
    [{ "service.name": "shop", "span.kind": "SPAN_KIND_SERVER", "status.code": "STATUS_CODE_UNSET" }, 2],
  ]);
});

test("dimensions of calls and of durations may differ", async () => {
  const config = { calls_dimensions: [{ name: "x" }], histogram: { dimensions: [{ name: "y" }] } };
  const flush = await run(config, [[{ attributes: { x: 1, y: 1 } }, { attributes: { x: 2, y: 1 } }]]);
  expect(calls(flush).map(({ attributes }) => [attributes.x, attributes.y])).toEqual([
    [1, undefined],
    [2, undefined],
  ]);
  expect(durations(flush).map(({ attributes, count }) => [attributes.x, attributes.y, Number(count)])).toEqual([
    [undefined, 1, 2],
  ]);
});

test("seconds, and no histogram", async () => {
  const seconds = await run({ histogram: { unit: "s", explicit: { buckets: ["10ms", "1s"] } } }, [
    [{ durationMs: 500 }],
  ]);
  expect(durations(seconds)[0]).toMatchObject({ explicitBounds: [0.01, 1], sum: 0.5 });
  expect(durations(await run({ histogram: { disable: true } }, [[{}]]))).toEqual([]);
});

test("the limit counts the rest in one series and names the dimension that explodes", async () => {
  const spans = Array.from({ length: 50 }, (_, index) => ({ name: "a", attributes: { user: index } }));
  const flush = await run({ aggregation_cardinality_limit: 10, dimensions: [{ name: "user" }] }, [spans, spans]);
  const overflow = calls(flush).find(({ attributes }) => attributes["otel.metric.overflow"] === true);
  expect([calls(flush).length, Number(overflow?.value)]).toEqual([11, 80]);
  expect(calls(flush).reduce((sum, { value }) => sum + Number(value), 0)).toBe(100);
  expect(flush.host.lines.join()).toContain('"dimension_with_most_values":"user"');
});

test("resources are kept apart by all their attributes, or by those that are named", async () => {
  const spans = [{ resource: { pod: "1" } }, { resource: { pod: "2" } }];
  const apart = await run({}, [spans]);
  expect(apart.metrics.map(({ resource }) => resource.pod)).toEqual(["1", "1", "2", "2"]);
  const joined = await run({ resource_metrics_key_attributes: ["service.name"] }, [spans]);
  expect(calls(joined).map(({ value }) => Number(value))).toEqual([2]);
});

test("exemplars carry the ids of their spans", async () => {
  const flush = await run({ exemplars: { enabled: true, max_per_data_point: 2 } }, [[{}, {}, {}]]);
  expect(durations(flush)[0]?.exemplars?.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([
    ["1".padStart(32, "0"), "1".padStart(16, "0")],
    ["2".padStart(32, "0"), "2".padStart(16, "0")],
  ]);
});

test("spans of a resource without service.name make no metrics, as upstream", async () => {
  const json = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: "a" }] }] }] };
  expect((await run({}, [readBatch("traces", requestBytes("traces", json))])).metrics).toEqual([]);
});

test("the byte table tells thousands of keys apart", () => {
  const table = new ByteTable();
  const keys = Array.from({ length: 20_000 }, (_, index) => Buffer.from(`key ${index}`));
  keys.forEach((key, index) => {
    expect(table.find(key, key.length)).toBe(-1);
    expect(table.add(key, key.length)).toBe(index);
  });
  expect(keys.every((key, index) => table.find(key, key.length) === index)).toBe(true);
  expect(Buffer.from(table.key(777)).toString()).toBe("key 777");
  expect(table.find(Buffer.from("key"), 3)).toBe(-1);
});
