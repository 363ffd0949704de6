import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import type { Batch } from "../model/batch.js";
import { officialMetrics } from "../testing/official.test.fixture.js";
import { readBatch } from "../wire/read-batch.js";
import { isStaleNaN, staleNaN } from "../wire/stale-nan.js";
import { Writer } from "../wire/writer.js";
import { MetricsBatchWriter } from "../write/metrics-batch-writer.js";
import type { PrometheusSeries } from "./model.js";
import { LabelNamer, metricName, type NameKind } from "./names.js";
import { decimalText, valueText } from "./text.js";
import { toPrometheus } from "./to-prometheus.js";
import { unitName } from "./units.js";

const timeUnixNano = 1_700_000_000_123_456_789n;

/** A series as its text exposition line, without the time. */
function line(series: PrometheusSeries): string {
  const name = series.labels.find(([label]) => label === "__name__")?.[1];
  const labels = series.labels.filter(([label]) => label !== "__name__").map(([label, value]) => `${label}="${value}"`);
  return `${name}{${labels.join(",")}} ${isStaleNaN(series.value) ? "stale" : series.value}`;
}

function lines(batch: Batch, options?: Parameters<typeof toPrometheus>[1]): string[] {
  return toPrometheus(batch, options).series.map(line);
}

/** A batch of one resource with what `write` writes. */
function batchOf(write: (writer: MetricsBatchWriter) => void, resource: Record<string, string> = {}): Batch {
  const writer = new MetricsBatchWriter();
  writer.resource(resource).scope("test");
  write(writer);
  return writer.finish();
}

describe("metric names", () => {
  const cases: [name: string, unit: string, kind: NameKind, expected: string][] = [
    ["http.server.request.duration", "s", "other", "http_server_request_duration_seconds"],
    ["system.io", "By", "counter", "system_io_bytes_total"],
    ["system.cpu.utilization", "1", "gauge", "system_cpu_utilization_ratio"],
    ["requests", "1", "counter", "requests_total"],
    ["requests", "1", "other", "requests"],
    ["requests.total", "", "counter", "requests_total"],
    ["total.requests", "", "counter", "requests_total"],
    ["cpu.ratio.x", "1", "gauge", "cpu_x_ratio"],
    ["duration_seconds", "s", "other", "duration_seconds"],
    ["seconds.spent", "s", "counter", "seconds_spent_total"],
    ["db.client.connection.count", "{connection}", "other", "db_client_connection_count"],
    ["throughput", "By/s", "gauge", "throughput_bytes_per_second"],
    ["speed", "m/m", "gauge", "speed_meters_per_minute"],
    ["rate", "{request}/s", "gauge", "rate_per_second"],
    ["rate", "1/s", "gauge", "rate_per_second"],
    ["storage", "KiBy", "gauge", "storage_kibibytes"],
    ["temperature", "Cel", "gauge", "temperature_celsius"],
    ["load", "%", "gauge", "load_percent"],
    ["strange", "widget$", "gauge", "strange_widget_"],
    ["per.day", "GBy/d", "gauge", "per_day_gigabytes_per_day"],
    ["9lives", "", "gauge", "_9lives"],
    ["a..b__c-d", "", "gauge", "a_b_c_d"],
    ["job:rate:5m", "", "gauge", "job:rate:5m"],
    ["größe", "", "gauge", "gr_e"],
    ["日本", "", "gauge", ""],
    ["", "", "gauge", ""],
    ["_private_", "", "gauge", "private"],
  ];
  it.each(cases)("%s in %j as %s is %s", (name, unit, kind, expected) => {
    expect(metricName(name, unit, kind, "UnderscoreEscapingWithSuffixes")).toBe(expected);
  });

  it.each([
    ["http.server.request.duration", "http_server_request_duration"],
    ["a__b..c", "a__b_c"],
    ["9lives", "_9lives"],
    ["...", ""],
  ])("%s without suffixes is %s", (name, expected) => {
    expect(metricName(name, "s", "counter", "UnderscoreEscapingWithoutSuffixes")).toBe(expected);
  });

  const utf8: [name: string, unit: string, kind: NameKind, expected: string][] = [
    ["http.server.request.duration", "s", "other", "http.server.request.duration_seconds"],
    ["requests.total", "1", "counter", "requests_total"],
    ["cpu.ratio", "1", "gauge", "cpu_ratio"],
    ["io", "By/s", "gauge", "io_bytes_per_second"],
    ["größe", "m", "gauge", "größe_meters"],
    ["total", "", "counter", "total_total"],
  ];
  it.each(utf8)("%s in %j as %s keeps its characters: %s", (name, unit, kind, expected) => {
    expect(metricName(name, unit, kind, "NoUTF8EscapingWithSuffixes")).toBe(expected);
    expect(metricName(name, unit, kind, "NoTranslation")).toBe(name);
  });

  it.each([
    ["UnderscoreEscapingWithSuffixes", "my_app_a_b_seconds"],
    ["UnderscoreEscapingWithoutSuffixes", "my_app_a_b"],
    ["NoUTF8EscapingWithSuffixes", "my.app_a.b_seconds"],
    ["NoTranslation", "my.app_a.b"],
  ] as const)("%s puts the namespace in front: %s", (strategy, expected) => {
    expect(metricName("a.b", "s", "other", strategy, "my.app")).toBe(expected);
  });

  it.each([
    ["s", "seconds"],
    ["By/s", "bytes_per_second"],
    ["1", ""],
    ["{request}", ""],
    ["{request}/min", "per_min"],
  ])("unit %s is %s", (unit, expected) => {
    expect(unitName(unit)).toBe(expected);
  });
});

