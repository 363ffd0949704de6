import { type Batch, MetricsBatchWriter } from "@venturi/otlp";
import { expect, test } from "vitest";
import { Lane } from "../../ledger.js";
import { parseText } from "../../receivers/prometheus/text-parser.js";
import { metricValue, testHost } from "../../testing/host.test.fixture.js";
import { prometheusExporter } from "./prometheus.js";

const timeUnixNano = 1_700_000_000_000_000_000n;

function metrics(count = 1): Batch {
  const writer = new MetricsBatchWriter();
  writer.resource({ "service.name": "shop", "service.instance.id": "i", region: "eu" }).scope("s", "2");
  const points = Array.from({ length: count }, (_, index) => ({
    attributes: { n: String(index), fixed: "same" },
    timeUnixNano,
    value: 1.5,
  }));
  writer.gauge({ name: "queue.depth", description: 'with \\ and "\n' }, points);
  const kind = { monotonic: true, temporality: "cumulative" } as const;
  writer.sum({ name: "requests" }, kind, [{ attributes: { path: 'a"\\\n' }, timeUnixNano, value: 7n }]);
  writer.histogram({ name: "latency", unit: "s" }, { temporality: "cumulative" }, [
    {
      attributes: {},
      timeUnixNano,
      count: 3,
      sum: 2.5,
      explicitBounds: [0.1, 1],
      bucketCounts: [1, 1, 1],
      exemplars: [
        { timeUnixNano, value: 0.05, traceId: "0123456789abcdef0123456789abcdef", spanId: "0123456789abcdef" },
      ],
    },
  ]);
  return writer.finish();
}

async function serve(config: object, batches: readonly Batch[], headers: Record<string, string> = {}) {
  const host = testHost("exporter", "prometheus");
  const exporter = prometheusExporter.create(
    prometheusExporter.schema.parse({ endpoint: "127.0.0.1:0", ...config }),
    host,
  );
  const lane = new Lane();
  await exporter.start();
  const consumer = exporter.consumer("metrics", lane);
  for (const batch of batches) {
    lane.entered += batch.itemCount;
    expect(consumer.consume(batch)).toBeUndefined();
  }
  const answer = await fetch(`http://${host.addresses[0]}/metrics`, { headers });
  const text = await answer.text();
  const missing = await fetch(`http://${host.addresses[0]}/other`);
  expect([missing.status, await missing.text()]).toEqual([404, "404 page not found\n"]);
  await exporter.shutdown();
  return { text, answer, lane, host };
}

const scope = 'otel_scope_name="s",otel_scope_schema_url="",otel_scope_version="2"';

test("text format: escaped, with buckets, readable by our own scraper", async () => {
  const { text, answer, lane } = await serve({}, [metrics()]);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
  expect(text.split("\n")).toEqual([
    "# HELP target_info Target metadata",
    "# TYPE target_info gauge",
    'target_info{instance="i",job="shop",region="eu"} 1',
    "# HELP latency_seconds ",
    "# TYPE latency_seconds histogram",
    `latency_seconds_bucket{instance="i",job="shop",${scope},le="0.1"} 1`,
    `latency_seconds_bucket{instance="i",job="shop",${scope},le="1"} 2`,
    `latency_seconds_bucket{instance="i",job="shop",${scope},le="+Inf"} 3`,
    `latency_seconds_sum{instance="i",job="shop",${scope}} 2.5`,
    `latency_seconds_count{instance="i",job="shop",${scope}} 3`,
    '# HELP queue_depth with \\\\ and "\\n',
    "# TYPE queue_depth gauge",
    `queue_depth{fixed="same",instance="i",job="shop",n="0",${scope}} 1.5`,
    "# HELP requests_total ",
    "# TYPE requests_total counter",
    `requests_total{instance="i",job="shop",${scope},path="a\\"\\\\\\n"} 7`,
    "",
  ]);
  expect([...parseText(text, false).metadata.keys()]).toEqual([
    "target_info",
    "latency_seconds",
    "queue_depth",
    "requests_total",
  ]);
  expect([lane.sent, lane.inside]).toEqual([3, 0]);
});

