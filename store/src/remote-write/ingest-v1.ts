import type { WriteParts } from "./remote-write.js";
import { readWriteRequest } from "./write-request.js";

/** Samples further ahead of the clock than ten minutes are refused, as by Prometheus. */
const maxAheadMs = 10 * 60_000;

export function latestTime(nowMs: number): number {
  return nowMs + maxAheadMs;
}

/** Stores a remote write 1.0 request; what is refused is counted in the statistics. */
export function ingestV1(bytes: Uint8Array, { metrics, writes, stats }: WriteParts, latestMs: number): void {
  const { pending } = writes;
  const isTooLate = (timestampMs: number): boolean => {
    if (timestampMs <= latestMs) return false;
    stats.drop("too_far_in_future", 1);
    return true;
  };
  readWriteRequest(bytes, {
    known: (labels, start, end) => metrics.remoteWriteSeries.find(labels, start, end),
    knownSample(series, timestampMs, value, stale) {
      if (!isTooLate(timestampMs)) metrics.appendTo(series, timestampMs, value, stale, pending);
    },
    sample(labels, timestampMs, value, stale) {
      return isTooLate(timestampMs) ? undefined : metrics.append(labels, timestampMs, value, stale, pending);
    },
    remember: (labels, start, end, series) => metrics.remoteWriteSeries.remember(labels, start, end, series),
    exemplar(labels, exemplar) {
      const series = metrics.find(labels);
      if (series === undefined || exemplar.timestampMs > latestMs) return;
      metrics.exemplars.add(series, exemplar.labels, exemplar.value, exemplar.timestampMs, pending.exemplars);
    },
    // Prometheus 1.0 receivers leave them out without a word; they are in the statistics.
    invalidSeries(sampleCount) {
      stats.drop("invalid_labels", Math.max(1, sampleCount));
    },
    knownHistogram(series, { timestampMs, histogram }) {
      if (!isTooLate(timestampMs)) metrics.appendHistogramTo(series, timestampMs, histogram, pending);
    },
    histogram(labels, { timestampMs, histogram }) {
      return isTooLate(timestampMs) ? undefined : metrics.appendHistogram(labels, timestampMs, histogram, pending);
    },
    invalidHistograms(count) {
      stats.drop("invalid_histogram", count);
    },
    metadata(name, type, help, unit) {
      metrics.metadata.set(name, { type, help, unit }, pending.metadata);
    },
  });
}
