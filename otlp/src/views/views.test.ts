import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import type { Metric } from "../model/metric.js";
import type { ResourceView, SpanEvent, SpanLink } from "../model/views.js";
import { officialLogs, officialMetrics, officialTraces } from "../testing/official.test.fixture.js";
import { readBatch } from "../wire/read-batch.js";
import { Writer } from "../wire/writer.js";
import { forEachLogRecord } from "./for-each-log-record.js";
import { forEachMetric } from "./for-each-metric.js";
import { forEachSpan } from "./for-each-span.js";

describe("forEachSpan", () => {
  const batch = readBatch("traces", officialTraces(4).protobuf);

  it("reads what the SDK wrote", () => {
    const spans: object[] = [];
    const resources = new Set<ResourceView>();
    forEachSpan(batch, (span, scope, resource) => {
      resources.add(resource);
      expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(Buffer.from(span.traceIdBytes).toString("hex")).toBe(span.traceId);
      expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
      const { name, kind, parentSpanId, startTimeUnixNano, endTimeUnixNano, durationNano, statusCode } = span;
      spans.push({
        name,
        kind,
        parentSpanId,
        startTimeUnixNano,
        endTimeUnixNano,
        durationNano,
        statusCode,
        statusMessage: span.statusMessage,
        scope: `${scope.name}@${scope.version}`,
        service: resource.attributes.get("service.name"),
      });
    });
    expect(resources.size).toBe(1);
    expect(spans).toHaveLength(4);
    expect(spans[0]).toEqual({
      name: "GET /items/0",
      kind: 2,
      parentSpanId: "",
      startTimeUnixNano: 1_700_000_000_123_456_000n,
      endTimeUnixNano: 1_700_000_000_373_456_000n,
      durationNano: 250_000_000,
      statusCode: 2,
      statusMessage: "böse",
      scope: "http@1.2.3",
      service: "catalog",
    });
    expect(spans[1]).toMatchObject({ name: "GET /items/1", kind: 3, statusCode: 0, statusMessage: "" });
  });

  it("reads attributes by key, by visit and as an object", () => {
    const expected = {
      "http.request.method": "GET",
      "http.route": "/items/:id",
      "http.response.status_code": 200,
      "text.umlaut": "grüße 🎈",
      ratio: 0.25,
      negative: -7,
      large: 2 ** 40,
      cached: true,
      tags: ["a", "b"],
    };
    let seen = 0;
    forEachSpan(batch, ({ attributes, name }, _scope, resource) => {
      if (name !== "GET /items/0") return;
      seen++;
      expect(attributes.toObject()).toEqual(expected);
      for (const [key, value] of Object.entries(expected)) expect(attributes.get(key)).toEqual(value);
      expect(attributes.get("http")).toBeUndefined();
      const visited: Record<string, unknown> = {};
      attributes.forEach((key, value) => {
        visited[key] = value;
      });
      expect(visited).toEqual(expected);
      expect(resource.attributes.toObject()).toMatchObject({ "service.instance.id": "catalog-1", "process.pid": 4242 });
    });
    expect(seen).toBe(1);
  });

  it("reads events and links", () => {
    let events: SpanEvent[] = [];
    let links: SpanLink[] = [];
    let id = "";
    forEachSpan(batch, (span) => {
      if (span.name !== "GET /items/3") return;
      ({ events, links, traceId: id } = span);
    });
    expect(events).toEqual([
      {
        name: "exception",
        timeUnixNano: 1_700_000_003_200_000_000n,
        attributes: { "exception.message": 'a "quoted"\n line' },
        droppedAttributesCount: 0,
      },
    ]);
    expect(links).toMatchObject([{ traceId: id, attributes: { why: "test" } }]);
  });

  it("takes fields in any order, a resource after its spans, and all-zero ids as none", () => {
    const writer = new Writer();
    const resource = writer.open(1);
    const scope = writer.open(2);
    const span = writer.open(2);
    writeAttribute(writer, 9, "first", 1n);
    writer.fixed64Field(8, 5n);
    writer.bytesField(4, new Uint8Array(8));
    writeAttribute(writer, 9, "second", 9_007_199_254_740_993n);
    writer.fixed64Field(7, 9n);
    writer.stringField(5, "late");
    writer.close(span);
    writer.stringField(3, "scope-schema");
    writer.close(scope);
    const late = writer.open(1);
    writeAttribute(writer, 1, "__proto__", -1n);
    writer.close(late);
    writer.stringField(3, "resource-schema");
    writer.close(resource);
    let visits = 0;
    forEachSpan(readBatch("traces", writer.finish()), (view, _scope, owner) => {
      visits++;
      expect(view.attributes.toObject()).toEqual({ first: 1, second: 9_007_199_254_740_993n });
      expect(view.attributes.get("second")).toBe(9_007_199_254_740_993n);
      expect(view).toMatchObject({ name: "late", parentSpanId: "", durationNano: 0, traceId: "" });
      expect(owner.schemaUrl).toBe("resource-schema");
      expect(Object.entries(owner.attributes.toObject())).toEqual([["__proto__", -1]]);
    });
    expect(visits).toBe(1);
  });

  it.each([0n, 1n, 127n, 128n, 16383n, 16384n, 2n ** 31n, 2n ** 53n - 1n, 2n ** 53n, -1n, -(2n ** 63n)])(
    "reads the integer %s",
    (value) => {
      const writer = new Writer();
      const starts = [1, 2, 2].map((field) => writer.open(field));
      writeAttribute(writer, 9, "n", value);
      for (const start of starts.reverse()) writer.close(start);
      forEachSpan(readBatch("traces", writer.finish()), (span) => {
        const read = span.attributes.get("n") as number | bigint;
        expect(BigInt(read)).toBe(value);
        expect(typeof read).toBe(Number.isSafeInteger(Number(value)) ? "number" : "bigint");
      });
    },
  );

  it("refuses another signal", () => {
    expect(() => forEachSpan(readBatch("logs", new Uint8Array(0)), () => {})).toThrow(TypeError);
  });
});

