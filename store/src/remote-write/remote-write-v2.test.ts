import { compress } from "snappyjs";
import { describe, expect, test } from "vitest";
import { postBytes } from "../testing/remote-write-bytes.js";
import { type TestSeriesV2, writeRequestV2Bytes } from "../testing/remote-write-v2-bytes.js";
import { servedStore } from "../testing/test-store.js";

const nowMs = Date.parse("2026-03-01T12:00:00Z");
const headers = { "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request" };

async function served(settings: { maxSeries?: number } = {}) {
  const { url, get, store } = await servedStore({ now: () => nowMs, ...settings });
  const send = async (body: Uint8Array): Promise<{ status: number; written: string; lines: string[] }> => {
    const response = await postBytes(url, compress(body), headers);
    const count = (what: string): string | null => response.headers.get(`x-prometheus-remote-write-${what}-written`);
    const text = await response.text();
    return {
      status: response.status,
      written: ["samples", "histograms", "exemplars"].map(count).join(" "),
      lines: text === "" ? [] : text.trimEnd().split("\n"),
    };
  };
  const write = (...series: TestSeriesV2[]) => send(writeRequestV2Bytes(series));
  return { send, write, get, store };
}

const one = (name: string, timestampMs: number, value = 1): TestSeriesV2 => ({
  labels: { __name__: name, job: "a" },
  samples: [[timestampMs, value]],
});

describe("remote write 2.0", () => {
  test("samples, exemplars and metadata arrive and are counted", async () => {
    const { write, get, store } = await served();
    const answer = await write({
      labels: { __name__: "took_seconds_bucket", le: "1", empty: "" },
      samples: [
        [nowMs - 1000, 1],
        [nowMs, 2],
      ],
      exemplars: [{ labels: { trace_id: "abc" }, value: 0.5, timestampMs: nowMs }],
      metadata: { type: 3, help: "Time.", unit: "seconds" },
    });
    expect(answer).toEqual({ status: 204, written: "2 0 1", lines: [] });
    const at = `time=${nowMs / 1000}`;
    const { body } = await get(`/api/v1/query?${at}&query=took_seconds_bucket[1m]`);
    expect(body.data.result[0]).toMatchObject({ metric: { __name__: "took_seconds_bucket", le: "1" } });
    expect(body.data.result[0].values).toHaveLength(2);
    // Metadata of a bucket is that of its histogram.
    expect((await get("/api/v1/metadata")).body.data).toEqual({
      took_seconds: [{ type: "histogram", unit: "seconds", help: "Time." }],
    });
    const exemplars = await get("/api/v1/query_exemplars?query=took_seconds_bucket");
    expect(exemplars.body.data[0].exemplars[0].labels).toEqual({ trace_id: "abc" });
    expect(store.stats()).toMatchObject({ samples: 2, series: 1, dropped: {} });
  });

  test("good samples are kept, and every refused one is told with its series", async () => {
    const { write, store } = await served();
    expect((await write(one("a", nowMs))).status).toBe(204);
    const answer = await write(
      one("b", nowMs),
      one("a", nowMs, 2),
      one("a", nowMs - 1),
      one("c", nowMs + 600_001),
      { labels: { job: "a" }, samples: [[nowMs, 1]] },
      { labels: { __name__: "d", x: 'y"' }, samples: [] },
    );
    expect(answer).toEqual({
      status: 400,
      written: "1 0 0",
      lines: [
        'duplicate sample for timestamp for series {__name__="a", job="a"}',
        'out of order sample for series {__name__="a", job="a"}',
        'out of bounds: timestamp is too far in the future for series {__name__="c", job="a"}',
        'invalid metric name or labels, got {job="a"}',
        'TimeSeries must contain at least one sample or histogram for series {__name__="d", x="y\\""}',
      ],
    });
    expect(store.stats().dropped).toEqual({
      duplicate_timestamp: 1,
      out_of_order: 1,
      too_far_in_future: 1,
      invalid_labels: 1,
    });
  });

  test("a request of bad samples gets a bounded answer", async () => {
    const { write } = await served();
    const { status, lines } = await write(...Array.from({ length: 500 }, () => ({ labels: {}, samples: [] })));
    expect(`${status} ${lines.length}`).toBe("400 100");
  });

  test("series beyond the limit are refused, known ones go on", async () => {
    const { write } = await served({ maxSeries: 1 });
    expect((await write(one("a", nowMs - 1))).status).toBe(204);
    expect(await write(one("b", nowMs), one("a", nowMs))).toEqual({
      status: 400,
      written: "1 0 0",
      lines: ['too many series for series {__name__="b", job="a"}'],
    });
  });

  test("references that point nowhere", async () => {
    const { send } = await served();
    const symbols = [0x22, 0x00];
    const beyond = await send(Uint8Array.of(...symbols, 0x2a, 4, 0x0a, 2, 1, 2));
    expect(beyond.lines).toEqual([
      "parsing labels for series [1 2]: labelRefs 1 (name) = 2 (value) outside of symbols table (size 1)",
    ]);
    const odd = await send(Uint8Array.of(...symbols, 0x2a, 3, 0x0a, 1, 0));
    expect(odd).toMatchObject({ status: 400, lines: ["parsing labels for series [0]: invalid labelRefs length 1"] });
  });

  test("broken protobuf is 400 with what was written: nothing", async () => {
    const { send } = await served();
    const { status, written, lines } = await send(Uint8Array.of(0x2a, 0x7f, 1));
    expect({ status, written }).toEqual({ status: 400, written: "0 0 0" });
    expect(lines[0]).toMatch(/^cannot decode write request: /);
  });
});
