import { PromqlError } from "../errors.js";
import type { HistogramRangeFunction, RangeFunction, Window } from "../evaluator/window.js";
import { KahanSum } from "../kahan.js";

const sumX = new KahanSum();
const sumY = new KahanSum();
const sumXY = new KahanSum();
const sumXX = new KahanSum();

/** Least squares through the window's samples; seconds relative to `originMs` are the x axis. */
function linearRegression(window: Window, originMs: number): { slope: number; intercept: number } {
  const { times, values, lo, hi } = window;
  for (const acc of [sumX, sumY, sumXY, sumXX]) acc.reset();
  const firstY = values[lo]!;
  let isConstant = true;
  for (let i = lo; i < hi; i++) {
    const x = (times[i]! - originMs) / 1000;
    const y = values[i]!;
    if (i > lo && y !== firstY) isConstant = false;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumXX.add(x * x);
  }
  if (isConstant) {
    const isInfinite = firstY === Infinity || firstY === -Infinity;
    return isInfinite ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: firstY };
  }
  const n = hi - lo;
  const covariance = sumXY.value - (sumX.value * sumY.value) / n;
  const variance = sumXX.value - (sumX.value * sumX.value) / n;
  const slope = covariance / variance;
  return { slope, intercept: sumY.value / n - (slope * sumX.value) / n };
}

/** deriv: the slope per second. */
export const deriv: RangeFunction = (window) => {
  if (window.count < 2) return undefined;
  return linearRegression(window, window.times[window.lo]!).slope;
};

/** predict_linear(v, seconds): where the trend leads. */
export const predictLinear: RangeFunction = (window) => {
  if (window.count < 2) return undefined;
  const { slope, intercept } = linearRegression(window, window.evalMs);
  return slope * window.arg0 + intercept;
};

/** double_exponential_smoothing(v, smoothing factor, trend factor), both between 0 and 1. */
export const doubleExponentialSmoothing: RangeFunction = (window) => {
  const { values, lo, hi, arg0: smoothing, arg1: trendFactor } = window;
  requireFactors(window);
  if (window.count < 2) return undefined;
  let previous = 0;
  let current = values[lo]!;
  let trend = values[lo + 1]! - values[lo]!;
  for (let i = lo + 1; i < hi; i++) {
    if (i > lo + 1) trend = trendFactor * (current - previous) + (1 - trendFactor) * trend;
    const next = smoothing * values[i]! + (1 - smoothing) * (current + trend);
    previous = current;
    current = next;
  }
  return current;
};

/** Bad factors are an error even where there are histograms only. */
export const smoothingOfMixed: HistogramRangeFunction = (window) => {
  const { floats } = window;
  requireFactors(floats);
  if (!window.isMixed) return undefined;
  floats.annotations.ignoredHistogramsInRange(window.metricName, floats.firstArgumentPosition);
  return doubleExponentialSmoothing(floats);
};

function requireFactors({ arg0, arg1 }: Window): void {
  requireFactor("smoothing", "sf", arg0);
  requireFactor("trend", "tf", arg1);
}

function requireFactor(name: string, short: string, value: number): void {
  if (value > 0 && value < 1) return;
  const got = Number.isFinite(value) ? value.toFixed(6) : String(value);
  throw new PromqlError("execution", `invalid ${name} factor. Expected: 0 < ${short} < 1, got: ${got}`);
}