describe("forEachMetric", () => {
  it("decodes what the SDK wrote", async () => {
    const { protobuf } = await officialMetrics(AggregationTemporality.DELTA);
    const metrics = new Map<string, Metric>();
    forEachMetric(readBatch("metrics", protobuf), (metric, scope) => {
      expect(scope.name).toBe("runtime");
      metrics.set(metric.name, metric);
    });
    expect(metrics.get("app.requests")).toMatchObject({
      type: "sum",
      description: "requests seen",
      temporality: "delta",
      monotonic: true,
      points: [
        { value: 3n, attributes: { "http.route": "/a" } },
        { value: 3n, attributes: { "http.route": "/b" } },
      ],
    });
    expect(metrics.get("db.client.connection.count")).toMatchObject({
      type: "sum",
      unit: "{connection}",
      monotonic: false,
      points: [{ value: -2 }, { value: -2 }],
    });
    expect(metrics.get("nodejs.eventloop.utilization")).toMatchObject({ type: "gauge", points: [{ value: 0.5 }, {}] });
    expect(metrics.get("http.server.request.duration")).toMatchObject({
      type: "histogram",
      points: [
        { count: 4, sum: 7.303, min: 0.003, max: 7, explicitBounds: [0.005, 0.1, 1, 5], bucketCounts: [1, 1, 1, 0, 1] },
        {},
      ],
    });
    expect(metrics.get("db.client.operation.duration")).toMatchObject({
      type: "exponentialHistogram",
      points: [{ count: 3, sum: 3.75, zeroCount: 0 }, {}],
    });
  });
});

describe("forEachLogRecord", () => {
  it("reads what the SDK wrote", () => {
    const records: object[] = [];
    forEachLogRecord(readBatch("logs", officialLogs().protobuf), (log, scope) => {
      const { timeUnixNano, severityNumber, severityText, body, eventName, traceId } = log;
      const attributes = log.attributes.toObject();
      records.push({
        timeUnixNano,
        severityNumber,
        severityText,
        body,
        eventName,
        traceId,
        attributes,
        scope: scope.name,
      });
    });
    expect(records).toEqual([
      {
        timeUnixNano: 1_700_000_000_000_000_005n,
        severityNumber: 17,
        severityText: "ERROR",
        body: "it broke",
        eventName: "order.failed",
        traceId: "",
        attributes: { "order.id": 12 },
        scope: "app",
      },
      {
        timeUnixNano: 1_700_000_001_000_000_000n,
        severityNumber: 0,
        severityText: "",
        body: { nested: { list: [1, "two", null, true] } },
        eventName: "",
        traceId: "",
        attributes: {},
        scope: "app",
      },
    ]);
  });
});

function writeAttribute(writer: Writer, field: number, key: string, value: bigint): void {
  const pair = writer.open(field);
  writer.stringField(1, key);
  const any = writer.open(2);
  writer.int64Field(3, value);
  writer.close(any);
  writer.close(pair);
}
