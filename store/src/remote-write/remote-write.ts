import { MalformedOtlpError } from "@venturi/otlp";
import { uncompress } from "snappyjs";
import { HttpError, type Reply, textReply } from "../http/reply.js";
import type { Request } from "../http/request.js";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { WriteBehind } from "../ingest/write-behind.js";
import type { MetricStore } from "../metrics/metric-store.js";
import { readWriteRequest } from "./write-request.js";

/** Prometheus and k6 send a few hundred KiB at a time. */
const maxBodyBytes = 32 * 1024 * 1024;

/**
 * `POST /api/v1/write`, remote write 1.0. Good samples of a request are kept even when others are refused; those are
 * counted, and the answer is 400 as the protocol wants it for data that a retry would not improve.
 */
export async function receiveRemoteWrite(
  request: Request,
  metrics: MetricStore,
  writes: WriteBehind,
  stats: IngestStats,
): Promise<Reply> {
  const bytes = decompress(await checkedBody(request));
  try {
    await writes.admit();
  } catch (cause) {
    return textReply(503, (cause as Error).message);
  }
  const droppedBefore = stats.droppedTotal;
  try {
    ingest(bytes, metrics, writes, stats);
  } catch (cause) {
    if (cause instanceof MalformedOtlpError) throw new HttpError(400, `cannot decode write request: ${cause.message}`);
    throw cause;
  }
  const dropped = stats.droppedTotal - droppedBefore;
  if (dropped > 0)
    return textReply(400, `${dropped} samples of the request were refused: see the store's statistics\n`);
  return { status: 204, headers: {}, body: "" };
}

async function checkedBody(request: Request): Promise<Buffer> {
  // Only browsers send it: a web page must not be able to write into a store on its visitor's machine.
  if (request.headers.origin !== undefined) throw new HttpError(403, "writing from web pages is not allowed");
  const type = request.headers["content-type"] ?? "application/x-protobuf";
  if (!/^application\/x-protobuf\s*(;|$)/i.test(type) || /io\.prometheus\.write\.v2/i.test(type)) {
    throw new HttpError(415, `content type "${type}" is not remote write 1.0: send application/x-protobuf`);
  }
  const encoding = request.headers["content-encoding"] ?? "snappy";
  if (encoding !== "snappy") throw new HttpError(415, `content encoding "${encoding}" is not snappy`);
  return request.body(maxBodyBytes);
}

function decompress(body: Buffer): Uint8Array {
  try {
    return uncompress(body, maxBodyBytes);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new HttpError(400, `cannot decode write request: snappy: ${message}`, { cause });
  }
}

function ingest(bytes: Uint8Array, metrics: MetricStore, writes: WriteBehind, stats: IngestStats): void {
  const pending = writes.pending;
  readWriteRequest(bytes, {
    known: (labels, start, end) => metrics.remoteWriteSeries.find(labels, start, end),
    knownSample: (series, timestampMs, value, stale) => metrics.appendTo(series, timestampMs, value, stale, pending),
    sample: (labels, timestampMs, value, stale) => metrics.append(labels, timestampMs, value, stale, pending),
    remember: (labels, start, end, series) => metrics.remoteWriteSeries.remember(labels, start, end, series),
    exemplar(labels, exemplar) {
      const series = metrics.find(labels);
      if (series !== undefined)
        metrics.exemplars.add(series, exemplar.labels, exemplar.value, exemplar.timestampMs, pending.exemplars);
    },
    invalidSeries(sampleCount) {
      stats.drop("invalid_labels", Math.max(1, sampleCount));
    },
    knownHistogram(series, { timestampMs, histogram }) {
      metrics.appendHistogramTo(series, timestampMs, histogram, pending);
    },
    histogram: (labels, { timestampMs, histogram }) => metrics.appendHistogram(labels, timestampMs, histogram, pending),
    invalidHistograms(count) {
      stats.drop("invalid_histogram", count);
    },
    metadata(name, type, help, unit) {
      metrics.metadata.set(name, { type, help, unit }, pending.metadata);
    },
  });
}
