import { join } from "node:path";
import type { SampleSeries } from "@venturi/promql";
import { END_MS, randomData, SLICE_MS } from "../../promql/data.js";
import { Random } from "../../promql/random.js";
import { histogramBytes, snappy, writeRequests } from "../../promql/remote-write.js";
import { root } from "../venturi.js";
import type { ApiRequest } from "./exchange.js";

const testing = join(root, "store/dist/testing");
type FirstVersion = typeof import("../../../../store/dist/testing/remote-write-bytes.js");
type SecondVersion = typeof import("../../../../store/dist/testing/remote-write-v2-bytes.js");
const first = (await import(join(testing, "remote-write-bytes.js"))) as FirstVersion;
const second = (await import(join(testing, "remote-write-v2-bytes.js"))) as SecondVersion;

export const writeRequestBytes: FirstVersion["writeRequestBytes"] = first.writeRequestBytes;
export const writeRequestV2Bytes: SecondVersion["writeRequestV2Bytes"] = second.writeRequestV2Bytes;

const seed = 20_261;

/** Requests that write the same data to any server. */
export interface Corpus {
  readonly requests: readonly ApiRequest[];
  /** Time of the newest samples, in milliseconds. */
  readonly endMs: number;
}

/** An hour and a half of random series of every kind up to now; most by remote write 1.0, a part by 2.0. */
export function corpusUntil(nowMs: number): Corpus {
  const endMs = Math.floor(nowMs / 15_000) * 15_000 - 15_000;
  const series = randomData(new Random(seed)).map((one) => shifted(one, endMs - END_MS));
  const startMs = Math.min(...series.map(({ timestampsMs }) => timestampsMs[0] as number));
  const requests: ApiRequest[] = [];
  for (let from = startMs; from <= endMs; from += SLICE_MS) {
    for (const bytes of writeRequests(series, from, from + SLICE_MS)) requests.push(writeV1(bytes));
  }
  requests.push(writeV1(exemplified(endMs)), writeV2(secondVersion(series, endMs)));
  return { requests, endMs };
}

export function writeV1(bytes: Uint8Array, headers: Record<string, string> = {}): ApiRequest {
  const own = { "content-type": "application/x-protobuf", "x-prometheus-remote-write-version": "0.1.0" };
  return write(bytes, { ...own, ...headers });
}

export function writeV2(bytes: Uint8Array, headers: Record<string, string> = {}): ApiRequest {
  const own = {
    "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "x-prometheus-remote-write-version": "2.0.0",
  };
  return write(bytes, { ...own, ...headers });
}

function write(bytes: Uint8Array, headers: Record<string, string>): ApiRequest {
  return {
    method: "POST",
    path: "/api/v1/write",
    headers: { "content-encoding": "snappy", ...headers },
    body: snappy(bytes),
  };
}

function shifted(series: SampleSeries, byMs: number): SampleSeries {
  return { ...series, timestampsMs: series.timestampsMs.map((timeMs) => timeMs + byMs) };
}

/** Two counters with exemplars. */
function exemplified(endMs: number): Uint8Array {
  return writeRequestBytes(
    ["a", "b"].map((job) => ({
      labels: { __name__: "exemplified_total", job },
      samples: [
        [endMs - 30_000, 10],
        [endMs, 12],
      ],
      exemplars: [
        { labels: { trace_id: `1${job}` }, value: 0.5, timestampMs: endMs - 30_000 },
        { labels: { trace_id: `2${job}`, span_id: "7" }, value: 1e-9, timestampMs: endMs - 1 },
      ],
    })),
  );
}

/** By remote write 2.0: a counter with an exemplar, a gauge, and a native histogram. */
function secondVersion(series: readonly SampleSeries[], endMs: number): Uint8Array {
  const native = series.find(({ labels }) => labels.__name__ === "native_latency");
  const histogram = native?.histograms?.find((one) => one !== undefined);
  if (histogram === undefined) throw new Error("BUG: the corpus has no native histogram");
  return writeRequestV2Bytes([
    {
      labels: { __name__: "second_total", job: "two" },
      samples: [
        [endMs - 15_000, 1],
        [endMs, 5.5],
      ],
      exemplars: [{ labels: { trace_id: "abc" }, value: 4.5, timestampMs: endMs }],
      metadata: { type: 1, help: "Counts.", unit: "" },
    },
    { labels: { __name__: "second.gauge", "job.name": "two" }, samples: [[endMs, -0]] },
    { labels: { __name__: "second_latency", job: "two" }, samples: [], histograms: [histogramBytes(histogram, endMs)] },
  ]);
}
