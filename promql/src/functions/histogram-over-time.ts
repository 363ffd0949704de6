import { isRestart } from "../evaluator/raw-series.js";
import type { HistogramRangeFunction, HistogramWindow } from "../evaluator/window.js";
import { isSameHistogram } from "../histogram/arithmetic.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import { HistogramMean, HistogramSum, type HistogramTotal } from "../histogram/total.js";
import { mixedSchemas, placeOf } from "./histogram-steps.js";

export const histogramsSumOverTime: HistogramRangeFunction = (window) =>
  total(window, (first) => new HistogramSum(first));
export const histogramsAvgOverTime: HistogramRangeFunction = (window) =>
  total(window, (first) => new HistogramMean(first));

function total(
  window: HistogramWindow,
  startWith: (first: FloatHistogram) => HistogramTotal,
): FloatHistogram | undefined {
  const { histograms, lo, hi } = window;
  const place = placeOf(window);
  const { annotations, position } = place;
  if (window.isMixed) {
    annotations.mixedFloatsHistograms(place.metricName, position);
    return undefined;
  }
  const sum = startWith(histograms[lo]!);
  for (let i = lo + 1; i < hi; i++) if (!sum.add(histograms[i]!)) return mixedSchemas(place);
  if (sum.hasHintCollision) annotations.resetCollision("aggregation", position);
  if (sum.hasReconciledBounds) annotations.reconciledBounds("aggregation", position);
  return sum.result(false);
}

export const histogramsCountOverTime: HistogramRangeFunction = ({ floats, count }) => floats.count + count;
export const histogramsPresentOverTime: HistogramRangeFunction = () => 1;

export const histogramsFirstOverTime: HistogramRangeFunction = (window) => {
  const { floats, histograms, times, lo } = window;
  const isFloatFirst = window.isMixed && floats.times[floats.lo]! < times[lo]!;
  return isFloatFirst ? floats.values[floats.lo]! : histograms[lo]!;
};

export const histogramsLastOverTime: HistogramRangeFunction = (window) => {
  const { floats, histograms, times, hi } = window;
  const isFloatLast = window.isMixed && times[hi - 1]! < floats.times[floats.hi - 1]!;
  return isFloatLast ? floats.values[floats.hi - 1]! : histograms[hi - 1]!;
};

export const histogramsTsOfFirst: HistogramRangeFunction = (window) => {
  const { floats, times, lo } = window;
  const first = times[lo]!;
  return (window.isMixed ? Math.min(first, floats.times[floats.lo]!) : first) / 1000;
};

export const histogramsTsOfLast: HistogramRangeFunction = (window) => {
  const { floats, times, hi } = window;
  const last = times[hi - 1]!;
  return (window.isMixed ? Math.max(last, floats.times[floats.hi - 1]!) : last) / 1000;
};

/** resets: a change between float and histogram counts as one. */
export const histogramsResets: HistogramRangeFunction = (window) =>
  countPairs(
    window,
    (at) => window.series.isReset(at),
    (at) => isFloatReset(window, at),
  );

/** changes: a change between float and histogram counts as one. */
export const histogramsChanges: HistogramRangeFunction = (window) => {
  const { histograms } = window;
  const { values } = window.floats;
  return countPairs(
    window,
    (at) => !isSameHistogram(histograms[at]!, histograms[at - 1]!),
    (at) => values[at] !== values[at - 1] && !(Number.isNaN(values[at]!) && Number.isNaN(values[at - 1]!)),
  );
};

function isFloatReset({ floats }: HistogramWindow, at: number): boolean {
  const { values, times, series } = floats;
  const starts = series.startTimes;
  if (values[at]! < values[at - 1]!) return true;
  return starts !== undefined && isRestart(starts[at - 1]!, times[at - 1]!, starts[at]!, times[at]!);
}

/**
 * Walks floats and histograms in the order of time and counts the neighbours that differ. Under `anchored`, the walk
 * begins with the last sample at or before the start of the range.
 */
function countPairs(
  window: HistogramWindow,
  differsFromLastHistogram: (at: number) => boolean,
  differsFromLastFloat: (at: number) => boolean,
): number | undefined {
  const start = startOf(window);
  if (start === undefined) return undefined;
  const { floats, times, hi } = window;
  let [float, histogram] = start;
  let previous: "float" | "histogram" | undefined;
  let count = 0;
  while (float < floats.hi || histogram < hi) {
    const isFloat = histogram >= hi || (float < floats.hi && floats.times[float]! < times[histogram]!);
    const type = isFloat ? "float" : "histogram";
    if (previous !== undefined) {
      const differs =
        previous !== type || (isFloat ? differsFromLastFloat(float) : differsFromLastHistogram(histogram));
      if (differs) count++;
    }
    if (isFloat) float++;
    else histogram++;
    previous = type;
  }
  return count;
}

/** The first float and the first histogram of the walk; undefined when nothing lies after the start of the range. */
function startOf({ floats, times, lo, hi }: HistogramWindow): [float: number, histogram: number] | undefined {
  if (floats.extension !== "anchored") return [floats.lo, lo];
  const { rangeStartMs } = floats;
  let float = floats.lo;
  while (float < floats.hi && floats.times[float]! <= rangeStartMs) float++;
  let histogram = lo;
  while (histogram < hi && times[histogram]! <= rangeStartMs) histogram++;
  if (float >= floats.hi && histogram >= hi) return undefined;
  const lastFloat = float > floats.lo ? floats.times[float - 1]! : -Infinity;
  const lastHistogram = histogram > lo ? times[histogram - 1]! : -Infinity;
  if (lastFloat === -Infinity && lastHistogram === -Infinity) return [float, histogram];
  return lastFloat >= lastHistogram ? [float - 1, histogram] : [float, histogram - 1];
}
