import type { VectorFunction } from "../evaluator/context.js";
import type { HistogramRangeFunction, RangeFunction } from "../evaluator/window.js";
import { dateFunctions } from "./dates.js";
import * as histogramsOverTime from "./histogram-over-time.js";
import * as histogramRates from "./histogram-rate.js";
import { histogramFunctions } from "./histograms.js";
import { labelFunctions } from "./labels.js";
import { mathFunctions } from "./math.js";
import { nativeHistogramFunctions } from "./native-histograms.js";
import * as overTime from "./over-time.js";
import * as rates from "./rate.js";
import { scalarFunctions } from "./scalars.js";
import { sortFunctions } from "./sort.js";
import * as trends from "./trend.js";

export interface RangeFunctionEntry {
  readonly compute: RangeFunction;
  /** For windows that hold histograms; without it, histograms are ignored. */
  readonly histograms?: HistogramRangeFunction;
  /** Like an offset: the value is a sample of the series, which keeps its name. */
  readonly keepsName?: boolean;
  readonly extensions?: readonly ("anchored" | "smoothed")[];
  /** Says that the metric should be a counter. */
  readonly wantsCounter?: boolean;
  readonly usesStartTimes?: boolean;
}

const BOTH = ["anchored", "smoothed"] as const;

const rangeFunctions: Readonly<Record<string, RangeFunctionEntry>> = {
  rate: {
    compute: rates.rate,
    histograms: histogramRates.histogramsRate,
    extensions: BOTH,
    wantsCounter: true,
    usesStartTimes: true,
  },
  increase: {
    compute: rates.increase,
    histograms: histogramRates.histogramsIncrease,
    extensions: BOTH,
    wantsCounter: true,
    usesStartTimes: true,
  },
  delta: { compute: rates.delta, histograms: histogramRates.histogramsDelta, extensions: BOTH },
  irate: { compute: rates.irate, histograms: histogramRates.histogramsIrate, usesStartTimes: true },
  idelta: { compute: rates.idelta, histograms: histogramRates.histogramsIdelta },
  resets: {
    compute: rates.resets,
    histograms: histogramsOverTime.histogramsResets,
    extensions: ["anchored"],
    usesStartTimes: true,
  },
  changes: { compute: rates.changes, histograms: histogramsOverTime.histogramsChanges, extensions: ["anchored"] },
  deriv: { compute: trends.deriv },
  predict_linear: { compute: trends.predictLinear },
  double_exponential_smoothing: { compute: trends.doubleExponentialSmoothing, histograms: trends.smoothingOfMixed },
  sum_over_time: { compute: overTime.sumOverTime, histograms: histogramsOverTime.histogramsSumOverTime },
  avg_over_time: { compute: overTime.avgOverTime, histograms: histogramsOverTime.histogramsAvgOverTime },
  count_over_time: { compute: overTime.countOverTime, histograms: histogramsOverTime.histogramsCountOverTime },
  min_over_time: { compute: overTime.minOverTime },
  max_over_time: { compute: overTime.maxOverTime },
  stddev_over_time: { compute: overTime.stddevOverTime },
  stdvar_over_time: { compute: overTime.stdvarOverTime },
  quantile_over_time: { compute: overTime.quantileOverTime },
  mad_over_time: { compute: overTime.madOverTime },
  first_over_time: {
    compute: overTime.firstOverTime,
    histograms: histogramsOverTime.histogramsFirstOverTime,
    keepsName: true,
  },
  last_over_time: {
    compute: overTime.lastOverTime,
    histograms: histogramsOverTime.histogramsLastOverTime,
    keepsName: true,
  },
  present_over_time: { compute: overTime.presentOverTime, histograms: histogramsOverTime.histogramsPresentOverTime },
  absent_over_time: { compute: overTime.presentOverTime, histograms: histogramsOverTime.histogramsPresentOverTime },
  ts_of_first_over_time: { compute: overTime.tsOfFirstOverTime, histograms: histogramsOverTime.histogramsTsOfFirst },
  ts_of_last_over_time: { compute: overTime.tsOfLastOverTime, histograms: histogramsOverTime.histogramsTsOfLast },
  ts_of_min_over_time: { compute: overTime.tsOfMinOverTime },
  ts_of_max_over_time: { compute: overTime.tsOfMaxOverTime },
};

const vectorFunctions: Readonly<Record<string, VectorFunction>> = {
  ...mathFunctions,
  ...dateFunctions,
  ...scalarFunctions,
  ...labelFunctions,
  ...sortFunctions,
  ...histogramFunctions,
  ...nativeHistogramFunctions,
};

export function rangeFunction(name: string): RangeFunctionEntry | undefined {
  return rangeFunctions[name];
}

const PER_SERIES = new Set([
  ...Object.keys(mathFunctions),
  ...Object.keys(dateFunctions),
  ...Object.keys(labelFunctions),
  ...Object.keys(nativeHistogramFunctions),
  "timestamp",
]);

/** Whether a function looks at each series of its first argument alone. */
export function isPerSeries(name: string): boolean {
  return PER_SERIES.has(name);
}

export function vectorFunction(name: string): VectorFunction | undefined {
  return vectorFunctions[name];
}
