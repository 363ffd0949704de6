import type { SampleSeries, SeriesSource } from "../evaluator/source.js";
import { BUCKET_LABEL, compareLabelSets, type LabelSet, METRIC_NAME } from "../labels.js";
import type { Matcher } from "../matcher.js";
import type { LoadedSeries } from "./script.js";

/** Thrown when a query would read a native histogram: such an eval can be neither right nor wrong here. */
export class NativeHistogramRead extends Error {
  override readonly name: string = "NativeHistogramRead";
}

interface Stored {
  readonly labels: LabelSet;
  samples: Map<number, { value: Float64Array; startMs: number }>;
}

/** What a script has loaded, in memory, ordered by labels as upstream's storage is. */
export class ScriptSource implements SeriesSource {
  readonly #series = new Map<string, Stored>();
  readonly #native = new Map<string, LabelSet>();
  /** Set by a read of native histograms; the engine may turn the error into one of its own. */
  touchedNative = false;

  load(stepMs: number, withNhcb: boolean, loaded: readonly LoadedSeries[]): void {
    for (const series of loaded) {
      if (series.isNative) this.#native.set(series.labels.key, series.labels);
      else this.#loadFloats(stepMs, series);
      // These loads also make native histograms with custom buckets out of the classic ones.
      if (withNhcb) this.#addConverted(series.labels);
    }
  }

  #loadFloats(stepMs: number, series: LoadedSeries): void {
    const { labels, values, present, startOffsets } = series;
    const stored = this.#series.get(labels.key) ?? { labels, samples: new Map() };
    this.#series.set(labels.key, stored);
    for (let i = 0; i < values.length; i++) {
      if (present[i] === 0) continue;
      const timeMs = i * stepMs;
      const offset = startOffsets?.[i];
      stored.samples.set(timeMs, {
        value: values.slice(i, i + 1),
        startMs: offset === undefined ? 0 : timeMs + offset,
      });
    }
  }

  #addConverted(labels: LabelSet): void {
    const name = labels.metricName.replace(/_(?:bucket|count|sum)$/, "");
    const converted = labels.filter((label) => label !== BUCKET_LABEL && label !== METRIC_NAME).with(METRIC_NAME, name);
    this.#native.set(converted.key, converted);
  }

  async select(matchers: readonly Matcher[], startMs: number, endMs: number): Promise<SampleSeries[]> {
    const isSelected = (labels: LabelSet): boolean => matchers.every((m) => m.matches(labels.get(m.name)));
    if ([...this.#native.values()].some(isSelected)) {
      this.touchedNative = true;
      throw new NativeHistogramRead("the query reads native histograms");
    }
    return [...this.#series.values()]
      .filter(({ labels }) => isSelected(labels))
      .sort((a, b) => compareLabelSets(a.labels, b.labels))
      .map((stored) => cut(stored, startMs, endMs))
      .filter(({ values }) => values.length > 0);
  }
}

function cut({ labels, samples }: Stored, startMs: number, endMs: number): SampleSeries {
  const times = [...samples.keys()].filter((time) => time >= startMs && time <= endMs).sort((a, b) => a - b);
  const values = new Float64Array(times.length);
  for (const [i, time] of times.entries()) values.set(samples.get(time)!.value, i);
  const starts = Float64Array.from(times, (time) => samples.get(time)!.startMs);
  return { labels: labels.toRecord(), timestampsMs: Float64Array.from(times), values, startTimestampsMs: starts };
}
