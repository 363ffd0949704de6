import type { Annotations } from "../annotations.js";
import type { PositionRange } from "../errors.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import type { HistogramSeries, RawSeries } from "./raw-series.js";
import type { Sample } from "./series.js";

/**
 * What a range function sees of one series at one step: the samples [lo, hi) of the series' arrays. One object slides
 * along the series; nothing is copied per step.
 */
export class Window {
  series: RawSeries;
  times: Float64Array;
  values: Float64Array;
  lo = 0;
  hi = 0;
  /** The selector's range; samples are later than the start. With anchored or smoothed, lo…hi reaches further. */
  rangeStartMs = 0;
  rangeEndMs = 0;
  evalMs = 0;
  /** The function's scalar arguments at this step. */
  arg0 = 0;
  arg1 = 0;
  /** A place that a function may keep while the window slides over one series; 0 at the start of each. */
  cursor = 0;
  readonly rangeSeconds: number;
  readonly extension: "anchored" | "smoothed" | undefined;
  readonly annotations: Annotations;
  /** Where the range vector stands in the query. */
  readonly position: PositionRange;
  /** Where the first argument stands, which upstream names in some messages. */
  readonly firstArgumentPosition: PositionRange;
  /** Room for one window's values, for functions that sort. */
  scratch: Float64Array = new Float64Array(16);

  constructor(
    series: RawSeries,
    rangeSeconds: number,
    extension: "anchored" | "smoothed" | undefined,
    annotations: Annotations,
    position: PositionRange,
    firstArgumentPosition: PositionRange,
  ) {
    this.series = series;
    this.times = series.times;
    this.values = series.values;
    this.rangeSeconds = rangeSeconds;
    this.extension = extension;
    this.annotations = annotations;
    this.position = position;
    this.firstArgumentPosition = firstArgumentPosition;
  }

  moveTo(series: RawSeries): void {
    this.series = series;
    this.times = series.times;
    this.values = series.values;
    this.lo = 0;
    this.hi = 0;
    this.cursor = 0;
  }

  get count(): number {
    return this.hi - this.lo;
  }

  /** The window's values, copied, free to be changed. */
  copyValues(): Float64Array {
    const { count } = this;
    if (this.scratch.length < count) this.scratch = new Float64Array(2 * count);
    this.scratch.set(this.values.subarray(this.lo, this.hi));
    return this.scratch;
  }
}

/** What a range function sees of a series that (also) has histograms. */
export class HistogramWindow {
  /** The window's floats (lo may equal hi), its times, and the function's arguments. */
  readonly floats: Window;
  series: HistogramSeries;
  /** The window's histograms: [lo, hi) of the series; at least one. */
  lo = 0;
  hi = 0;

  constructor(floats: Window, series: HistogramSeries) {
    this.floats = floats;
    this.series = series;
  }

  get count(): number {
    return this.hi - this.lo;
  }

  get histograms(): readonly FloatHistogram[] {
    return this.series.histograms;
  }

  get times(): Float64Array {
    return this.series.times;
  }

  get metricName(): string {
    return this.floats.series.labels.metricName;
  }

  get isMixed(): boolean {
    return this.floats.count > 0;
  }
}

/** A function over a range vector with histograms; undefined for no value. */
export type HistogramRangeFunction = (window: HistogramWindow) => Sample | undefined;

/** A function over a range vector of floats: the value at one step, undefined for none. The window is never empty. */
export type RangeFunction = (window: Window) => number | undefined;
