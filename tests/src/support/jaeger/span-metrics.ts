import { seededRandom } from "../sampling-corpus.js";

const bounds = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000];

/** What the span metrics connector sends, every 15 s of the last half hour: one OTLP request of metrics a step. */
export function* spanMetrics(nowMs: number): Generator<object> {
  const random = seededRandom(5);
  const series: { attributes: object[]; count: number; buckets: number[] }[] = [];
  for (const service of ["gateway", "orders"]) {
    for (const operation of ["GET /", "POST /a+b"]) {
      for (const kind of ["SPAN_KIND_SERVER", "SPAN_KIND_CLIENT"]) {
        for (const status of service === "gateway"
          ? ["STATUS_CODE_UNSET", "STATUS_CODE_ERROR"]
          : ["STATUS_CODE_UNSET"]) {
          const values = { "service.name": service, "span.name": operation, "span.kind": kind, "status.code": status };
          const attributes = Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
          series.push({ attributes, count: 0, buckets: Array.from({ length: bounds.length + 1 }, () => 0) });
        }
      }
    }
  }
  for (let step = 0; step <= 120; step++) {
    const timeUnixNano = String(BigInt(nowMs - 1_800_000 + step * 15_000) * 1_000_000n);
    const startTimeUnixNano = String(BigInt(nowMs - 1_800_000) * 1_000_000n);
    for (const one of series) {
      for (let calls = Math.floor(random() * 20); calls > 0; calls--) {
        one.count++;
        const bucket = Math.floor(random() * one.buckets.length);
        one.buckets[bucket] = (one.buckets[bucket] ?? 0) + 1;
      }
    }
    const points = series.map((one) => ({
      attributes: one.attributes,
      startTimeUnixNano,
      timeUnixNano,
      asInt: String(one.count),
    }));
    const histograms = series.map((one) => ({
      attributes: one.attributes,
      startTimeUnixNano,
      timeUnixNano,
      count: String(one.count),
      sum: one.count * 7,
      explicitBounds: bounds,
      bucketCounts: one.buckets.map(String),
    }));
    const metrics = [
      { name: "traces.span.metrics.calls", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: points } },
      {
        name: "traces.span.metrics.duration",
        unit: "ms",
        histogram: { aggregationTemporality: 2, dataPoints: histograms },
      },
    ];
    yield { resourceMetrics: [{ resource: {}, scopeMetrics: [{ scope: { name: "spanmetrics" }, metrics }] }] };
  }
}

/** Paths of the metrics API, good and bad. */
export function* metricsRequests(nowMs: number): Generator<string> {
  const window = `endTs=${nowMs}&lookback=900000&step=60000&ratePer=600000`;
  yield "/api/metrics/minstep";
  for (const name of [
    "calls",
    "errors",
    "latencies?quantile=0.95",
    "latencies?quantile=0.5",
    "latencies?quantile=.999",
  ]) {
    const path = `/api/metrics/${name}${name.includes("?") ? "&" : "?"}`;
    for (const service of [
      "service=gateway",
      "service=orders",
      "service=gateway&service=orders",
      "service=nobody",
      "service=",
    ]) {
      yield `${path}${service}&${window}`;
      yield `${path}${service}&${window}&groupByOperation=true`;
      yield `${path}${service}&${window}&spanKind=client`;
      yield `${path}${service}&${window}&spanKind=client&spanKind=server&groupByOperation=1`;
      yield `${path}${service}&${window}&spanKind=producer`;
    }
    yield `${path}service=gateway&${window}&prettyPrint=true`;
    yield `${path}service=gateway&endTs=${nowMs}&lookback=600000&step=60000&ratePer=3900000`;
    yield `${path}service=gateway&endTs=${nowMs}&lookback=600000&step=60000&ratePer=90000`;
    for (const bad of [
      "groupByOperation=x",
      "spanKind=x",
      "endTs=x",
      "lookback=x",
      "step=x",
      "ratePer=1.5",
      "spanKind=",
    ]) {
      yield `${path}service=gateway&${bad}`;
    }
    for (const bad of ["step=0", "lookback=-1", "step=1&lookback=90000000", "ratePer=0"])
      yield `${path}service=gateway&${bad}`;
    yield path;
  }
  yield "/api/metrics/latencies?service=gateway";
  yield "/api/metrics/latencies?service=gateway&quantile=x";
  yield `/api/metrics/latencies?service=gateway&quantile=2&${window}`;
}
