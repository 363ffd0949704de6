import { Writer } from "@venturi/otlp";
import { compress } from "snappyjs";
import { describe, expect, test } from "vitest";
import { postBytes, postRemoteWrite, writeRequestBytes } from "../testing/remote-write-bytes.js";
import { getJson, servedStore } from "../testing/test-store.js";

const nowMs = Date.parse("2026-03-01T12:00:00Z");
const now = (): number => nowMs;

describe("remote write", () => {
  test("samples, metadata and exemplars arrive", async () => {
    const { url, get, store } = await servedStore({ now });
    const labels = { __name__: "k6_http_reqs_total", testid: "t1", empty: "" };
    const exemplars = [{ labels: { trace_id: "abc" }, value: 7, timestampMs: nowMs - 1000 }];
    const response = await postRemoteWrite(
      url,
      [
        {
          labels,
          samples: [
            [nowMs - 2000, 5],
            [nowMs - 1000, 7],
          ],
          exemplars,
        },
      ],
      [{ type: 1, name: "k6_http_reqs_total", help: "Requests." }],
    );
    expect(response.status).toBe(204);
    const query = `query=k6_http_reqs_total&start=${nowMs / 1000 - 2}&end=${nowMs / 1000}&step=1`;
    expect((await get(`/api/v1/query_range?${query}`)).body.data.result).toEqual([
      {
        metric: { __name__: "k6_http_reqs_total", testid: "t1" },
        values: [
          [nowMs / 1000 - 2, "5"],
          [nowMs / 1000 - 1, "7"],
          [nowMs / 1000, "7"],
        ],
      },
    ]);
    expect((await get("/api/v1/metadata")).body.data).toEqual({
      k6_http_reqs_total: [{ type: "counter", unit: "", help: "Requests." }],
    });
    expect((await get("/api/v1/query_exemplars?query=rate(k6_http_reqs_total[1m])")).body.data).toEqual([
      {
        seriesLabels: { __name__: "k6_http_reqs_total", testid: "t1" },
        exemplars: [{ labels: { trace_id: "abc" }, value: "7", timestamp: nowMs / 1000 - 1 }],
      },
    ]);
    expect(store.stats()).toMatchObject({ samples: 2, series: 1, dropped: {} });
  });

  test("keeps the good samples of a request and counts the refused ones by reason", async () => {
    const { url, store } = await servedStore({ now, retentionMs: 3_600_000 });
    const response = await postRemoteWrite(url, [
      {
        labels: { __name__: "a" },
        samples: [
          [nowMs, 1],
          [nowMs, 2],
          [nowMs - 1, 3],
          [nowMs, 1],
        ],
      },
      { labels: { __name__: "b" }, samples: [[nowMs - 3_600_001, 1]] },
      { labels: { job: "no name" }, samples: [[nowMs, 1]] },
      { labels: { __name__: "c" }, samples: [], histograms: [spansWithoutBuckets, spansWithoutBuckets] },
    ]);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe(
      "duplicate sample for timestamp, out of order sample, out of bounds, histogram is not valid (2)\n",
    );
    expect(store.stats()).toMatchObject({
      samples: 1,
      dropped: { duplicate_timestamp: 1, out_of_order: 1, too_old: 1, invalid_labels: 1, invalid_histogram: 2 },
    });
  });

  test("a label explosion is bounded", async () => {
    const { url, store } = await servedStore({ now, maxSeries: 2 });
    const many = Array.from({ length: 5 }, (_, index) => ({
      labels: { __name__: "a", id: String(index) },
      samples: [[nowMs, 1]] as const,
    }));
    expect((await postRemoteWrite(url, many)).status).toBe(400);
    expect(store.stats()).toMatchObject({ series: 2, samples: 2, dropped: { series_limit: 3 } });
  });

  test("garbage gets 400, the wrong kind 415, too much 413, and the store lives on", async () => {
    const { url, get } = await servedStore({ now });
    const good = compress(writeRequestBytes([{ labels: { __name__: "a" }, samples: [[nowMs, 1]] }]));
    const status = async (body: Uint8Array, headers = {}): Promise<number> =>
      (await postBytes(url, body, headers)).status;
    expect(await status(Uint8Array.of(0xff, 0xff, 0xff))).toBe(400);
    expect(await status(compress(Uint8Array.of(0x0a, 0x7f, 1)))).toBe(400);
    expect(await status(new Uint8Array(0))).toBe(400);
    // A snappy header that promises 4 GiB.
    expect(await status(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0))).toBe(400);
    expect(await status(good, { "content-encoding": "gzip" })).toBe(415);
    expect(await status(good, { "content-type": "application/json" })).toBe(415);
    const unknown = "application/x-protobuf;proto=io.prometheus.write.v3.Request";
    expect(await status(good, { "content-type": unknown })).toBe(415);
    expect(await status(good, { origin: "http://example.com" })).toBe(403);
    expect(await status(new Uint8Array(33 * 1024 * 1024))).toBe(413);
    expect((await getJson(`${url}/api/v1/write`)).status).toBe(405);
    expect(await status(good)).toBe(204);
    expect((await get("/api/v1/query?query=a")).body.data.result).toHaveLength(1);
  });
});

/** A prometheus.Histogram whose span of two buckets has no counts. */
const spansWithoutBuckets = histogramBytes((writer) => span(writer, 11, 0, 2));

function histogramBytes(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  writer.int64Field(15, BigInt(nowMs));
  return writer.finish();
}

function span(writer: Writer, field: number, offset: number, length: number): void {
  const message = new Writer();
  message.sint32Field(1, offset);
  message.uint32Field(2, length);
  writer.bytesField(field, message.finish());
}

test("native histograms, of integers and of floats", async () => {
  const { url, get } = await servedStore({ now: () => nowMs });
  const integers = histogramBytes((writer) => {
    writer.int64Field(1, 6n);
    writer.doubleField(3, 12.5);
    writer.sint32Field(4, 0);
    writer.doubleField(5, 0.001);
    writer.int64Field(6, 1n);
    span(writer, 11, 0, 2);
    // Differences 2, -1 as zigzag varints: counts 2 and 1.
    writer.bytesField(12, new Uint8Array([4, 1]));
    span(writer, 8, 1, 1);
    writer.bytesField(9, new Uint8Array([4]));
  });
  const floats = histogramBytes((writer) => {
    writer.doubleField(2, 1.5);
    writer.doubleField(3, 2);
    span(writer, 11, 0, 1);
    writer.doubleField(13, 1.5);
  });
  const response = await postRemoteWrite(url, [
    { labels: { __name__: "integers" }, samples: [], histograms: [integers] },
    { labels: { __name__: "floats" }, samples: [], histograms: [floats] },
  ]);
  expect(response.status).toBe(204);
  const ask = async (query: string) =>
    (await get(`/api/v1/query?time=${nowMs / 1000}&query=${query}`)).body.data.result;
  expect((await ask("integers"))[0].histogram[1]).toEqual({
    count: "6",
    sum: "12.5",
    buckets: [
      [1, "-2", "-1", "2"],
      [3, "-0.001", "0.001", "1"],
      [0, "0.5", "1", "2"],
      [0, "1", "2", "1"],
    ],
  });
  expect((await ask("histogram_count(floats)"))[0].value[1]).toBe("1.5");
});
