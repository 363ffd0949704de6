import type { Sample } from "../evaluator/series.js";
import type { HistogramWindow } from "../evaluator/window.js";
import { asGauge, compact, divide } from "../histogram/arithmetic.js";
import { usesCustomBuckets } from "../histogram/bounds.js";
import { type FloatHistogram, GAUGE } from "../histogram/float-histogram.js";
import { isCounterReset } from "../histogram/reset.js";
import { indexAtOrAfter, indexAtOrBefore } from "./extended-rate.js";
import { interpolateHistograms, minus, mixedSchemas, type Place, placeOf, plus } from "./histogram-steps.js";

/** The histograms that decide the range, and those at its borders. */
interface Borders {
  readonly first: number;
  readonly last: number;
  readonly left: FloatHistogram;
  readonly right: FloatHistogram;
}

/** rate, increase, delta of histograms over an anchored or smoothed range. */
export function extendedHistogramRate(
  window: HistogramWindow,
  isCounter: boolean,
  isRate: boolean,
): Sample | undefined {
  const place = placeOf(window);
  const borders = bordersOf(window, isCounter, place);
  if (borders === undefined) return undefined;
  const { left, right } = borders;
  if (!isCounter && (left.counterResetHint !== GAUGE || right.counterResetHint !== GAUGE)) {
    place.annotations.nativeNotGauge(place.metricName, place.position);
  }
  let change = minus(right, left, place);
  if (change !== undefined && isCounter) change = withCorrection(change, window, borders, place);
  if (change === undefined) return undefined;
  return compact(asGauge(isRate ? divide(change, window.floats.rangeSeconds) : change));
}

function bordersOf(window: HistogramWindow, isCounter: boolean, place: Place): Borders | undefined {
  const { times, histograms, lo, hi, floats } = window;
  const { rangeStartMs, rangeEndMs } = floats;
  const isSmoothed = floats.extension === "smoothed";
  const first = indexAtOrBefore(times, lo, hi, rangeStartMs);
  const last = isSmoothed ? indexAtOrAfter(times, lo, hi, rangeEndMs) : hi - 1;
  if (times[last]! <= rangeStartMs || (isSmoothed && times[first]! > rangeEndMs)) return undefined;
  if (!isUniform(window, first, last, isCounter, place)) return undefined;
  const between = (before: number, timeMs: number): FloatHistogram | undefined => {
    if (times[before] === timeMs) return histograms[before]!;
    if (times[before + 1] === timeMs) return histograms[before + 1]!;
    const share = (timeMs - times[before]!) / (times[before + 1]! - times[before]!);
    return interpolateHistograms(histograms[before]!, histograms[before + 1]!, share, isCounter, place);
  };
  const left = isSmoothed && times[first]! < rangeStartMs ? between(first, rangeStartMs) : histograms[first]!;
  const right =
    isSmoothed && last > lo && times[last]! > rangeEndMs ? between(last - 1, rangeEndMs) : histograms[last]!;
  return left === undefined || right === undefined ? undefined : { first, last, left, right };
}

function isUniform(window: HistogramWindow, first: number, last: number, isCounter: boolean, place: Place): boolean {
  const isCustom = usesCustomBuckets(window.histograms[first]!);
  for (let i = first; i <= last; i++) {
    const histogram = window.histograms[i]!;
    if (usesCustomBuckets(histogram) !== isCustom) {
      mixedSchemas(place);
      return false;
    }
    if (isCounter && histogram.counterResetHint === GAUGE) {
      place.annotations.nativeNotCounter(place.metricName, place.position);
    }
  }
  return true;
}

/** The change plus what the counter had reached before each reset. */
function withCorrection(
  change: FloatHistogram,
  window: HistogramWindow,
  borders: Borders,
  place: Place,
): FloatHistogram | undefined {
  const { histograms, times, floats } = window;
  const { first, last, left, right } = borders;
  let from = first + 1;
  let previous = left;
  const startsBetween = floats.extension === "smoothed" && times[first]! < floats.rangeStartMs;
  if (startsBetween && isCounterReset(histograms[first + 1]!, histograms[first]!)) {
    // The left border lies after this reset already.
    previous = histograms[first + 1]!;
    from++;
  }
  if (from > last) return change;
  let correction: FloatHistogram | undefined;
  for (let i = from; i <= last; i++) {
    const current = i === last ? right : histograms[i]!;
    if (isCounterReset(current, previous)) {
      correction = correction === undefined ? previous : plus(correction, previous, place);
      if (correction === undefined) return undefined;
    }
    previous = current;
  }
  return correction === undefined ? change : plus(change, correction, place);
}
