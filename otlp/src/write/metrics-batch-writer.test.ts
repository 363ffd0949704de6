import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { batchToBytes } from "../model/batch.js";
import type { Metric } from "../model/metric.js";
import { forEachMetric } from "../views/for-each-metric.js";
import { readBatch } from "../wire/read-batch.js";
import { MetricsBatchWriter } from "./metrics-batch-writer.js";

/** What the tests need of OTLP's metrics, for a decoder that shares nothing with ours. */
const REQUEST = protobuf
  .parse(`
  syntax = "proto3";
  message Request { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
  message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3;
    double double_value = 4; ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message Metric { string name = 1; string description = 2; string unit = 3; repeated KeyValue metadata = 12;
    oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; Exponential exponential = 10; Summary summary = 11; } }
  message Gauge { repeated Number points = 1; }
  message Sum { repeated Number points = 1; int32 temporality = 2; bool monotonic = 3; }
  message Histogram { repeated HistogramPoint points = 1; int32 temporality = 2; }
  message Exponential { repeated ExponentialPoint points = 1; int32 temporality = 2; }
  message Summary { repeated SummaryPoint points = 1; }
  message Number { repeated KeyValue attributes = 7; fixed64 start = 2; fixed64 time = 3;
    oneof value { double as_double = 4; sfixed64 as_int = 6; } repeated Exemplar exemplars = 5; uint32 flags = 8; }
  message Exemplar { repeated KeyValue filtered = 7; fixed64 time = 2; oneof value { double as_double = 3; sfixed64 as_int = 6; }
    bytes span_id = 4; bytes trace_id = 5; }
  message HistogramPoint { repeated KeyValue attributes = 9; fixed64 start = 2; fixed64 time = 3; fixed64 count = 4;
    optional double sum = 5; repeated fixed64 counts = 6; repeated double bounds = 7; repeated Exemplar exemplars = 8;
    uint32 flags = 10; optional double min = 11; optional double max = 12; }
  message ExponentialPoint { repeated KeyValue attributes = 1; fixed64 start = 2; fixed64 time = 3; fixed64 count = 4;
    optional double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; Buckets negative = 9; }
  message Buckets { sint32 offset = 1; repeated uint64 counts = 2; }
  message SummaryPoint { repeated KeyValue attributes = 7; fixed64 time = 3; fixed64 count = 4; double sum = 5;
    repeated Quantile quantiles = 6; }
  message Quantile { double quantile = 1; double value = 2; }
`)
  .root.lookupType("Request");

function decode(bytes: Uint8Array): unknown {
  return REQUEST.toObject(REQUEST.decode(bytes), { longs: String, bytes: String, json: true });
}

/** Exact as a double, since that is what protobufjs makes of 64-bit integers. */
const time = 1_700_000_000_000_000_000n;
const exemplar = {
  timeUnixNano: time,
  value: 0.25,
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  filteredAttributes: { user: "u" },
};

