import { type Batch, Cursor, LEN, MetricsBatchWriter, VARINT } from "@venturi/otlp";
import snappy from "snappyjs";
import { expect, test } from "vitest";
import { Lane } from "../../ledger.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { startSink } from "../../testing/sink.test.fixture.js";
import { remoteWriteExporter } from "./remote-write.js";

const timeUnixNano = 1_700_000_000_123_000_000n;

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

interface Decoded {
  series: { labels: Record<string, string>; value: number; timestampMs: number }[];
  metadata: { type: number; name: string; help: string }[];
}

/** Reads prometheus.WriteRequest. */
function decode(body: Buffer): Decoded {
  const result: Decoded = { series: [], metadata: [] };
  const cursor = new Cursor(snappy.uncompress(body));
  while (cursor.next()) {
    const record = new Cursor(cursor.subarray());
    if (cursor.field === 1) result.series.push(decodeSeries(record));
    else if (cursor.field === 3) result.metadata.push(decodeMetadata(record));
  }
  return result;
}

function decodeSeries(record: Cursor): Decoded["series"][number] {
  const series = { labels: {} as Record<string, string>, value: Number.NaN, timestampMs: 0 };
  while (record.next()) {
    const part = new Cursor(record.subarray());
    let name = "";
    while (part.next()) {
      if (record.field === 1 && part.field === 1) name = part.string();
      else if (record.field === 1) series.labels[name] = part.string();
      else if (part.field === 1) series.value = part.double();
      else series.timestampMs = Number(part.uint64());
    }
  }
  return series;
}

function decodeMetadata(record: Cursor): Decoded["metadata"][number] {
  const metadata = { type: 0, name: "", help: "" };
  while (record.next()) {
    if (record.field === 1 && record.wireType === VARINT) metadata.type = record.uint32();
    else if (record.field === 2 && record.wireType === LEN) metadata.name = record.string();
    else if (record.field === 4 && record.wireType === LEN) metadata.help = record.string();
    else record.skip();
  }
  return metadata;
}

async function write(batch: Batch, config: object = {}, statuses: readonly number[] = []) {
  const sink = await startSink();
  sink.answer = (_request, index) => ({ status: statuses[index] ?? 200, body: "why" });
  const host = testHost("exporter", "prometheusremotewrite");
  const exporter = remoteWriteExporter.create(
    remoteWriteExporter.schema.parse({ endpoint: `${sink.url}/api/v1/write`, ...config }),
    host,
  );
  const lane = new Lane();
  await exporter.start();
  lane.entered += batch.itemCount;
  expect(exporter.consumer("metrics", lane).consume(batch)).toBeUndefined();
  host.startDrain(5000);
  await exporter.shutdown();
  await sink.close();
  expect(lane.inside).toBe(0);
  return { lane, host, requests: sink.requests, decoded: sink.requests.map(({ body }) => decode(body)) };
}

test("remote write 1.0: sorted labels, milliseconds, headers", async () => {
  const { requests, decoded, lane } = await write(gauges(1), {
    external_labels: { cluster: "c" },
    send_metadata: true,
  });
  expect(requests[0]?.path).toBe("/api/v1/write");
  expect(requests[0]?.headers).toMatchObject({
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "x-prometheus-remote-write-version": "0.1.0",
  });
  const depth = decoded[0]?.series.find(({ labels }) => labels.__name__ === "depth");
  expect(depth).toEqual({
    labels: { __name__: "depth", cluster: "c", job: "shop", n: "value 0" },
    value: 0.5,
    timestampMs: 1_700_000_000_123,
  });
  expect(Object.keys(depth?.labels ?? {})).toEqual(["__name__", "cluster", "job", "n"]);
  expect(decoded[0]?.metadata).toContainEqual({ type: 2, name: "depth", help: "Depth." });
  expect(lane.sent).toBe(1);
});

test("large batches are cut by size, and a retry goes on where it failed", async () => {
  const { decoded, lane } = await write(
    gauges(100),
    { max_batch_size_bytes: 2000, target_info: { enabled: false } },
    [200, 503],
  );
  const names = decoded.map(({ series }) => series.map(({ labels }) => labels.n).join());
  expect(decoded.length).toBeGreaterThan(4);
  // The second request failed and came again; the first did not.
  expect(names[1]).toBe(names[2]);
  expect(new Set(names).size).toBe(names.length - 1);
  expect(decoded.reduce((sum, { series }) => sum + series.length, 0) - (decoded[1]?.series.length ?? 0)).toBe(100);
  expect(lane.sent).toBe(100);
});

test("4xx is permanent; what Prometheus cannot hold is dropped by name", async () => {
  const refused = await write(gauges(2), {}, [400]);
  expect([Object.fromEntries(refused.lane.dropped), refused.requests.length]).toEqual([{ permanent_error: 2 }, 1]);
  expect(refused.host.lines.join()).toContain("returned HTTP status 400: why");
  const writer = new MetricsBatchWriter();
  writer.sum({ name: "d" }, { monotonic: true, temporality: "delta" }, [{ attributes: {}, timeUnixNano, value: 1 }]);
  const delta = await write(writer.finish());
  expect(Object.fromEntries(delta.lane.dropped)).toEqual({ rejected_by_destination: 1 });
});

test("a stale marker keeps its bits: Prometheus knows it by them", async () => {
  const writer = new MetricsBatchWriter();
  writer.gauge({ name: "gone" }, [{ attributes: {}, timeUnixNano, value: 0, flags: 1 }]);
  const { requests } = await write(writer.finish());
  const body = Buffer.from(snappy.uncompress(requests[0]?.body as Buffer));
  expect(body.includes(Buffer.from("020000000000f07f", "hex"))).toBe(true);
});