describe("label names and values", () => {
  const namer = new LabelNamer({ utf8: false, keepsUnderscores: true, prefixesUnderscore: true });
  it.each([
    ["http.route", "http_route"],
    ["9lives", "key_9lives"],
    ["_private", "key_private"],
    ["__reserved", "__reserved"],
    ["a..b", "a__b"],
    ["größe", "gr__e"],
    ["🎈x", "key_x"],
    ["日本", ""],
  ])("%s is %s", (attribute, expected) => {
    expect(namer.name(attribute)).toBe(expected);
  });

  const collapsing = new LabelNamer({ utf8: false, keepsUnderscores: false, prefixesUnderscore: true });
  it.each([
    ["a..b", "a_b"],
    ["__reserved", "key_reserved"],
    ["__re..served__", "__re_served__"],
    ["größe", "gr_e"],
  ])("%s is %s without runs of underscores", (attribute, expected) => {
    expect(collapsing.name(attribute)).toBe(expected);
  });

  it("keeps all characters where the strategy allows them", () => {
    const utf8 = new LabelNamer({ utf8: true, keepsUnderscores: true, prefixesUnderscore: true });
    expect(["http.route", "9", "__"].map((name) => utf8.name(name))).toEqual(["http.route", "9", ""]);
  });

  it("writes values as text", () => {
    expect(["a", 5, 0.1, 1e21, true, null, 2n ** 63n, Uint8Array.of(255)].map(valueText)).toEqual([
      "a",
      "5",
      "0.1",
      "1e+21",
      "true",
      "",
      "9223372036854775808",
      "/w==",
    ]);
    expect(valueText({ b: [1, null, "x"], a: { n: 10n } })).toBe('{"a":{"n":10},"b":[1,null,"x"]}');
  });

  it("writes bounds without an exponent", () => {
    const bounds = [0.005, 1, 1e21, 1.5e22, 1e-7, -2.5e-9, 2 ** 70, 123456789.125];
    expect(bounds.map(decimalText)).toEqual([
      "0.005",
      "1",
      "1000000000000000000000",
      "15000000000000000000000",
      "0.0000001",
      "-0.0000000025",
      "1180591620717411300000",
      "123456789.125",
    ]);
  });
});

