import type { Window } from "../evaluator/window.js";

/** The last index in [lo, hi) whose time is at or before the limit; lo when there is none. */
export function indexAtOrBefore(times: Float64Array, lo: number, hi: number, limitMs: number): number {
  let first = lo;
  while (first < hi - 1 && times[first]! <= limitMs) first++;
  return Math.max(lo, first - 1);
}

/** The first index in [lo, hi) whose time is at or after the limit; the last index when there is none. */
export function indexAtOrAfter(times: Float64Array, lo: number, hi: number, limitMs: number): number {
  let last = lo;
  while (last < hi - 1 && times[last]! < limitMs) last++;
  return last;
}

/** The value at a time between two samples; a counter that was reset in between counts from 0. */
export function interpolate(
  times: Float64Array,
  values: Float64Array,
  before: number,
  timeMs: number,
  isCounter: boolean,
): number {
  const after = before + 1;
  const from = isCounter && values[after]! < values[before]! ? 0 : values[before]!;
  return from + ((values[after]! - from) * (timeMs - times[before]!)) / (times[after]! - times[before]!);
}

/** The samples that decide a range under anchored or smoothed, and the values at its borders. */
export interface Borders {
  readonly first: number;
  readonly last: number;
  readonly left: number;
  readonly right: number;
}

export function bordersOf(window: Window, isCounter: boolean): Borders | undefined {
  const { times, values, lo, hi, rangeStartMs, rangeEndMs } = window;
  const isSmoothed = window.extension === "smoothed";
  const first = indexAtOrBefore(times, lo, hi, rangeStartMs);
  const last = isSmoothed ? indexAtOrAfter(times, lo, hi, rangeEndMs) : hi - 1;
  if (times[last]! <= rangeStartMs) return undefined;
  const left =
    isSmoothed && times[first]! < rangeStartMs
      ? interpolate(times, values, first, rangeStartMs, isCounter)
      : values[first]!;
  const right =
    isSmoothed && last > lo && times[last]! > rangeEndMs
      ? interpolate(times, values, last - 1, rangeEndMs, isCounter)
      : values[last]!;
  return { first, last, left, right };
}

/** rate, increase, delta over an anchored or smoothed range: no extrapolation, the borders have values. */
export function extendedRate(window: Window, isCounter: boolean, isRate: boolean): number | undefined {
  const borders = bordersOf(window, isCounter);
  if (borders === undefined) return undefined;
  if (window.extension === "smoothed" && window.times[borders.first]! > window.rangeEndMs) return undefined;
  const { left, right } = borders;
  let change = right - left;
  if (isCounter) change += lostBetween(window, borders);
  return isRate ? change / window.rangeSeconds : change;
}

function lostBetween(window: Window, borders: Borders): number {
  const { times, values, rangeStartMs, rangeEndMs } = window;
  const first = times[borders.first]! <= rangeStartMs ? borders.first + 1 : borders.first;
  const last = times[borders.last]! >= rangeEndMs ? borders.last - 1 : borders.last;
  let lost = 0;
  let previous = borders.left;
  for (let i = first; i <= last; i++) {
    if (values[i]! < previous) lost += previous;
    previous = values[i]!;
  }
  return borders.right < previous ? lost + previous : lost;
}
