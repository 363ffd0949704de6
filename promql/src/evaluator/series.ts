import { PromqlError } from "../errors.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import type { LabelSet } from "../labels.js";

/** What a slot of a series holds. */
export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

/** One histogram per step; undefined where the slot holds a float or nothing. */
export type HistogramColumn = (FloatHistogram | undefined)[];

/** A series on the grid of an evaluation: one slot per step, `present[i]` is ABSENT, FLOAT or HISTOGRAM. */
export interface StepSeries {
  readonly labels: LabelSet;
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** The metric name no longer describes the values; it goes at the end (delayed name removal). */
  readonly dropName: boolean;
  /** Left out while no slot holds a histogram. */
  histograms?: HistogramColumn | undefined;
}

export type Value =
  | { readonly type: "vector"; readonly series: readonly StepSeries[] }
  | { readonly type: "scalar"; readonly values: Float64Array }
  | { readonly type: "string"; readonly value: string };

/** A sample: a float, or a native histogram. */
export type Sample = number | FloatHistogram;

export function newStepSeries(labels: LabelSet, steps: number, dropName: boolean): StepSeries {
  return { labels, values: new Float64Array(steps), present: new Uint8Array(steps), dropName };
}

export function setSample(series: StepSeries, step: number, sample: Sample): void {
  if (typeof sample === "number") {
    series.values[step] = sample;
    series.present[step] = FLOAT;
    return;
  }
  series.histograms ??= new Array<FloatHistogram | undefined>(series.present.length).fill(undefined);
  series.histograms[step] = sample;
  series.present[step] = HISTOGRAM;
}

/** The sample of a slot that is not ABSENT. */
export function sampleAt(series: StepSeries, step: number): Sample {
  return series.present[step] === HISTOGRAM ? series.histograms![step]! : series.values[step]!;
}

export function isEmpty({ present }: StepSeries): boolean {
  for (let i = 0; i < present.length; i++) if (present[i] !== ABSENT) return false;
  return true;
}

/** What a function of floats sees of the series: all others pass histograms by. */
export function floatsOf(all: readonly StepSeries[]): readonly StepSeries[] {
  if (!all.some((series) => series.histograms !== undefined)) return all;
  return all.flatMap((series) => {
    if (series.histograms === undefined) return [series];
    const present = series.present.map((kind) => (kind === FLOAT ? FLOAT : ABSENT));
    return present.includes(FLOAT) ? [{ ...series, present, histograms: undefined }] : [];
  });
}

export const SAME_LABELSET = "vector cannot contain metrics with the same labelset";

/** One series per label set: joins series whose points do not overlap, throws where two have a value at one step. */
export function joinSameLabelSets(series: readonly StepSeries[]): readonly StepSeries[] {
  if (!hasSameLabelSets(series)) return series;
  const byKey = new Map<string, StepSeries>();
  for (const one of series) {
    const other = byKey.get(one.labels.key);
    if (other === undefined) {
      const copy = { ...one, values: one.values.slice(), present: one.present.slice() };
      byKey.set(one.labels.key, { ...copy, histograms: one.histograms?.slice() });
      continue;
    }
    for (let i = 0; i < one.present.length; i++) {
      if (one.present[i] === 0) continue;
      if (other.present[i] === one.present[i]) throw new PromqlError("execution", SAME_LABELSET);
      // Upstream sees no collision between a float and a histogram, and shows the histogram.
      if (other.present[i] === HISTOGRAM) continue;
      setSample(other, i, sampleAt(one, i));
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
