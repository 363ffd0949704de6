import { isRestart } from "../evaluator/raw-series.js";
import type { Sample } from "../evaluator/series.js";
import type { HistogramRangeFunction, HistogramWindow } from "../evaluator/window.js";
import { HistogramAccumulator } from "../histogram/accumulator.js";
import { asGauge, compact, divide, multiply } from "../histogram/arithmetic.js";
import { usesCustomBuckets } from "../histogram/bounds.js";
import { type FloatHistogram, GAUGE } from "../histogram/float-histogram.js";
import { extendedHistogramRate } from "./extended-histogram-rate.js";
import { extrapolationFactor } from "./extrapolation.js";
import { minus, mixedSchemas, type Place, placeOf, plus, reconciled } from "./histogram-steps.js";

export const histogramsRate: HistogramRangeFunction = (window) => extrapolated(window, true, true);
export const histogramsIncrease: HistogramRangeFunction = (window) => extrapolated(window, true, false);
export const histogramsDelta: HistogramRangeFunction = (window) => extrapolated(window, false, false);

function extrapolated(window: HistogramWindow, isCounter: boolean, isRate: boolean): Sample | undefined {
  const place = placeOf(window);
  if (window.isMixed) {
    place.annotations.mixedFloatsHistograms(place.metricName, place.position);
    return undefined;
  }
  if (window.floats.extension !== undefined) return extendedHistogramRate(window, isCounter, isRate);
  const { histograms, times, lo, hi, series, floats } = window;
  let change = hi - lo > 1 ? changeOf(window, isCounter, place) : undefined;
  if (hi - lo > 1 && change === undefined) return undefined;
  const startMs = isCounter ? (series.startTimes?.[lo] ?? 0) : 0;
  const first = histograms[lo]!;
  const beganWithin = startMs !== 0 && startMs > floats.rangeStartMs && startMs < times[lo]!;
  if (beganWithin) {
    change = change === undefined ? first : plus(change, first, place);
    if (change === undefined) return undefined;
  }
  if (change === undefined) return undefined;
  const toZero = isCounter && change.count > 0 && first.count >= 0 ? first.count / change.count : undefined;
  const factor = extrapolationFactor(floats, times, lo, hi - 1, beganWithin ? startMs : undefined, toZero);
  return multiply(change, isRate ? factor / floats.rangeSeconds : factor);
}

/** Last minus first, plus what was there before each reset; a gauge, compacted. Undefined where schemas do not mix. */
function changeOf(window: HistogramWindow, isCounter: boolean, place: Place): FloatHistogram | undefined {
  const { histograms, lo, hi, series } = window;
  const last = histograms[hi - 1]!;
  let first: FloatHistogram | undefined = histograms[lo]!;
  const isResetAtOnce = isCounter && series.isReset(lo + 1);
  const reference = isResetAtOnce ? histograms[lo + 1]! : first;
  const isMixedAtEnds = usesCustomBuckets(last) !== usesCustomBuckets(reference);
  if (!isMixedAtEnds && isCounter && isMixedWithin(window)) return mixedSchemas(place);
  if (isCounter && (first.counterResetHint === GAUGE || last.counterResetHint === GAUGE)) notCounter(place);
  if (isMixedAtEnds) return mixedSchemas(place);
  if (isResetAtOnce) first = undefined;
  const schema = commonSchema(window, isCounter, Math.min(last.schema, reference.schema), place);
  const change = new HistogramAccumulator(last, false);
  if (schema !== last.schema) change.reduceResolution(schema);
  if (first !== undefined && change.add(first, -1).hasReconciledBounds) reconciled(place, "subtraction");
  if (isCounter) {
    if (series.startTimes !== undefined) warnOfOverlap(window, place);
    for (let i = isResetAtOnce ? lo + 2 : lo + 1; i < hi; i++) {
      if (!series.isReset(i)) continue;
      if (change.add(histograms[i - 1]!).hasReconciledBounds) reconciled(place, "addition");
    }
  } else if (histograms[lo]!.counterResetHint !== GAUGE || last.counterResetHint !== GAUGE) notGauge(place);
  change.hint = GAUGE;
  return change.toHistogram(true);
}

