import type { SampleSeries, SeriesSource } from "../evaluator/source.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import { withStoredHints } from "../histogram/stored-hint.js";
import { compareLabelSets, type LabelSet } from "../labels.js";
import type { Matcher } from "../matcher.js";
import { convertClassic } from "./convert-classic.js";
import type { LoadedSeries } from "./script.js";

interface StoredSample {
  /** Of length 1, so that the bits of staleness markers survive. */
  readonly value: Float64Array;
  readonly histogram?: FloatHistogram | undefined;
  readonly startMs: number;
}

interface Stored {
  readonly labels: LabelSet;
  readonly samples: Map<number, StoredSample>;
}

/** What a script has loaded, in memory, ordered by labels as upstream's storage is. */
export class ScriptSource implements SeriesSource {
  readonly #series = new Map<string, Stored>();

  load(stepMs: number, withNhcb: boolean, loaded: readonly LoadedSeries[]): void {
    for (const series of loaded) this.#loadOne(stepMs, series);
    if (!withNhcb) return;
    for (const { labels, histograms } of convertClassic(loaded)) {
      const { samples } = this.#stored(labels);
      for (const [i, histogram] of histograms) samples.set(i * stepMs, { value: NOTHING, histogram, startMs: 0 });
    }
  }

  #loadOne(stepMs: number, { labels, values, present, histograms, startOffsets }: LoadedSeries): void {
    const { samples } = this.#stored(labels);
    for (let i = 0; i < values.length; i++) {
      if (present[i] === 0) continue;
      const timeMs = i * stepMs;
      const offset = startOffsets?.[i];
      const startMs = offset === undefined ? 0 : timeMs + offset;
      samples.set(timeMs, { value: values.slice(i, i + 1), histogram: histograms?.[i]?.histogram, startMs });
    }
  }

  #stored(labels: LabelSet): Stored {
    const stored = this.#series.get(labels.key) ?? { labels, samples: new Map<number, StoredSample>() };
    this.#series.set(labels.key, stored);
    return stored;
  }

  async select(matchers: readonly Matcher[], startMs: number, endMs: number): Promise<SampleSeries[]> {
    const isSelected = (labels: LabelSet): boolean => matchers.every((m) => m.matches(labels.get(m.name)));
    return [...this.#series.values()]
      .filter(({ labels }) => isSelected(labels))
      .sort((a, b) => compareLabelSets(a.labels, b.labels))
      .map((stored) => cut(stored, startMs, endMs))
      .filter(({ values }) => values.length > 0);
  }
}

const NOTHING = new Float64Array(1);

function cut({ labels, samples }: Stored, startMs: number, endMs: number): SampleSeries {
  const all = [...samples].sort(([a], [b]) => a - b);
  const hinted = withStoredHints(all.map(([, sample]) => sample.histogram));
  const kept = all.map(([time], i) => ({ time, i })).filter(({ time }) => time >= startMs && time <= endMs);
  const values = new Float64Array(kept.length);
  for (const [at, { i }] of kept.entries()) values.set(all[i]![1].value, at);
  const histograms = kept.map(({ i }) => hinted[i]);
  return {
    labels: labels.toRecord(),
    timestampsMs: Float64Array.from(kept, ({ time }) => time),
    values,
    startTimestampsMs: Float64Array.from(kept, ({ i }) => all[i]![1].startMs),
    ...(histograms.some((one) => one !== undefined) ? { histograms } : {}),
  };
}