describe("MetricsBatchWriter", () => {
  it("writes what an independent decoder reads", () => {
    const writer = new MetricsBatchWriter();
    writer.resource(
      { "service.name": "shop", n: 3, half: 0.5, ok: true, list: [1n, "x"], map: { k: null } },
      "https://schema",
    );
    writer.scope("spanmetrics", "1.0", { a: "b" });
    writer.sum({ name: "calls", unit: "1" }, { monotonic: true, temporality: "cumulative" }, [
      { attributes: { route: "/a" }, startTimeUnixNano: 5n, timeUnixNano: time, value: -3n, exemplars: [exemplar] },
    ]);
    writer.gauge({ name: "load" }, [{ attributes: {}, timeUnixNano: time, value: 3, flags: 1 }]);
    writer.histogram({ name: "duration", unit: "ms", description: "how long" }, { temporality: "delta" }, [
      {
        attributes: {},
        timeUnixNano: time,
        count: 6,
        sum: 1.5,
        min: 0.5,
        max: 9,
        explicitBounds: [1, 2.5],
        bucketCounts: [1, 2n, 3],
      },
    ]);
    writer.summary({ name: "rpc" }, [
      { attributes: {}, timeUnixNano: time, count: 4n, sum: 2, quantiles: [{ quantile: 0.5, value: 7 }] },
    ]);
    const batch = writer.finish();
    expect(batch).toMatchObject({ signal: "metrics", itemCount: 4 });
    expect(readBatch("metrics", batchToBytes(batch))).toEqual(batch);
    const timeText = String(time);
    expect(decode(batchToBytes(batch))).toEqual({
      resourceMetrics: [
        {
          resource: {
            attributes: [
              { key: "service.name", value: { stringValue: "shop" } },
              { key: "n", value: { intValue: "3" } },
              { key: "half", value: { doubleValue: 0.5 } },
              { key: "ok", value: { boolValue: true } },
              { key: "list", value: { arrayValue: { values: [{ intValue: "1" }, { stringValue: "x" }] } } },
              { key: "map", value: { kvlistValue: { values: [{ key: "k", value: {} }] } } },
            ],
          },
          schemaUrl: "https://schema",
          scopeMetrics: [
            {
              scope: { name: "spanmetrics", version: "1.0", attributes: [{ key: "a", value: { stringValue: "b" } }] },
              metrics: [
                {
                  name: "calls",
                  unit: "1",
                  sum: {
                    temporality: 2,
                    monotonic: true,
                    points: [
                      {
                        attributes: [{ key: "route", value: { stringValue: "/a" } }],
                        start: "5",
                        time: timeText,
                        asInt: "-3",
                        exemplars: [
                          {
                            time: timeText,
                            asDouble: 0.25,
                            traceId: Buffer.from(exemplar.traceId, "hex").toString("base64"),
                            spanId: Buffer.from(exemplar.spanId, "hex").toString("base64"),
                            filtered: [{ key: "user", value: { stringValue: "u" } }],
                          },
                        ],
                      },
                    ],
                  },
                },
                { name: "load", gauge: { points: [{ time: timeText, asDouble: 3, flags: 1 }] } },
                {
                  name: "duration",
                  unit: "ms",
                  description: "how long",
                  histogram: {
                    temporality: 1,
                    points: [
                      {
                        time: timeText,
                        count: "6",
                        sum: 1.5,
                        min: 0.5,
                        max: 9,
                        bounds: [1, 2.5],
                        counts: ["1", "2", "3"],
                      },
                    ],
                  },
                },
                {
                  name: "rpc",
                  summary: {
                    points: [{ time: timeText, count: "4", sum: 2, quantiles: [{ quantile: 0.5, value: 7 }] }],
                  },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("writes again what forEachMetric read", () => {
    const metrics: Metric[] = [
      {
        name: "exp",
        description: "d",
        unit: "s",
        type: "exponentialHistogram",
        temporality: "cumulative",
        points: [
          {
            attributes: { a: 1 },
            startTimeUnixNano: 1n,
            timeUnixNano: time,
            flags: 0,
            count: 12,
            sum: 4,
            scale: -2,
            zeroCount: 1,
            zeroThreshold: 0.001,
            positive: { offset: -3, bucketCounts: [1, 10] },
            negative: { offset: 0, bucketCounts: [] },
            exemplars: [exemplar],
          },
        ],
      },
      { name: "nothing", description: "", unit: "", type: "empty", points: [], metadata: { m: "n" } },
    ];
    const writer = new MetricsBatchWriter();
    for (const metric of metrics) writer.metric(metric);
    const seen: Metric[] = [];
    forEachMetric(writer.finish(), (metric) => seen.push(metric));
    expect(seen).toEqual(metrics);
  });

  it("starts afresh after finish, and survives growth", () => {
    const writer = new MetricsBatchWriter();
    expect(writer.finish()).toEqual({ signal: "metrics", slices: [], itemCount: 0, byteLength: 0 });
    const points = Array.from({ length: 3000 }, (_, index) => ({
      attributes: { route: `/items/${index}`, text: "ü".repeat(index % 90) },
      timeUnixNano: time,
      value: BigInt(index),
    }));
    for (let round = 0; round < 2; round++) {
      writer.resource({ a: "b" }).scope("s").gauge({ name: "g" }, points);
      const batch = writer.finish();
      expect(readBatch("metrics", batchToBytes(batch)).itemCount).toBe(3000);
      const values: unknown[] = [];
      forEachMetric(batch, (metric) => values.push(...metric.points.map((point) => point.attributes.text)));
      expect(values).toEqual(points.map((point) => point.attributes.text));
    }
  });
});
