import { PromqlError } from "../errors.js";
import type { LabelSet } from "../labels.js";
import { isStaleNaN } from "../stale.js";

/** A series on the grid of an evaluation: one value slot per step, `present[i]` says whether slot i holds one. */
export interface StepSeries {
  readonly labels: LabelSet;
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** The metric name no longer describes the values; it goes at the end (delayed name removal). */
  readonly dropName: boolean;
}

export type Value =
  | { readonly type: "vector"; readonly series: readonly StepSeries[] }
  | { readonly type: "scalar"; readonly values: Float64Array }
  | { readonly type: "string"; readonly value: string };

export function newStepSeries(labels: LabelSet, steps: number, dropName: boolean): StepSeries {
  return { labels, values: new Float64Array(steps), present: new Uint8Array(steps), dropName };
}

export function isEmpty(series: StepSeries): boolean {
  return series.present.indexOf(1) < 0;
}

/** Stored samples of a series, ascending in time. */
export class RawSeries {
  readonly labels: LabelSet;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** When each sample's counter began; 0 where unknown. */
  readonly startTimes: Float64Array | undefined;
  readonly dropName: boolean;
  #withoutStale: RawSeries | undefined;
  #resets: Int32Array | undefined;

  constructor(
    labels: LabelSet,
    times: Float64Array,
    values: Float64Array,
    startTimes: Float64Array | undefined,
    dropName = false,
  ) {
    this.labels = labels;
    this.times = times;
    this.values = values;
    this.startTimes = startTimes;
    this.dropName = dropName;
  }

  /** Range functions never see staleness markers. */
  withoutStale(): RawSeries {
    this.#withoutStale ??= dropStale(this);
    return this.#withoutStale;
  }

  renamed(labels: LabelSet): RawSeries {
    return new RawSeries(labels, this.times, this.values, this.startTimes, this.dropName);
  }

  withoutStartTimes(): RawSeries {
    if (this.startTimes === undefined) return this;
    return new RawSeries(this.labels, this.times, this.values, undefined, this.dropName);
  }

  /** Indexes of the samples at which a counter started again: found once, used by every window. */
  resets(): Int32Array {
    this.#resets ??= findResets(this);
    return this.#resets;
  }
}

function dropStale(series: RawSeries): RawSeries {
  const { values, times, startTimes } = series;
  let first = 0;
  while (first < values.length && !isStaleNaN(values[first]!)) first++;
  if (first === values.length) return series;
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) if (i < first || !isStaleNaN(values[i]!)) kept.push(i);
  const pick = (from: Float64Array): Float64Array => Float64Array.from(kept, (i) => from[i]!);
  const starts = startTimes === undefined ? undefined : pick(startTimes);
  return new RawSeries(series.labels, pick(times), pick(values), starts, series.dropName);
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
  const previousStart = startTimes[i - 1]!;
  const previousTime = times[i - 1]!;
  const start = startTimes[i]!;
  if (previousStart === start || start === 0 || start >= times[i]!) return false;
  if (start !== previousTime) return start > previousTime;
  // Start equals the last sample: a reset for deltas, none for cumulative series whose start is unknown.
  if (previousStart > previousTime) return false;
  return previousStart !== 0 && previousStart !== previousTime;
}

export const SAME_LABELSET = "vector cannot contain metrics with the same labelset";

/** One series per label set: joins series whose points do not overlap, throws where two have a value at one step. */
export function joinSameLabelSets(series: readonly StepSeries[]): readonly StepSeries[] {
  if (!hasSameLabelSets(series)) return series;
  const byKey = new Map<string, StepSeries>();
  for (const one of series) {
    const other = byKey.get(one.labels.key);
    if (other === undefined) {
      byKey.set(one.labels.key, { ...one, values: one.values.slice(), present: one.present.slice() });
      continue;
    }
    for (let i = 0; i < one.present.length; i++) {
      if (one.present[i] === 0) continue;
      if (other.present[i] === 1) throw new PromqlError("execution", SAME_LABELSET);
      other.present[i] = 1;
      other.values[i] = one.values[i]!;
    }
  }
  return [...byKey.values()];
}

export function hasSameLabelSets(series: readonly StepSeries[]): boolean {
  if (series.length < 2) return false;
  const keys = new Set<string>();
  for (const { labels } of series) keys.add(labels.key);
  return keys.size !== series.length;
}
