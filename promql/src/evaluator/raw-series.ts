import {
  COUNTER_RESET,
  type FloatHistogram,
  NO_HISTOGRAM,
  NO_RESET,
  UNKNOWN_RESET,
} from "../histogram/float-histogram.js";
import { isCounterReset } from "../histogram/reset.js";
import type { LabelSet } from "../labels.js";
import { isStaleNaN } from "../stale.js";

interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** When each sample's counter began; 0 where unknown. */
  readonly startTimes?: Float64Array | undefined;
  /** Parallel to the times; set where the sample is a histogram. */
  readonly histograms?: readonly (FloatHistogram | undefined)[] | undefined;
}

/** Stored samples of a series, ascending in time. */
export class RawSeries {
  readonly labels: LabelSet;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly startTimes: Float64Array | undefined;
  readonly histograms: readonly (FloatHistogram | undefined)[] | undefined;
  readonly dropName: boolean;
  #withoutStale: RawSeries | undefined;
  #resets: Int32Array | undefined;
  #floats: RawSeries | undefined;
  #histogramSeries: HistogramSeries | undefined;
  #statistics: RawSeries | undefined;

  constructor(labels: LabelSet, samples: Samples, dropName = false) {
    this.labels = labels;
    this.times = samples.times;
    this.values = samples.values;
    this.startTimes = samples.startTimes;
    this.histograms = samples.histograms;
    this.dropName = dropName;
  }

  /** Range functions never see staleness markers. */
  withoutStale(): RawSeries {
    this.#withoutStale ??= this.histograms === undefined && hasNoNaN(this.values) ? this : withoutStale(this);
    return this.#withoutStale;
  }

  isStale(i: number): boolean {
    const histogram = this.histograms?.[i];
    return isStaleNaN(histogram === undefined ? this.values[i]! : histogram.sum);
  }

  renamed(labels: LabelSet): RawSeries {
    return new RawSeries(labels, this, this.dropName);
  }

  withoutStartTimes(): RawSeries {
    if (this.startTimes === undefined) return this;
    const { labels, times, values, histograms, dropName } = this;
    return new RawSeries(labels, { times, values, histograms }, dropName);
  }

  /** The same samples, histograms without their buckets; what buckets tell of counter resets is kept as hints. */
  statistics(): RawSeries {
    this.#statistics ??= this.histograms === undefined ? this : withoutBuckets(this, this.histograms);
    return this.#statistics;
  }

  /** The samples that are floats. */
  floats(): RawSeries {
    this.#floats ??= pick(this, (i) => this.histograms?.[i] === undefined, undefined);
    return this.#floats;
  }

  /** The samples that are histograms. */
  histogramSeries(): HistogramSeries {
    this.#histogramSeries ??= new HistogramSeries(this);
    return this.#histogramSeries;
  }

  /** Indexes of the samples at which a counter started again: found once, used by every window. Floats only. */
  resets(): Int32Array {
    this.#resets ??= findResets(this);
    return this.#resets;
  }
}

function withoutBuckets(series: RawSeries, histograms: readonly (FloatHistogram | undefined)[]): RawSeries {
  let previous: FloatHistogram | undefined;
  const bare = histograms.map((histogram) => {
    if (histogram === undefined) return undefined;
    if (isStaleNaN(histogram.sum)) return histogram;
    let { counterResetHint } = histogram;
    if (counterResetHint === UNKNOWN_RESET && previous !== undefined) {
      counterResetHint = isCounterReset(histogram, previous) ? COUNTER_RESET : NO_RESET;
    }
    previous = histogram;
    const { schema, count, sum } = histogram;
    return { ...NO_HISTOGRAM, schema, count, sum, counterResetHint };
  });
  const { labels, times, values, startTimes, dropName } = series;
  return new RawSeries(labels, { times, values, startTimes, histograms: bare }, dropName);
}

/** The native histograms of a series. */
export class HistogramSeries {
  readonly times: Float64Array;
  readonly histograms: readonly FloatHistogram[];
  readonly startTimes: Float64Array | undefined;
  /** Per sample: 0 not yet known, 1 none, 2 the counter started again. */
  readonly #resets: Uint8Array;

  constructor({ times, histograms, startTimes }: RawSeries) {
    const kept: number[] = [];
    for (let i = 0; i < times.length; i++) if (histograms?.[i] !== undefined) kept.push(i);
    this.times = Float64Array.from(kept, (i) => times[i]!);
    this.histograms = kept.map((i) => histograms![i]!);
    this.startTimes = startTimes === undefined ? undefined : Float64Array.from(kept, (i) => startTimes[i]!);
    this.#resets = new Uint8Array(kept.length);
  }

  /** Whether the counter started again between sample i - 1 and sample i. */
  isReset(i: number): boolean {
    if (this.#resets[i] === 0) {
      const { histograms, times, startTimes } = this;
      const restart = startTimes !== undefined && restarted(startTimes, times, i);
      this.#resets[i] = restart || isCounterReset(histograms[i]!, histograms[i - 1]!) ? 2 : 1;
    }
    return this.#resets[i] === 2;
  }
}

function hasNoNaN(values: Float64Array): boolean {
  // biome-ignore lint/suspicious/noSelfCompare: the cheapest NaN test there is, once per sample of every query
  for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) return false;
  return true;
}

function withoutStale(series: RawSeries): RawSeries {
  return pick(series, (i) => !series.isStale(i), series.histograms);
}

function pick(
  series: RawSeries,
  keeps: (index: number) => boolean,
  histograms: readonly (FloatHistogram | undefined)[] | undefined,
): RawSeries {
  const { values, times, startTimes } = series;
  let first = 0;
  while (first < values.length && keeps(first)) first++;
  if (first === values.length && histograms === series.histograms) return series;
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) if (i < first || keeps(i)) kept.push(i);
  const select = (from: Float64Array): Float64Array => Float64Array.from(kept, (i) => from[i]!);
  const samples: Samples = {
    times: select(times),
    values: select(values),
    startTimes: startTimes === undefined ? undefined : select(startTimes),
    histograms: histograms === undefined ? undefined : kept.map((i) => histograms[i]),
  };
  return new RawSeries(series.labels, samples, series.dropName);
}

function findResets(series: RawSeries): Int32Array {
  const { values, times, startTimes } = series;
  const found: number[] = [];
  for (let i = 1; i < values.length; i++) {
    const fell = values[i]! < values[i - 1]!;
    if (fell || (startTimes !== undefined && restarted(startTimes, times, i))) found.push(i);
  }
  return Int32Array.from(found);
}

/** Whether the start timestamp of sample `i` says that the counter began anew after the sample before it. */
export function restarted(startTimes: Float64Array, times: Float64Array, i: number): boolean {
  return isRestart(startTimes[i - 1]!, times[i - 1]!, startTimes[i]!, times[i]!);
}

export function isRestart(previousStart: number, previousTime: number, start: number, time: number): boolean {
  if (previousStart === start || start === 0 || start >= time) return false;
  if (start !== previousTime) return start > previousTime;
  // Start equals the last sample: a reset for deltas, none for cumulative series whose start is unknown.
  if (previousStart > previousTime) return false;
  return previousStart !== 0 && previousStart !== previousTime;
}
