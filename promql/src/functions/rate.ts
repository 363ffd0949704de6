import { type RawSeries, restarted } from "../evaluator/raw-series.js";
import type { RangeFunction, Window } from "../evaluator/window.js";
import { extendedRate } from "./extended-rate.js";
import { extrapolationFactor } from "./extrapolation.js";

export const rate: RangeFunction = (window) => extrapolated(window, true, true);
export const increase: RangeFunction = (window) => extrapolated(window, true, false);
export const delta: RangeFunction = (window) => extrapolated(window, false, false);

/** rate, increase and delta: the change between first and last sample, extrapolated to the borders of the range. */
function extrapolated(window: Window, isCounter: boolean, isRate: boolean): number | undefined {
  if (window.extension !== undefined) return extendedRate(window, isCounter, isRate);
  const { times, values, lo, hi, series } = window;
  const last = hi - 1;
  const intervals = last - lo;
  let change = values[last]! - values[lo]!;
  if (isCounter) {
    change = addLostInResets(window, change);
    if (series.startTimes !== undefined) warnOfOverlap(window, series);
  }
  const startMs = isCounter ? (series.startTimes?.[lo] ?? 0) : 0;
  const beganWithin = startMs !== 0 && startMs > window.rangeStartMs && startMs < times[lo]!;
  if (beganWithin) change += values[lo]!;
  else if (intervals === 0) return undefined;
  const toZero = isCounter && change > 0 && values[lo]! >= 0 ? values[lo]! / change : undefined;
  const factor = extrapolationFactor(window, times, lo, last, beganWithin ? startMs : undefined, toZero);
  return change * (isRate ? factor / window.rangeSeconds : factor);
}

/** Adds what the counter had reached at each reset within the window. The cursor skips resets that lie behind. */
function addLostInResets(window: Window, change: number): number {
  const { series, values, lo, hi } = window;
  const resets = series.resets();
  let { cursor } = window;
  while (cursor < resets.length && resets[cursor]! <= lo) cursor++;
  window.cursor = cursor;
  let total = change;
  for (; cursor < resets.length && resets[cursor]! < hi; cursor++) total += values[resets[cursor]! - 1]!;
  return total;
}

function warnOfOverlap(window: Window, series: RawSeries): void {
  const { times, lo, hi } = window;
  const startTimes = series.startTimes!;
  for (let i = lo + 1; i < hi; i++) {
    const start = startTimes[i]!;
    if (start === 0 || start >= times[i - 1]! || start === startTimes[i - 1]!) continue;
    window.annotations.startTimeOverlap(series.labels.metricName, window.position);
    return;
  }
}

/** irate: per second, from the last two samples. */
export const irate: RangeFunction = (window) => {
  const { times, values, hi, series } = window;
  if (window.count < 2) return undefined;
  const elapsedMs = times[hi - 1]! - times[hi - 2]!;
  if (elapsedMs === 0) return undefined;
  const isReset =
    values[hi - 1]! < values[hi - 2]! ||
    (series.startTimes !== undefined && restarted(series.startTimes, times, hi - 1));
  const change = isReset ? values[hi - 1]! : values[hi - 1]! - values[hi - 2]!;
  return change / (elapsedMs / 1000);
};

/** idelta: the difference of the last two samples. */
export const idelta: RangeFunction = (window) => {
  const { times, values, hi } = window;
  if (window.count < 2 || times[hi - 1] === times[hi - 2]) return undefined;
  return values[hi - 1]! - values[hi - 2]!;
};

/** The first sample that counts: under `anchored` the last one at or before the start of the range. */
function firstIndex(window: Window): number | undefined {
  const { times, lo, hi, rangeStartMs } = window;
  if (window.extension !== "anchored") return lo;
  let first = lo;
  while (first < hi && times[first]! <= rangeStartMs) first++;
  if (first === hi) return undefined;
  return Math.max(lo, first - 1);
}

/** resets: how often the counter started again. */
export const resets: RangeFunction = (window) => {
  const first = firstIndex(window);
  if (first === undefined) return undefined;
  const found = window.series.resets();
  while (window.cursor < found.length && found[window.cursor]! <= first) window.cursor++;
  let end = window.cursor;
  while (end < found.length && found[end]! < window.hi) end++;
  return end - window.cursor;
};

/** changes: how often the value changed; NaN equals NaN. */
export const changes: RangeFunction = (window) => {
  const { values, hi } = window;
  const first = firstIndex(window);
  if (first === undefined) return undefined;
  let count = 0;
  for (let i = first + 1; i < hi; i++) {
    const current = values[i]!;
    const previous = values[i - 1]!;
    if (current !== previous && !(Number.isNaN(current) && Number.isNaN(previous))) count++;
  }
  return count;
};
