import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, MetricsBatchWriter } from "@venturi/otlp";
import snappy from "snappyjs";
import { expect, test } from "vitest";
import { Lane } from "../../ledger.js";
import { metricValue, testHost } from "../../testing/host.test.fixture.js";
import { startSink } from "../../testing/sink.test.fixture.js";
import { decodeRequest } from "./decode.test.fixture.js";
import { remoteWriteExporter } from "./remote-write.js";

const timeUnixNano = 1_700_000_000_123_000_000n;
const timestampMs = 1_700_000_000_123;
const V2 = { protobuf_message: "io.prometheus.write.v2.Request" };

function gauges(count: number): Batch {
  const writer = new MetricsBatchWriter();
  writer.resource({ "service.name": "shop" }).scope("s");
  const points = Array.from({ length: count }, (_, index) => ({
    attributes: { n: `value ${index}` },
    timeUnixNano,
    value: index + 0.5,
  }));
  return writer.gauge({ name: "depth", description: "Depth." }, points).finish();
}

/** A counter with an exemplar, and an exponential histogram. */
function counts(): Batch {
  const writer = new MetricsBatchWriter();
  writer.resource({ "service.name": "shop" }).scope("s");
  const exemplars = [{ timeUnixNano, value: 1, traceId: "0123456789abcdef0123456789abcdef" }];
  const point = { attributes: {}, startTimeUnixNano: timeUnixNano - 5_000_000n, timeUnixNano };
  writer.sum({ name: "c", description: "Counts.", unit: "By" }, { monotonic: true, temporality: "cumulative" }, [
    { ...point, value: 7n, exemplars },
  ]);
  writer.exponentialHistogram({ name: "e", unit: "s" }, { temporality: "cumulative" }, [
    {
      ...point,
      count: 9,
      sum: 4,
      scale: 2,
      zeroCount: 0,
      zeroThreshold: 0,
      positive: { offset: 1, bucketCounts: [4, 0, 5] },
      negative: { offset: 0, bucketCounts: [] },
    },
  ]);
  return writer.finish();
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
}

async function write(batch: Batch, config: object = {}, answers: readonly Answer[] = [], more: readonly Batch[] = []) {
  const sink = await startSink();
  sink.answer = (_request, index) => ({ status: 200, body: "why", ...answers[index] });
  const host = testHost("exporter", "prometheusremotewrite");
  const endpoint = `${sink.url}/api/v1/write`;
  const exporter = remoteWriteExporter.create(remoteWriteExporter.schema.parse({ endpoint, ...config }), host);
  const lane = new Lane("metrics");
  const consumer = exporter.consumer("metrics", lane);
  await exporter.start();
  for (const one of [batch, ...more]) {
    lane.entered += one.itemCount;
    expect(await consumer.consume(one)).toBeUndefined();
  }
  host.startDrain(5000);
  await exporter.shutdown();
  await sink.close();
  expect(lane.inside).toBe(0);
  const metric = (name: string): number | undefined =>
    metricValue(host.metrics, `otelcol_exporter_prometheusremotewrite_${name}`, {
      exporter: "prometheusremotewrite",
      endpoint,
    });
  return { lane, host, metric, requests: sink.requests, decoded: sink.requests.map(({ body }) => decodeRequest(body)) };
}

test("remote write 1.0: sorted labels, milliseconds, headers, metadata of its own", async () => {
  const { requests, decoded, lane } = await write(gauges(1), {
    external_labels: { "my.cluster": "c" },
    send_metadata: true,
  });
  expect(requests[0]?.path).toBe("/api/v1/write");
  expect(requests[0]?.headers).toMatchObject({
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "x-prometheus-remote-write-version": "0.1.0",
  });
  const depth = decoded[0]?.series.find(({ labels }) => labels.__name__ === "depth");
  expect(Object.entries(depth?.labels ?? {})).toEqual([
    ["__name__", "depth"],
    ["job", "shop"],
    ["my_cluster", "c"],
    ["n", "value 0"],
    ["otel_scope_name", "s"],
  ]);
  expect(depth?.samples).toEqual([{ value: 0.5, timestampMs, startMs: 0 }]);
  expect(decoded[1]?.metadata).toContainEqual({ type: 2, name: "depth", help: "Depth." });
  expect(lane.sent).toBe(1);
});