function isMixedWithin({ histograms, lo, hi }: HistogramWindow): boolean {
  const isCustom = usesCustomBuckets(histograms[hi - 1]!);
  for (let i = lo + 1; i < hi - 1; i++) if (usesCustomBuckets(histograms[i]!) !== isCustom) return true;
  return false;
}

/** The coarsest schema of the window; of gauges, only the first and the last histogram count. */
function commonSchema(window: HistogramWindow, isCounter: boolean, start: number, place: Place): number {
  const { histograms, lo, hi } = window;
  if (!isCounter) return start;
  let schema = start;
  for (let i = lo + 1; i < hi - 1; i++) {
    const histogram = histograms[i]!;
    if (histogram.counterResetHint === GAUGE) notCounter(place);
    if (histogram.schema < schema) schema = histogram.schema;
  }
  return schema;
}

function warnOfOverlap({ series, times, lo, hi }: HistogramWindow, place: Place): void {
  const startTimes = series.startTimes!;
  for (let i = lo + 1; i < hi; i++) {
    const start = startTimes[i]!;
    if (start === 0 || start >= times[i - 1]! || start === startTimes[i - 1]!) continue;
    place.annotations.startTimeOverlap(place.metricName, place.position);
    return;
  }
}

function notCounter({ annotations, metricName, position }: Place): void {
  annotations.nativeNotCounter(metricName, position);
}

function notGauge({ annotations, metricName, position }: Place): void {
  annotations.nativeNotGauge(metricName, position);
}

export const histogramsIrate: HistogramRangeFunction = (window) => lastChange(window, true);
export const histogramsIdelta: HistogramRangeFunction = (window) => lastChange(window, false);

/** irate and idelta: from the last two samples, which must be of one type. */
function lastChange(window: HistogramWindow, isRate: boolean): Sample | undefined {
  const { floats, times, histograms, series, hi } = window;
  if (floats.count + window.count < 2) return undefined;
  const lastFloat = floats.count > 0 ? floats.times[floats.hi - 1]! : -Infinity;
  const secondFloat = floats.count > 1 ? floats.times[floats.hi - 2]! : -Infinity;
  const lastHistogram = times[hi - 1]!;
  const secondHistogram = window.count > 1 ? times[hi - 2]! : -Infinity;
  const place = placeOf(window);
  if (secondFloat > lastHistogram) return isRate ? floatRate(window) : floatDelta(window);
  if (lastFloat > secondHistogram) {
    place.annotations.mixedFloatsHistograms(place.metricName, place.position);
    return undefined;
  }
  const elapsedMs = lastHistogram - secondHistogram;
  if (elapsedMs === 0) return undefined;
  const [before, after] = [histograms[hi - 2]!, histograms[hi - 1]!];
  const gauges = Number(before.counterResetHint === GAUGE) + Number(after.counterResetHint === GAUGE);
  if (isRate && gauges > 0) notCounter(place);
  if (!isRate && gauges < 2) notGauge(place);
  const isReset = isRate && series.isReset(hi - 1);
  const change = isReset ? after : minus(after, before, place);
  if (change === undefined) return undefined;
  const result = compact(asGauge(change));
  return isRate ? divide(result, elapsedMs / 1000) : result;
}

function floatDelta({ floats: { values, hi } }: HistogramWindow): number {
  return values[hi - 1]! - values[hi - 2]!;
}

function floatRate({ floats }: HistogramWindow): number {
  const { values, times, hi, series } = floats;
  const starts = series.startTimes;
  const restart = starts !== undefined && isRestart(starts[hi - 2]!, times[hi - 2]!, starts[hi - 1]!, times[hi - 1]!);
  const isReset = restart || values[hi - 1]! < values[hi - 2]!;
  const change = isReset ? values[hi - 1]! : values[hi - 1]! - values[hi - 2]!;
  return change / ((times[hi - 1]! - times[hi - 2]!) / 1000);
}