describe("toPrometheus", () => {
  it("translates what the SDK wrote", async () => {
    const batch = readBatch("metrics", (await officialMetrics(AggregationTemporality.CUMULATIVE)).protobuf);
    const { series, families, dropped } = toPrometheus(batch);
    const ids = 'instance="catalog-1",job="shop/catalog"';
    const a = series.map(line).filter((text) => !text.includes('"/b"'));
    expect(a).toEqual([
      `http_server_request_duration_seconds_sum{http_route="/a",${ids}} 7.303`,
      `http_server_request_duration_seconds_count{http_route="/a",${ids}} 4`,
      `http_server_request_duration_seconds_bucket{http_route="/a",${ids},le="0.005"} 1`,
      `http_server_request_duration_seconds_bucket{http_route="/a",${ids},le="0.1"} 2`,
      `http_server_request_duration_seconds_bucket{http_route="/a",${ids},le="1"} 3`,
      `http_server_request_duration_seconds_bucket{http_route="/a",${ids},le="5"} 3`,
      `http_server_request_duration_seconds_bucket{http_route="/a",${ids},le="+Inf"} 4`,
      `db_client_operation_duration_seconds{${ids},route="/a"} 0`,
      `app_requests_total{http_route="/a",${ids}} 3`,
      `db_client_connection_count{${ids},route="/a",state="idle"} -2`,
      `nodejs_eventloop_utilization_ratio{${ids},route="/a"} 0.5`,
      `target_info{${ids},process_pid="4242"} 1`,
    ]);
    expect(dropped).toEqual([]);
    expect(families).toContainEqual({ name: "app_requests_total", type: "counter", help: "requests seen", unit: "" });
    expect(families).toContainEqual({
      name: "http_server_request_duration_seconds",
      type: "histogram",
      help: "",
      unit: "seconds",
    });
    expect(families).toContainEqual({ name: "db_client_connection_count", type: "gauge", help: "", unit: "" });
    expect(families).toContainEqual({ name: "target_info", type: "gauge", help: "Target metadata", unit: "" });
  });

  it("drops delta temporality and says so", async () => {
    const batch = readBatch("metrics", (await officialMetrics(AggregationTemporality.DELTA)).protobuf);
    const { series, dropped } = toPrometheus(batch);
    expect(dropped).toEqual([{ reason: "delta temporality", count: 8 }]);
    expect(series.map(line)).toHaveLength(3);
  });

  it("sorts labels, joins colliding ones and leaves empty ones out", () => {
    const attributes = { z: "1", "a.b": "dot", a_b: "underscore", empty: "", __name__: "fake", job: "mine" };
    const batch = batchOf((writer) => writer.gauge({ name: "g" }, [{ attributes, timeUnixNano, value: 2 }]));
    expect(lines(batch)).toEqual(['g{a_b="dot;underscore",job="mine",z="1"} 2']);
    expect(toPrometheus(batch).series[0]?.timestampMs).toBe(1_700_000_000_123);
  });

  it("names job and instance by the service, which wins over attributes", () => {
    const point = { attributes: { job: "mine", instance: "x" }, timeUnixNano, value: 2 };
    const resource = { "service.name": "cart", "service.instance.id": "i" };
    expect(lines(batchOf((writer) => writer.gauge({ name: "g" }, [point]), resource))).toEqual([
      'g{instance="i",job="cart"} 2',
    ]);
  });

  it("writes target_info only where it identifies and tells something, once", () => {
    const write = (writer: MetricsBatchWriter): void => {
      writer.gauge({ name: "g" }, [{ attributes: {}, timeUnixNano, value: 2 }]);
    };
    const resource = { "service.name": "cart", "host.name": "h" };
    expect(lines(batchOf(write, { "host.name": "h" }))).toEqual(["g{} 2"]);
    expect(lines(batchOf(write, resource))).toEqual(['g{job="cart"} 2', 'target_info{host_name="h",job="cart"} 1']);
    expect(lines(batchOf(write, resource), { targetInfo: false })).toEqual(['g{job="cart"} 2']);
    const twice = batchOf((writer) => {
      write(writer);
      writer.resource(resource);
      write(writer);
    }, resource);
    expect(lines(twice)).toEqual(['g{job="cart"} 2', 'target_info{host_name="h",job="cart"} 1', 'g{job="cart"} 2']);
    expect(lines(batchOf(() => {}, resource))).toEqual([]);
  });

  it("puts resource attributes on series when asked", () => {
    const point = { attributes: { "host.name": "mine" }, timeUnixNano, value: 2 };
    const resource = { "service.name": "cart", "host.name": "h", region: "eu" };
    const batch = batchOf((writer) => writer.gauge({ name: "g" }, [point]), resource);
    const options = { resourceToTelemetry: true, targetInfo: false };
    expect(lines(batch, options)).toEqual(['g{host_name="h",job="cart",region="eu",service_name="cart"} 2']);
    expect(lines(batch, { ...options, excludeServiceAttributes: true })).toEqual([
      'g{host_name="h",job="cart",region="eu"} 2',
    ]);
  });

  it("leaves suffixes off when asked", () => {
    const batch = batchOf((writer) =>
      writer.sum({ name: "a.b", unit: "s" }, { monotonic: true, temporality: "cumulative" }, [
        { attributes: {}, timeUnixNano, value: 1n },
      ]),
    );
    expect(lines(batch, { translationStrategy: "UnderscoreEscapingWithoutSuffixes" })).toEqual(["a_b{} 1"]);
  });

  it("marks points without a recorded value stale", () => {
    const batch = batchOf((writer) => {
      writer.gauge({ name: "g" }, [{ attributes: {}, timeUnixNano, value: 2, flags: 1 }]);
      writer.histogram({ name: "h" }, { temporality: "cumulative" }, [
        { attributes: {}, timeUnixNano, count: 0, explicitBounds: [1], bucketCounts: [0, 0], flags: 1 },
      ]);
    });
    expect(lines(batch)).toEqual([
      "g{} stale",
      "h_count{} stale",
      'h_bucket{le="1"} stale',
      'h_bucket{le="+Inf"} stale',
    ]);
  });

  it("translates summaries", () => {
    const quantiles = [
      { quantile: 0.5, value: 1 },
      { quantile: 0.99, value: 4 },
    ];
    const batch = batchOf((writer) => {
      writer.summary({ name: "rpc", unit: "ms" }, [
        { attributes: { a: "x", z: "y" }, timeUnixNano, count: 3, sum: 5, quantiles },
      ]);
    });
    expect(lines(batch)).toEqual([
      'rpc_milliseconds_sum{a="x",z="y"} 5',
      'rpc_milliseconds_count{a="x",z="y"} 3',
      'rpc_milliseconds{a="x",quantile="0.5",z="y"} 1',
      'rpc_milliseconds{a="x",quantile="0.99",z="y"} 4',
    ]);
  });

  it("lets the bucket label win over an attribute of its name", () => {
    const batch = batchOf((writer) => {
      writer.histogram({ name: "h" }, { temporality: "cumulative" }, [
        {
          attributes: { le: "x" },
          timeUnixNano,
          count: 2,
          explicitBounds: [Number.POSITIVE_INFINITY],
          bucketCounts: [2, 0],
        },
      ]);
    });
    expect(lines(batch)).toEqual(['h_count{le="x"} 2', 'h_bucket{le="+Inf"} 2']);
  });

  it("puts exemplars on the bucket they fell into", () => {
    const exemplars = [7, 0.1, 3].map((value) => ({
      timeUnixNano,
      value,
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId: "eee19b7ec3c1b174",
      filteredAttributes: value === 7 ? { long: "x".repeat(100) } : { "user.id": "u" },
    }));
    const batch = batchOf((writer) => {
      writer.histogram({ name: "h" }, { temporality: "cumulative" }, [
        { attributes: {}, timeUnixNano, count: 3, explicitBounds: [0.1, 5], bucketCounts: [1, 1, 1], exemplars },
      ]);
    });
    const ids = [
      ["span_id", "eee19b7ec3c1b174"],
      ["trace_id", "5b8efff798038103d269b633813fc60c"],
    ];
    const timestampMs = 1_700_000_000_123;
    expect(toPrometheus(batch).series.map((series) => series.exemplars)).toEqual([
      undefined,
      [{ value: 0.1, timestampMs, labels: [...ids, ["user.id", "u"]] }],
      [{ value: 3, timestampMs, labels: [...ids, ["user.id", "u"]] }],
      [{ value: 7, timestampMs, labels: ids }],
    ]);
  });

  it("counts what has no name, no data or no temporality", () => {
    const batch = batchOf((writer) => {
      writer.gauge({ name: "日本" }, [{ attributes: {}, timeUnixNano, value: 1 }]);
      writer.metric({ name: "empty", type: "empty", points: [] });
      writer.sum({ name: "s" }, { monotonic: true, temporality: "unspecified" }, [
        { attributes: {}, timeUnixNano, value: 1 },
      ]);
    });
    expect(toPrometheus(batch)).toEqual({
      series: [],
      families: [],
      dropped: [
        { reason: "no valid character in the metric name", count: 1 },
        { reason: "metric without data", count: 1 },
        { reason: "unspecified temporality", count: 1 },
      ],
    });
  });
});

