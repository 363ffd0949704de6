import { gzipSync } from "node:zlib";
import { type ApiRequest, get } from "./exchange.js";

const path = "/api/v1/otlp/v1/metrics";

/** OTLP metrics as JSON, good and bad, and then what became of the good ones. */
export function otlpRequests(endMs: number): ApiRequest[] {
  const good = exportRequest(metrics(endMs));
  const json = { "content-type": "application/json" };
  const named = (name: string, body: string | Uint8Array, headers: Record<string, string> = json): ApiRequest => ({
    name,
    method: "POST",
    path,
    headers,
    body,
  });
  return [
    named("metrics of every kind", good),
    named("the same again", good),
    named("gzip", gzipSync(good), { ...json, "content-encoding": "gzip" }),
    named("nothing", "{}"),
    named("an older sample", exportRequest([gauge("otlp.gauge", endMs - 60_000, 1)])),
    named("a sample of next hour", exportRequest([gauge("otlp.late", Date.now() + 3_600_000, 1)])),
    named("another encoding", good, { ...json, "content-encoding": "zstd" }),
    named("no type", good, {}),
    named("another type", good, { "content-type": "text/plain" }),
    named("a type with a parameter", good, { "content-type": "application/json; charset=utf-8" }),
    ...[
      '{job="shop/otlp"}',
      'target_info{job="shop/otlp"}',
      "otlp_sum_total",
      "sum by (le) (otlp_classic_seconds_bucket)",
      "otlp_exponential",
      "histogram_quantile(0.5, otlp_exponential)",
      '{__name__=~"otlp.*"}',
    ].map((query) => get("/api/v1/query", { query, time: endMs / 1000 })),
    get("/api/v1/query_exemplars", { query: "otlp_sum_total", start: endMs / 1000 - 60, end: endMs / 1000 }),
    ...brokenBodies.map((body) => named(`broken ${body}`, body)),
    named("broken protobuf", Uint8Array.of(10, 255, 1), { "content-type": "application/x-protobuf" }),
    named("broken gzip", "not gzip", { ...json, "content-encoding": "gzip" }),
  ];
}

const brokenBodies: readonly string[] = ["", "{", "[]", '{"resourceMetrics":1}', '"x"'];

function exportRequest(list: readonly object[]): string {
  const resource = {
    attributes: [
      { key: "service.name", value: { stringValue: "otlp" } },
      { key: "service.namespace", value: { stringValue: "shop" } },
      { key: "service.instance.id", value: { stringValue: "i1" } },
      { key: "host.name", value: { stringValue: "h" } },
    ],
  };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: "s" }, metrics: list }] }] });
}

function gauge(name: string, timeMs: number, value: number): object {
  return { name, gauge: { dataPoints: [{ ...point(timeMs), asDouble: value }] } };
}

function point(timeMs: number): object {
  const attributes = [{ key: "http.route", value: { stringValue: "/a/{b}" } }];
  return { startTimeUnixNano: `${timeMs - 60_000}000000`, timeUnixNano: `${timeMs}000000`, attributes };
}

function metrics(endMs: number): object[] {
  const at = point(endMs);
  const exemplar = {
    timeUnixNano: `${endMs}000000`,
    asDouble: 2,
    traceId: "1".padStart(32, "0"),
    spanId: "2".padStart(16, "0"),
  };
  return [
    gauge("otlp.gauge", endMs, 2.5),
    {
      name: "otlp.sum",
      unit: "1",
      sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...at, asInt: "7", exemplars: [exemplar] }] },
    },
    {
      name: "otlp.delta",
      sum: { aggregationTemporality: 2, isMonotonic: false, dataPoints: [{ ...at, asDouble: -1 }] },
    },
    {
      name: "otlp.classic",
      unit: "s",
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ ...at, count: "6", sum: 3.5, explicitBounds: [0.5, 1], bucketCounts: ["1", "2", "3"] }],
      },
    },
    {
      name: "otlp.exponential",
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...at,
            count: "6",
            sum: 3.5,
            scale: 1,
            zeroCount: "1",
            positive: { offset: -1, bucketCounts: ["1", "0", "3"] },
            negative: { offset: 2, bucketCounts: ["1"] },
          },
        ],
      },
    },
    {
      name: "otlp.summary",
      summary: { dataPoints: [{ ...at, count: "3", sum: 6, quantileValues: [{ quantile: 0.5, value: 2 }] }] },
    },
  ];
}