test("OpenMetrics when it is allowed and asked for, with exemplars", async () => {
  const { text, answer } = await serve({ enable_open_metrics: true, send_timestamps: true }, [metrics()], {
    accept: "application/openmetrics-text;version=1.0.0",
  });
  expect(answer.headers.get("content-type")).toContain("application/openmetrics-text");
  const ids = 'span_id="0123456789abcdef",trace_id="0123456789abcdef0123456789abcdef"';
  expect(text).toContain(`,le="0.1"} 1 1.7e+09 # {${ids}} 0.05 1.7e+09\n`);
  expect(text).toContain("# TYPE requests counter\n");
  expect(text.endsWith("# EOF\n")).toBe(true);
  expect(parseText(text, true).samples.find(({ name }) => name === "requests_total")?.value).toBe(7);
});

test("namespace, constant labels, resource attributes as labels", async () => {
  const options = { namespace: "app", const_labels: { env: "x" }, without_scope_info: true };
  const { text } = await serve({ ...options, resource_to_telemetry_conversion: { enabled: true } }, [metrics()]);
  const labels = 'env="x",fixed="same",instance="i",job="shop",n="0",region="eu"';
  expect(text).toContain(`app_queue_depth{${labels},service_instance_id="i",service_name="shop"} 1.5\n`);
});

test("compresses when the scraper takes it", async () => {
  const { text, answer } = await serve({}, [metrics(500)], { "accept-encoding": "deflate, gzip;q=0.5" });
  expect(answer.headers.get("content-encoding")).toBe("gzip");
  expect(text.split("\n").filter((line) => line.startsWith("queue_depth{"))).toHaveLength(500);
});

test("a large exposition comes in many chunks and whole", async () => {
  const { text } = await serve({}, [metrics(20_000)]);
  expect(parseText(text, false).samples.filter(({ name }) => name === "queue_depth")).toHaveLength(20_000);
});

test("beyond the limit the guard names the label that explodes", async () => {
  const { text, lane, host } = await serve({ cardinality_limit: 3 }, [metrics(10)]);
  expect(parseText(text, false).samples.filter(({ name }) => name === "queue_depth")).toHaveLength(3);
  expect(Object.fromEntries(lane.dropped)).toEqual({ cardinality_limit: 7 });
  expect(lane.inside).toBe(0);
  expect(host.lines).toHaveLength(1);
  expect(host.lines[0]).toMatch(/"metric":\s?"queue_depth".*"exploding_label":\s?"n"/);
  const labels = { exporter: "prometheus", metric: "queue_depth", label: "n" };
  expect(metricValue(host.metrics, "otelcol_exporter_prometheus_cardinality_dropped", labels)).toBe(7);
  expect(metricValue(host.metrics, "otelcol_exporter_prometheus_distinct_label_values", labels)).toBe(3);
});

test("a name of two types keeps the first and counts the other", async () => {
  const writer = new MetricsBatchWriter();
  writer.gauge({ name: "requests.total" }, [{ attributes: {}, timeUnixNano, value: 1 }]);
  const { text, lane } = await serve({}, [metrics(), writer.finish()]);
  expect(text).toContain("# TYPE requests_total counter\n");
  expect(Object.fromEntries(lane.dropped)).toEqual({ type_conflict: 1 });
});

test("asks an authenticator who may scrape", async () => {
  const authenticate = (headers: Readonly<Record<string, unknown>>) =>
    headers.authorization === "Bearer t" ? undefined : { status: 401 as const, message: "no", headers: {} };
  const host = testHost("exporter", "prometheus", { authenticator: () => ({ authenticate }) });
  const config = { endpoint: "127.0.0.1:0", auth: { authenticator: "a" } };
  const exporter = prometheusExporter.create(prometheusExporter.schema.parse(config), host);
  await exporter.start();
  const url = `http://${host.addresses[0]}/metrics`;
  const statuses = [await fetch(url), await fetch(url, { headers: { authorization: "Bearer t" } })].map(
    ({ status }) => status,
  );
  expect(statuses).toEqual([401, 200]);
  await exporter.shutdown();
});

test("says that add_metric_suffixes has no effect", async () => {
  const { host, text } = await serve({ add_metric_suffixes: false }, [metrics()]);
  expect(host.lines.join()).toContain("translation_strategy: UnderscoreEscapingWithoutSuffixes");
  expect(text).toContain("requests_total{");
});