describe("options", () => {
  const point = { attributes: { a: "1", region: "point" }, startTimeUnixNano: timeUnixNano - 5_000_000n, timeUnixNano };

  it("adds external labels, scope labels and a namespace", () => {
    const writer = new MetricsBatchWriter();
    writer.resource({ "service.name": "cart", "host.name": "h" }).scope("lib", "1.2", { "x.y": 3, name: "taken" });
    writer.gauge({ name: "g" }, [{ ...point, value: 1 }]);
    const options = { namespace: "ns", scopeLabels: true, externalLabels: { region: "eu", zone: "z" } };
    const scope = 'otel_scope_name="lib",otel_scope_version="1.2",otel_scope_x_y="3"';
    expect(lines(writer.finish(), options)).toEqual([
      `ns_g{a="1",job="cart",${scope},region="point",zone="z"} 1`,
      'ns_target_info{host_name="h",job="cart",region="eu",zone="z"} 1',
    ]);
  });

  it("answers the same label arrays for the same series, and since when it counts", () => {
    const write = (): Batch =>
      batchOf((writer) => {
        writer.sum({ name: "s" }, { monotonic: true, temporality: "cumulative" }, [{ ...point, value: 1n }]);
        writer.histogram({ name: "h" }, { temporality: "cumulative" }, [
          { ...point, count: 1, sum: 1, explicitBounds: [1], bucketCounts: [1, 0] },
        ]);
      });
    const [first, second] = [toPrometheus(write()).series, toPrometheus(write()).series];
    expect(first).toHaveLength(5);
    for (const [index, series] of first.entries()) expect(second[index]?.labels).toBe(series.labels);
    expect(first[0]?.startTimestampMs).toBe(1_700_000_000_118);
  });

  it("keeps type words of a scraper's metadata", () => {
    const metadata = (type: string) => ({ "prometheus.type": type });
    const batch = batchOf((writer) => {
      writer.gauge({ name: "u", metadata: metadata("unknown") }, [{ ...point, value: 1 }]);
      writer.sum({ name: "i", metadata: metadata("info") }, { monotonic: false, temporality: "cumulative" }, [
        { ...point, value: 1 },
      ]);
    });
    expect(toPrometheus(batch).families.map(({ type }) => type)).toEqual(["unknown", "info"]);
  });
});

describe("staleNaN", () => {
  it("is Prometheus' marker and no other NaN", () => {
    expect(isStaleNaN(staleNaN)).toBe(true);
    expect(isStaleNaN(Number.NaN)).toBe(false);
    expect(isStaleNaN(1)).toBe(false);
  });

  it("keeps its bits on the wire after a plain array has changed one", () => {
    const writer = new Writer();
    for (const value of [staleNaN, Number.NaN, 1.5]) writer.double(value);
    const bytes = Buffer.from(writer.finish());
    expect([0, 8, 16].map((at) => bytes.readBigUInt64LE(at))).toEqual([
      0x7ff0000000000002n,
      0x7ff8000000000000n,
      0x3ff8000000000000n,
    ]);
  });
});
