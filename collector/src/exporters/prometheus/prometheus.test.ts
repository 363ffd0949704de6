import { type Batch, MetricsBatchWriter } from "@venturi/otlp";
import { expect, test } from "vitest";
import { Lane } from "../../ledger.js";
import { parseExposition } from "../../receivers/prometheus/text-parser.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { prometheusExporter } from "./prometheus.js";

const timeUnixNano = 1_700_000_000_000_000_000n;

function metrics(count = 1): Batch {
  const writer = new MetricsBatchWriter();
  writer.resource({ "service.name": "shop", "service.instance.id": "i", region: "eu" }).scope("s");
  const points = Array.from({ length: count }, (_, index) => ({
    attributes: { n: String(index) },
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

async function serve(config: object, batches: readonly Batch[], accept = "") {
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
  const answer = await fetch(`http://${host.addresses[0]}/metrics`, { headers: { accept } });
  const text = await answer.text();
  await exporter.shutdown();
  return { text, type: answer.headers.get("content-type"), lane, host };
}

test("text format: escaped, with buckets, readable by our own scraper", async () => {
  const { text, type, lane } = await serve({}, [metrics()]);
  expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text.split("\n")).toEqual([
    "# TYPE latency_seconds histogram",
    'latency_seconds_sum{instance="i",job="shop"} 2.5',
    'latency_seconds_count{instance="i",job="shop"} 3',
    'latency_seconds_bucket{instance="i",job="shop",le="0.1"} 1',
    'latency_seconds_bucket{instance="i",job="shop",le="1"} 2',
    'latency_seconds_bucket{instance="i",job="shop",le="+Inf"} 3',
    '# HELP queue_depth with \\\\ and "\\n',
    "# TYPE queue_depth gauge",
    'queue_depth{instance="i",job="shop",n="0"} 1.5',
    "# TYPE requests_total counter",
    'requests_total{instance="i",job="shop",path="a\\"\\\\\\n"} 7',
    expect.stringMatching(/^# (HELP|TYPE) target_info/),
    ...(text.includes("# HELP target_info") ? ["# TYPE target_info gauge"] : []),
    'target_info{instance="i",job="shop",region="eu"} 1',
    "",
  ]);
  expect(parseExposition(text, false).map(({ name }) => name)).toEqual([
    "latency_seconds",
    "queue_depth",
    "requests_total",
    "target_info",
  ]);
  expect([lane.sent, lane.inside]).toEqual([3, 0]);
});

test("OpenMetrics when it is allowed and asked for, with exemplars", async () => {
  const { text, type } = await serve(
    { enable_open_metrics: true, send_timestamps: true },
    [metrics()],
    "application/openmetrics-text",
  );
  expect(type).toContain("application/openmetrics-text");
  expect(text).toContain(
    'latency_seconds_bucket{instance="i",job="shop",le="0.1"} 1 1700000000 # {span_id="0123456789abcdef",trace_id="0123456789abcdef0123456789abcdef"} 0.05 1700000000',
  );
  expect(text).toContain("# TYPE requests counter\n");
  expect(text.endsWith("# EOF\n")).toBe(true);
  expect(parseExposition(text, true).find(({ name }) => name === "requests")?.samples[0]?.value).toBe(7);
});

test("namespace, constant labels, resource attributes as labels", async () => {
  const { text } = await serve(
    { namespace: "my-app", const_labels: { env: "x" }, resource_to_telemetry_conversion: { enabled: true } },
    [metrics()],
  );
  expect(text).toMatch(/^my_app_queue_depth\{env="x",instance="i",job="shop",n="0",region="eu".*\} 1\.5$/m);
});

test("the series limit drops by name and says so", async () => {
  const { text, lane, host } = await serve({ series_limit: 3 }, [metrics(10)]);
  expect(parseExposition(text, false).reduce((sum, { samples }) => sum + samples.length, 0)).toBe(3);
  expect(Object.keys(Object.fromEntries(lane.dropped))).toEqual(["series_limit"]);
  expect([lane.inside, host.lines.length]).toEqual([0, 1]);
});
