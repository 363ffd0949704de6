import type { RangeFunction, Window } from "../evaluator/window.js";
import { KahanMean, KahanSum } from "../kahan.js";
import { quantileOf } from "../quantile.js";

const sum = new KahanSum();
const mean = new KahanMean();

export const sumOverTime: RangeFunction = (window) => {
  const { values, lo, hi } = window;
  sum.reset();
  for (let i = lo; i < hi; i++) sum.add(values[i]!);
  return Number.isFinite(sum.sum) ? sum.value : sum.sum;
};

export const avgOverTime: RangeFunction = (window) => {
  const { values, lo, hi } = window;
  // Written out, this takes half the time that one call per sample takes.
  let sum = values[lo]!;
  let error = 0;
  for (let i = lo + 1; i < hi; i++) {
    const value = values[i]!;
    const total = sum + value;
    if (total === Infinity || total === -Infinity) return incrementalMean(window);
    error += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return sum / (hi - lo) + error / (hi - lo);
};

/** The mean where a sum is infinite. */
function incrementalMean({ values, lo, hi }: Window): number {
  mean.reset();
  for (let i = lo; i < hi; i++) mean.add(values[i]!);
  return mean.value;
}

export const countOverTime: RangeFunction = (window) => window.count;
export const presentOverTime: RangeFunction = () => 1;
export const firstOverTime: RangeFunction = (window) => window.values[window.lo]!;
export const lastOverTime: RangeFunction = (window) => window.values[window.hi - 1]!;
export const tsOfFirstOverTime: RangeFunction = (window) => window.times[window.lo]! / 1000;
export const tsOfLastOverTime: RangeFunction = (window) => window.times[window.hi - 1]! / 1000;

export const minOverTime: RangeFunction = (window) => {
  const { values, lo, hi } = window;
  let best = values[lo]!;
  for (let i = lo + 1; i < hi; i++) if (values[i]! < best || Number.isNaN(best)) best = values[i]!;
  return best;
};

export const maxOverTime: RangeFunction = (window) => {
  const { values, lo, hi } = window;
  let best = values[lo]!;
  for (let i = lo + 1; i < hi; i++) if (values[i]! > best || Number.isNaN(best)) best = values[i]!;
  return best;
};

export const tsOfMinOverTime: RangeFunction = (window) => timeOfExtreme(window, (value, best) => value <= best);
export const tsOfMaxOverTime: RangeFunction = (window) => timeOfExtreme(window, (value, best) => value >= best);

/** Seconds of the latest sample that holds the extreme value. */
function timeOfExtreme(window: Window, isBetter: (value: number, best: number) => boolean): number {
  const { values, lo, hi } = window;
  let at = lo;
  for (let i = lo; i < hi; i++) if (isBetter(values[i]!, values[at]!) || Number.isNaN(values[at]!)) at = i;
  return window.times[at]! / 1000;
}

export const quantileOverTime: RangeFunction = (window) => {
  const q = window.arg0;
  if (!(q >= 0 && q <= 1)) window.annotations.invalidQuantile(q, window.firstArgumentPosition);
  return quantileOf(q, window.copyValues(), window.count);
};

/** The median of the distances from the median. */
export const madOverTime: RangeFunction = (window) => {
  const { count } = window;
  const values = window.copyValues();
  for (let i = 0; i < count; i++) if (Number.isNaN(values[i]!)) return Number.NaN;
  const median = quantileOf(0.5, values, count);
  for (let i = 0; i < count; i++) values[i] = Math.abs(values[i]! - median);
  return quantileOf(0.5, values, count);
};

export const stdvarOverTime: RangeFunction = (window) => variance(window);
export const stddevOverTime: RangeFunction = (window) => Math.sqrt(variance(window));

const varianceMean = new KahanSum();
const squares = new KahanSum();

function variance(window: Window): number {
  const { values, lo, hi } = window;
  varianceMean.reset();
  squares.reset();
  for (let i = lo; i < hi; i++) {
    const value = values[i]!;
    const distance = value - varianceMean.value;
    varianceMean.add(distance / (i - lo + 1));
    squares.add(distance * (value - varianceMean.value));
  }
  return squares.value / window.count;
}