test.each([
  ["1.0", {}],
  ["2.0", V2],
])("remote write %s has exemplars and native histograms", async (version, config) => {
  const { decoded, requests, metric } = await write(counts(), { disable_scope_info: true, ...config });
  const [counter, histogram] = decoded[0]?.series ?? [];
  const isV2 = version === "2.0";
  const startMs = isV2 ? timestampMs - 5 : 0;
  expect(counter).toEqual({
    labels: { __name__: "c_bytes_total", job: "shop" },
    samples: [{ value: 7, timestampMs, startMs }],
    histograms: [],
    exemplars: [{ labels: { trace_id: "0123456789abcdef0123456789abcdef" }, value: 1, timestampMs }],
    ...(isV2 ? { metadata: { type: 1, help: "Counts.", unit: "bytes" } } : {}),
  });
  expect(histogram).toMatchObject({
    labels: { __name__: "e_seconds", job: "shop" },
    samples: [],
    histograms: [
      { count: 9n, sum: 4, schema: 2, positiveSpans: [[2, 3]], positiveDeltas: [4n, -4n, 5n], timestampMs, startMs },
    ],
  });
  expect(metric("translated_time_series")).toBe(2);
  expect(metric("sent_batches")).toBe(1);
  if (!isV2) return;
  expect(decoded[0]?.symbols[0]).toBe("");
  expect(new Set(decoded[0]?.symbols).size).toBe(decoded[0]?.symbols.length);
  expect(requests[0]?.headers).toMatchObject({
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "x-prometheus-remote-write-version": "2.0.0",
  });
});

test("remote write 2.0 counts what the destination says it wrote, and says when it says nothing or less", async () => {
  const header = (what: string): string => `x-prometheus-remote-write-${what}-written`;
  const headers = { [header("samples")]: "1", [header("histograms")]: "0", [header("exemplars")]: "1" };
  const partial = await write(counts(), V2, [{ headers }]);
  const written = ["samples", "histograms", "exemplars"].map((what) => partial.metric(`written_${what}`));
  expect(written).toEqual([1, 0, 1]);
  expect(partial.host.lines.join()).toContain("0 of 1");
  const silent = await write(counts(), V2);
  expect(silent.host.lines.join()).toContain("the endpoint may not support it");
});

test("samples of a series stay together, in order of time", async () => {
  const writer = new MetricsBatchWriter();
  const times = [3n, 1n, 2n].map((second) => ({
    attributes: {},
    timeUnixNano: second * 1_000_000_000n,
    value: Number(second),
  }));
  const { decoded } = await write(writer.gauge({ name: "g" }, times).finish());
  expect(decoded[0]?.series.map(({ samples }) => samples.map(({ value }) => value))).toEqual([[1, 2, 3]]);
  // The same resource with other scopes, the later first: its target_info is one series.
  for (const second of [2n, 1n]) {
    writer.resource({ "service.name": "shop", region: "eu" }).scope(`scope ${second}`);
    writer.gauge({ name: "g" }, [{ attributes: { a: "b" }, timeUnixNano: second * 1_000_000_000n, value: 1 }]);
  }
  const requests = (await write(writer.finish())).decoded;
  const info = requests.flatMap(({ series }) => series).filter(({ labels }) => labels.__name__ === "target_info");
  expect(info.map(({ samples }) => samples.map((sample) => sample.timestampMs))).toEqual([[1000, 2000]]);
});

test("an export that comes late does not turn target_info back", async () => {
  const info = (second: bigint): Batch => {
    const writer = new MetricsBatchWriter();
    // The same resource, its attributes in another order.
    const resource = { "service.name": "shop", region: "eu", zone: "a" };
    writer.resource(second === 1n ? Object.fromEntries(Object.entries(resource).reverse()) : resource).scope("s");
    return writer.gauge({ name: "g" }, [{ attributes: {}, timeUnixNano: second * 1_000_000_000n, value: 1 }]).finish();
  };
  const { decoded } = await write(info(2n), {}, [], [info(1n), info(3n)]);
  const times = decoded.flatMap(({ series }) =>
    series.flatMap(({ labels, samples }) => samples.map(({ timestampMs: ms }) => [labels.__name__, ms])),
  );
  expect(times).toEqual([
    ["g", 2000],
    ["target_info", 2000],
    ["g", 1000],
    ["g", 3000],
    ["target_info", 3000],
  ]);
});

test("target_info goes apart: when it is refused the data still arrived", async () => {
  const writer = new MetricsBatchWriter();
  writer.resource({ "service.name": "shop", region: "eu" }).scope("s");
  writer.gauge({ name: "g" }, [{ attributes: {}, timeUnixNano, value: 1 }]);
  const settings = { max_batch_request_parallelism: 1 };
  const { decoded, lane, host } = await write(writer.finish(), settings, [{}, { status: 400 }]);
  expect(decoded.map(({ series }) => series.map(({ labels }) => labels.__name__))).toEqual([["g"], ["target_info"]]);
  expect([lane.sent, lane.droppedTotal]).toEqual([1, 0]);
  expect(host.lines.join()).toContain("set target_info::enabled to false");
});

test.each([
  ["1.0", {}],
  ["2.0", V2],
])("remote write %s: large batches are cut by size, and a retry sends only what did not arrive", async (_, config) => {
  const settings = { max_batch_size_bytes: 2000, target_info: { enabled: false }, max_batch_request_parallelism: 1 };
  const { decoded, requests, lane } = await write(gauges(100), { ...settings, ...config }, [{}, { status: 503 }]);
  const names = decoded.map(({ series }) => series.map(({ labels }) => labels.n).join());
  expect(decoded.length).toBeGreaterThan(3);
  // The second request failed and came again after the others; the first did not.
  expect(names.at(-1)).toBe(names[1]);
  expect(new Set(names).size).toBe(names.length - 1);
  expect(names.slice(0, -1).join().split(",")).toEqual(Array.from({ length: 100 }, (__, index) => `value ${index}`));
  for (const { body } of requests) expect(snappy.uncompress(body).length).toBeLessThanOrEqual(2000);
  expect(lane.sent).toBe(100);
});

