import { PromqlError } from "../errors.js";
import {
  type EvalContext,
  renamed,
  scalarOf,
  seriesOf,
  stringOf,
  type VectorFunction,
  vectorOf,
} from "../evaluator/context.js";
import { newStepSeries, type StepSeries } from "../evaluator/series.js";
import { BUCKET_LABEL } from "../labels.js";
import { formatGeneral, parseNumber } from "../numbers.js";
import { type Call, positionOf } from "../parser/ast.js";
import { type Buckets, bucketFraction, bucketQuantile, type Correction } from "./buckets.js";

/** The bucket series of one classic histogram, ascending by upper bound. */
interface Histogram {
  /** Labels without `le`. */
  readonly identity: StepSeries;
  readonly bounds: number[];
  readonly series: StepSeries[];
}

function histogramsOf(context: EvalContext, call: Call, argument: number, series: readonly StepSeries[]): Histogram[] {
  const histograms = new Map<string, Histogram>();
  for (const one of series) {
    const text = one.labels.get(BUCKET_LABEL);
    const bound = parseNumber(text);
    if (bound === undefined) {
      const metricName = context.options.delayedNameRemoval ? one.labels.metricName : "";
      context.annotations.badBucketLabel(metricName, text, positionOf(call.args[argument]!));
      continue;
    }
    const labels = one.labels.filter((name) => name !== BUCKET_LABEL);
    let histogram = histograms.get(labels.key);
    if (histogram === undefined) {
      histogram = { identity: { ...one, labels }, bounds: [], series: [] };
      histograms.set(labels.key, histogram);
    }
    histogram.bounds.push(bound);
    histogram.series.push(one);
  }
  for (const { bounds, series: members } of histograms.values()) sortByBound(bounds, members);
  return [...histograms.values()];
}

function sortByBound(bounds: number[], series: StepSeries[]): void {
  const order = bounds
    .map((_, i) => i)
    .sort((a, b) => (bounds[a]! < bounds[b]! ? -1 : bounds[a]! > bounds[b]! ? 1 : 0));
  const sortedBounds = order.map((i) => bounds[i]!);
  const sortedSeries = order.map((i) => series[i]!);
  bounds.splice(0, bounds.length, ...sortedBounds);
  series.splice(0, series.length, ...sortedSeries);
}

/** Runs `compute` over the buckets of every step that has any. */
function perHistogram(
  context: EvalContext,
  histogram: Histogram,
  compute: (buckets: Buckets, step: number) => number,
): StepSeries {
  const { steps } = context.grid;
  const { labels, dropName } = renamed(context, histogram.identity);
  const result = newStepSeries(labels, steps, dropName);
  const size = histogram.series.length;
  const buckets: Buckets = { bounds: new Float64Array(size), counts: new Float64Array(size), length: 0 };
  for (let step = 0; step < steps; step++) {
    buckets.length = 0;
    for (let i = 0; i < size; i++) {
      const series = histogram.series[i]!;
      if (series.present[step] === 0) continue;
      buckets.bounds[buckets.length] = histogram.bounds[i]!;
      buckets.counts[buckets.length] = series.values[step]!;
      buckets.length++;
    }
    if (buckets.length === 0) continue;
    result.values[step] = compute(buckets, step);
    result.present[step] = 1;
  }
  return result;
}

function quantilesPerStep(
  context: EvalContext,
  call: Call,
  argument: number,
  histogram: Histogram,
  quantiles: Float64Array,
): StepSeries {
  const { annotations, grid, options } = context;
  const correction: Correction = { forced: false, lowestBucket: 0, highestBucket: 0, maxDiff: 0 };
  const position = positionOf(call.args[argument]!);
  return perHistogram(context, histogram, (buckets, step) => {
    const result = bucketQuantile(quantiles[step]!, buckets, correction);
    if (correction.forced) {
      const metricName = options.delayedNameRemoval ? histogram.identity.labels.metricName : "";
      annotations.forcedMonotonicity(metricName, position, { timeMs: grid.timeAt(step), ...correction });
    }
    return result;
  });
}

function warnOfQuantiles(context: EvalContext, call: Call, argument: number, quantiles: Float64Array): void {
  const position = positionOf(call.args[argument]!);
  for (const q of quantiles) if (!(q >= 0 && q <= 1)) context.annotations.invalidQuantile(q, position);
}

/** histogram_quantile(q, buckets). */
const histogramQuantile: VectorFunction = (context, call, args) => {
  const quantiles = scalarOf(args[0]);
  warnOfQuantiles(context, call, 0, quantiles);
  const histograms = histogramsOf(context, call, 1, seriesOf(args[1]));
  return vectorOf(
    context,
    histograms.map((histogram) => quantilesPerStep(context, call, 1, histogram, quantiles)),
  );
};

/** histogram_quantiles(buckets, label, q…): all quantiles in one result, told apart by the label. */
const histogramQuantiles: VectorFunction = (context, call, args) => {
  const label = stringOf(args[1]);
  const histograms = histogramsOf(context, call, 0, seriesOf(args[0]));
  const results: StepSeries[] = [];
  for (let i = 2; i < args.length; i++) {
    const quantiles = scalarOf(args[i]);
    warnOfQuantiles(context, call, i, quantiles);
    for (const histogram of histograms) {
      const series = quantilesPerStep(context, call, 0, histogram, quantiles);
      results.push(...splitByQuantile(series, label, quantiles));
    }
  }
  return vectorOf(context, results);
};

/** One series per distinct quantile; a constant, as nearly always, is one. */
function splitByQuantile(series: StepSeries, label: string, quantiles: Float64Array): StepSeries[] {
  return [...new Set(quantiles)].map((q) => {
    const present = series.present.map((has, i) => (has === 1 && Object.is(quantiles[i], q) ? 1 : 0));
    return { ...series, labels: series.labels.with(label, openMetricsNumber(q)), present };
  });
}

function openMetricsNumber(value: number): string {
  const text = formatGeneral(value);
  return /[.e]|Inf|NaN/.test(text) ? text : `${text}.0`;
}

/** histogram_fraction(lower, upper, buckets). */
const histogramFraction: VectorFunction = (context, call, args) => {
  const [lower, upper] = [scalarOf(args[0]), scalarOf(args[1])];
  const histograms = histogramsOf(context, call, 2, seriesOf(args[2]));
  const compute = (buckets: Buckets, step: number): number => bucketFraction(lower[step]!, upper[step]!, buckets);
  return vectorOf(
    context,
    histograms.map((histogram) => perHistogram(context, histogram, compute)),
  );
};

/** The store keeps floats only: rather no answer than an empty one that looks like an answer. */
const needsNativeHistograms: VectorFunction = (_context, call) => {
  const text = `${call.func.name}() works on native histograms, which are not supported yet`;
  throw new PromqlError("bad_data", text, positionOf(call));
};

export const histogramFunctions: Readonly<Record<string, VectorFunction>> = {
  histogram_quantile: histogramQuantile,
  histogram_quantiles: histogramQuantiles,
  histogram_fraction: histogramFraction,
  histogram_avg: needsNativeHistograms,
  histogram_count: needsNativeHistograms,
  histogram_sum: needsNativeHistograms,
  histogram_stddev: needsNativeHistograms,
  histogram_stdvar: needsNativeHistograms,
};
