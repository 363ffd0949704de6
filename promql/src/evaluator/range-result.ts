import { PromqlError } from "../errors.js";
import { bordersOf } from "../functions/extended-rate.js";
import type { EvalContext } from "./context.js";
import { RawSeries } from "./raw-series.js";
import { Window } from "./window.js";
import type { RangeVector } from "./windows.js";

/** The samples of a range vector as the result of an instant query; anchored and smoothed ranges get borders. */
export function rangeVectorSamples(context: EvalContext, vector: RangeVector): RawSeries[] {
  const { grid, options } = context;
  const endMs = (vector.atMs ?? grid.startMs) - vector.offsetMs;
  const startMs = endMs - Math.trunc(vector.rangeMs);
  const before = vector.extension === undefined ? 0 : options.lookbackDeltaMs;
  const after = vector.extension === "smoothed" ? options.lookbackDeltaMs : 0;
  const results: RawSeries[] = [];
  for (const raw of vector.series) {
    const series = raw.withoutStale();
    const { times } = series;
    let lo = 0;
    while (lo < times.length && times[lo]! <= startMs - before) lo++;
    let hi = lo;
    while (hi < times.length && times[hi]! <= endMs + after) hi++;
    if (lo === hi) continue;
    if (vector.extension !== undefined && series.histograms?.slice(lo, hi).some((one) => one !== undefined)) {
      throw new PromqlError("execution", `${vector.extension} modifier is not supported with histograms`);
    }
    const result =
      vector.extension === undefined
        ? slice(series, lo, hi)
        : extend(context, vector, series, { lo, hi, startMs, endMs });
    if (result !== undefined) results.push(result);
  }
  return results;
}

function slice(series: RawSeries, lo: number, hi: number): RawSeries {
  const { labels, times, values, dropName } = series;
  const histograms = series.histograms?.slice(lo, hi);
  return new RawSeries(labels, { times: times.slice(lo, hi), values: values.slice(lo, hi), histograms }, dropName);
}

interface Bounds {
  readonly lo: number;
  readonly hi: number;
  readonly startMs: number;
  readonly endMs: number;
}

function extend(context: EvalContext, vector: RangeVector, series: RawSeries, bounds: Bounds): RawSeries | undefined {
  const nowhere = { start: 0, end: 0 };
  const { annotations } = context;
  const window = new Window(series, vector.rangeMs / 1000, vector.extension, annotations, nowhere, nowhere);
  window.lo = bounds.lo;
  window.hi = bounds.hi;
  window.rangeStartMs = bounds.startMs;
  window.rangeEndMs = bounds.endMs;
  const borders = bordersOf(window, false);
  if (borders === undefined) return undefined;
  const { times, values } = series;
  const first = times[borders.first]! <= bounds.startMs ? borders.first + 1 : borders.first;
  const last = times[borders.last]! >= bounds.endMs ? borders.last - 1 : borders.last;
  const inner = Math.max(0, last - first + 1);
  const outTimes = [bounds.startMs, ...times.subarray(first, first + inner), bounds.endMs];
  const outValues = [borders.left, ...values.subarray(first, first + inner), borders.right];
  const { labels, dropName } = series;
  return new RawSeries(labels, { times: Float64Array.from(outTimes), values: Float64Array.from(outValues) }, dropName);
}