test("requests of a batch are sent in parallel; one that is refused for good fails the batch after the others arrived", async () => {
  const settings = { max_batch_size_bytes: 2000, target_info: { enabled: false } };
  const { requests, lane } = await write(gauges(100), settings, [{}, { status: 400 }, { status: 503 }]);
  expect(Object.fromEntries(lane.dropped)).toEqual({ permanent_error: 100 });
  expect(requests.length).toBeGreaterThan(4);
});

test("4xx is permanent; what Prometheus cannot hold is dropped by name", async () => {
  const refused = await write(gauges(2), {}, [{ status: 400 }]);
  expect([Object.fromEntries(refused.lane.dropped), refused.requests.length]).toEqual([{ permanent_error: 2 }, 1]);
  expect(refused.host.lines.join()).toContain("returned HTTP status 400: why");
  const writer = new MetricsBatchWriter();
  writer.sum({ name: "d" }, { monotonic: true, temporality: "delta" }, [{ attributes: {}, timeUnixNano, value: 1 }]);
  const delta = await write(writer.finish());
  expect(Object.fromEntries(delta.lane.dropped)).toEqual({ rejected_by_destination: 1 });
  expect(delta.metric("failed_translations")).toBe(1);
});

test("429 and 5xx are tried again", async () => {
  const { lane, requests } = await write(gauges(1), {}, [{ status: 429 }, { status: 500 }, { status: 599 }]);
  expect([lane.sent, requests.length]).toEqual([1, 4]);
});

test("a stale marker keeps its bits: Prometheus knows it by them", async () => {
  const writer = new MetricsBatchWriter();
  writer.gauge({ name: "gone" }, [{ attributes: {}, timeUnixNano, value: 0, flags: 1 }]);
  const empty = { offset: 0, bucketCounts: [] };
  writer.exponentialHistogram({ name: "lost" }, { temporality: "cumulative" }, [
    {
      attributes: {},
      timeUnixNano,
      flags: 1,
      count: 0,
      scale: 0,
      zeroCount: 0,
      zeroThreshold: 0,
      positive: empty,
      negative: empty,
    },
  ]);
  const { requests, decoded } = await write(writer.finish());
  const body = Buffer.from(snappy.uncompress(requests[0]?.body as Buffer));
  expect(body.toString("hex").split("020000000000f07f")).toHaveLength(3);
  expect(decoded[0]?.series[1]?.histograms[0]?.count).toBe(0x7ff0000000000002n);
});

test("the write-ahead log keeps what a dead destination did not take for the next process", async () => {
  const directory = mkdtempSync(join(tmpdir(), "venturi-wal-"));
  const sink = await startSink();
  let status = 503;
  sink.answer = () => ({ status });
  const config = { endpoint: sink.url, wal: { directory }, retry_on_failure: { max_elapsed_time: "0s" } };
  const life = async (batches: readonly Batch[]) => {
    const host = testHost("exporter", "prometheus_remote_write/a b");
    const exporter = remoteWriteExporter.create(remoteWriteExporter.schema.parse(config), host);
    const lane = new Lane("metrics");
    const consumer = exporter.consumer("metrics", lane);
    await exporter.start();
    for (const batch of batches) expect(await consumer.consume(batch)).toBeUndefined();
    lane.entered += batches.reduce((sum, { itemCount }) => sum + itemCount, 0);
    return { host, exporter, lane };
  };
  const first = await life([gauges(3), counts()]);
  await sink.received(1);
  first.host.startDrain(0);
  await first.exporter.shutdown();
  expect([first.lane.stored, first.lane.inside]).toEqual([5, 0]);

  status = 200;
  const before = sink.requests.length;
  const second = await life([]);
  await sink.received(before + 2);
  second.host.startDrain(5000);
  await second.exporter.shutdown();
  expect([second.lane.recovered, second.lane.sent, second.lane.inside]).toEqual([5, 5, 0]);
  expect(readdirSync(join(directory, "prom_remotewrite_prometheus_remote_write_a_b"))).toEqual([]);
  await sink.close();
  rmSync(directory, { recursive: true });
});

test.each([
  [{ translation_strategy: "NoTranslation" }, "requires Prometheus Remote Write 2.0"],
  [{ external_labels: { a: "" } }, "empty key or value"],
  [{ compression: "gzip" }, "compression type must be snappy"],
  [{ remote_write_queue: { queue_size: 0 } }, "a 0 size queue will drop all the data"],
])("%j: %s", (config, message) => {
  const result = remoteWriteExporter.schema.safeParse({ endpoint: "http://127.0.0.1:1", ...config });
  expect(result.error?.message).toContain(message);
});
