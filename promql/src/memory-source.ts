import type { SampleSeries, SeriesSource } from "./evaluator/source.js";
import { withStoredHints } from "./histogram/stored-hint.js";
import type { Matcher } from "./matcher.js";

/**
 * A source of series that are all in memory, in the given order; for tests and small data. Counter reset hints of
 * histograms are set as Prometheus' storage would set them.
 * @example new MemorySource([{ labels: { __name__: "up" }, timestampsMs: Float64Array.of(0), values: Float64Array.of(1) }])
 */
export class MemorySource implements SeriesSource {
  readonly #series: readonly SampleSeries[];

  constructor(series: readonly SampleSeries[]) {
    this.#series = series.map((one) =>
      one.histograms === undefined ? one : { ...one, histograms: withStoredHints(one.histograms) },
    );
  }

  async select(matchers: readonly Matcher[], startMs: number, endMs: number): Promise<SampleSeries[]> {
    const found: SampleSeries[] = [];
    for (const series of this.#series) {
      if (!matchers.every((matcher) => matcher.matches(series.labels[matcher.name] ?? ""))) continue;
      const part = between(series, startMs, endMs);
      if (part.timestampsMs.length > 0) found.push(part);
    }
    return found;
  }
}

function between(series: SampleSeries, startMs: number, endMs: number): SampleSeries {
  const { labels, timestampsMs, values, histograms, startTimestampsMs } = series;
  const from = firstAtOrAfter(timestampsMs, startMs);
  const to = firstAtOrAfter(timestampsMs, endMs + 1);
  const inside = histograms?.slice(from, to);
  return {
    labels,
    timestampsMs: timestampsMs.subarray(from, to),
    values: values.subarray(from, to),
    ...(inside?.some((one) => one !== undefined) ? { histograms: inside } : {}),
    ...(startTimestampsMs === undefined ? {} : { startTimestampsMs: startTimestampsMs.subarray(from, to) }),
  };
}

function firstAtOrAfter(times: Float64Array, limit: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
