import type { RangeFunctionEntry } from "../functions/registry.js";
import type { EvalContext } from "./context.js";
import type { HistogramSeries } from "./raw-series.js";
import { type Sample, type StepSeries, setSample } from "./series.js";
import { HistogramWindow, type Window } from "./window.js";
import type { RangeVector } from "./windows.js";

/** Slides a window along a series that has histograms: floats and histograms each have their own [lo, hi). */
export async function slideMixed(
  context: EvalContext,
  entry: RangeFunctionEntry,
  vector: RangeVector,
  scalars: readonly Float64Array[],
  floats: Window,
  series: HistogramSeries,
  result: StepSeries,
): Promise<void> {
  const { budget, grid, options } = context;
  const { extension, atMs, offsetMs } = vector;
  const before = extension === undefined ? 0 : options.lookbackDeltaMs;
  const after = extension === "smoothed" ? options.lookbackDeltaMs : 0;
  const window = new HistogramWindow(floats, series);
  for (let step = 0; step < grid.steps; step++) {
    floats.evalMs = grid.timeAt(step);
    floats.rangeEndMs = (atMs ?? floats.evalMs) - offsetMs;
    floats.rangeStartMs = floats.rangeEndMs - Math.trunc(vector.rangeMs);
    const [fromMs, toMs] = [floats.rangeStartMs - before, floats.rangeEndMs + after];
    advance(floats, floats.times, fromMs, toMs);
    advance(window, series.times, fromMs, toMs);
    if (budget.spend(1 + floats.count + UNITS_PER_HISTOGRAM * window.count)) await budget.pause();
    if (floats.count + window.count === 0) continue;
    floats.arg0 = scalars[0]?.[step] ?? 0;
    floats.arg1 = scalars[1]?.[step] ?? 0;
    const sample = window.count === 0 ? entry.compute(floats) : computeMixed(entry, window);
    if (sample !== undefined) setSample(result, step, sample);
  }
}

/** What a histogram costs, compared with a float. */
const UNITS_PER_HISTOGRAM = 50;

function advance(window: { lo: number; hi: number }, times: Float64Array, fromMs: number, toMs: number): void {
  let { lo, hi } = window;
  while (lo < times.length && times[lo]! <= fromMs) lo++;
  if (hi < lo) hi = lo;
  while (hi < times.length && times[hi]! <= toMs) hi++;
  window.lo = lo;
  window.hi = hi;
}

/** Functions that know floats only ignore histograms, and say so where there are floats too. */
function computeMixed(entry: RangeFunctionEntry, window: HistogramWindow): Sample | undefined {
  if (entry.histograms !== undefined) return entry.histograms(window);
  if (!window.isMixed) return undefined;
  const { floats } = window;
  floats.annotations.ignoredHistogramsInRange(window.metricName, floats.firstArgumentPosition);
  return entry.compute(floats);
}
