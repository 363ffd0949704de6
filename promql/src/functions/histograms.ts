import { mapInSlices } from "../evaluator/budget.js";
import {
  type EvalContext,
  renamed,
  scalarOf,
  seriesOf,
  stringOf,
  type VectorFunction,
  vectorOf,
} from "../evaluator/context.js";
import { ABSENT, FLOAT, HISTOGRAM, isEmpty, newStepSeries, type StepSeries } from "../evaluator/series.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import {
  type Estimate,
  histogramFraction as fractionOf,
  histogramQuantile as nativeQuantile,
} from "../histogram/statistics.js";
import { formatGeneral } from "../numbers.js";
import { type Call, positionOf } from "../parser/ast.js";
import { type Buckets, bucketFraction, bucketQuantile, type Correction } from "./buckets.js";
import { type ClassicHistogram, type HistogramInput, histogramInput, type NativeSeries } from "./classic-buckets.js";

/** Runs `compute` over every native histogram of a series. */
function perNative(
  context: EvalContext,
  { series, conflicts }: NativeSeries,
  compute: (h: FloatHistogram, step: number) => number,
): StepSeries {
  const { labels, dropName } = renamed(context, series);
  const result = newStepSeries(labels, context.grid.steps, dropName);
  for (let step = 0; step < result.present.length; step++) {
    if (series.present[step] !== HISTOGRAM || conflicts?.[step] === 1) continue;
    result.values[step] = compute(series.histograms![step]!, step);
    result.present[step] = FLOAT;
  }
  return result;
}

/** Runs `compute` over the buckets of every step that has any. */
function perHistogram(
  context: EvalContext,
  histogram: ClassicHistogram,
  compute: (buckets: Buckets, step: number) => number,
): StepSeries {
  const { steps } = context.grid;
  const { labels, dropName } = renamed(context, histogram.identity);
  const result = newStepSeries(labels, steps, dropName);
  const size = histogram.series.length;
  const buckets: Buckets = { bounds: new Float64Array(size), counts: new Float64Array(size), length: 0 };
  for (let step = 0; step < steps; step++) {
    if (histogram.conflicts?.[step] === 1) continue;
    buckets.length = 0;
    for (let i = 0; i < size; i++) {
      const series = histogram.series[i]!;
      if (series.present[step] !== FLOAT) continue;
      buckets.bounds[buckets.length] = histogram.bounds[i]!;
      buckets.counts[buckets.length] = series.values[step]!;
      buckets.length++;
    }
    if (buckets.length === 0) continue;
    result.values[step] = compute(buckets, step);
    result.present[step] = FLOAT;
  }
  return result;
}

/** The quantiles of all histograms, one series each. */
async function quantilesOf(
  context: EvalContext,
  call: Call,
  argument: number,
  { native, classic }: HistogramInput,
  quantiles: Float64Array,
): Promise<StepSeries[]> {
  const position = positionOf(call.args[argument]!);
  const { budget, grid } = context;
  return [
    ...(await mapInSlices(budget, native, 50 * grid.steps, (one) =>
      perNative(context, one, (h, step) => {
        const { value, nanEffect } = nativeQuantile(quantiles[step]!, h);
        const name = metricNameOf(context, one.series);
        if (nanEffect !== undefined) context.annotations.quantileOfNaN(nanEffect, name, position);
        return value;
      }),
    )),
    ...(await mapInSlices(budget, classic, 20 * grid.steps, (one) =>
      classicQuantiles(context, call, argument, one, quantiles),
    )),
  ];
}

/** Annotations can name a metric only while its name has not been dropped. */
function metricNameOf(context: EvalContext, series: StepSeries): string {
  return context.options.delayedNameRemoval ? series.labels.metricName : "";
}

function classicQuantiles(
  context: EvalContext,
  call: Call,
  argument: number,
  histogram: ClassicHistogram,
  quantiles: Float64Array,
): StepSeries {
  const { annotations, grid } = context;
  const correction: Correction = { forced: false, lowestBucket: 0, highestBucket: 0, maxDiff: 0 };
  const position = positionOf(call.args[argument]!);
  return perHistogram(context, histogram, (buckets, step) => {
    const result = bucketQuantile(quantiles[step]!, buckets, correction);
    if (correction.forced) {
      annotations.forcedMonotonicity(metricNameOf(context, histogram.identity), position, {
        timeMs: grid.timeAt(step),
        ...correction,
      });
    }
    return result;
  });
}

function warnOfQuantiles(context: EvalContext, call: Call, argument: number, quantiles: Float64Array): void {
  const position = positionOf(call.args[argument]!);
  for (const q of quantiles) if (!(q >= 0 && q <= 1)) context.annotations.invalidQuantile(q, position);
}

/** histogram_quantile(q, buckets). */
const histogramQuantile: VectorFunction = async (context, call, args) => {
  const quantiles = scalarOf(args[0]);
  warnOfQuantiles(context, call, 0, quantiles);
  const input = await histogramInput(context, call, 1, seriesOf(args[1]));
  return vectorOf(context, nonEmpty(await quantilesOf(context, call, 1, input, quantiles)));
};

/** histogram_quantiles(buckets, label, q…): all quantiles in one result, told apart by the label. */
const histogramQuantiles: VectorFunction = async (context, call, args) => {
  const label = stringOf(args[1]);
  const input = await histogramInput(context, call, 0, seriesOf(args[0]));
  const results: StepSeries[] = [];
  for (let i = 2; i < args.length; i++) {
    const quantiles = scalarOf(args[i]);
    warnOfQuantiles(context, call, i, quantiles);
    for (const series of await quantilesOf(context, call, 0, input, quantiles)) {
      results.push(...splitByQuantile(series, label, quantiles));
    }
  }
  return vectorOf(context, nonEmpty(results));
};

/** One series per distinct quantile; a constant, as nearly always, is one. */
function splitByQuantile(series: StepSeries, label: string, quantiles: Float64Array): StepSeries[] {
  return [...new Set(quantiles)].map((q) => {
    const present = series.present.map((has, i) => (has === FLOAT && Object.is(quantiles[i], q) ? FLOAT : ABSENT));
    return { ...series, labels: series.labels.with(label, openMetricsNumber(q)), present };
  });
}

function openMetricsNumber(value: number): string {
  const text = formatGeneral(value);
  return /[.e]|Inf|NaN/.test(text) ? text : `${text}.0`;
}

/** histogram_fraction(lower, upper, buckets). */
const histogramFraction: VectorFunction = async (context, call, args) => {
  const [lower, upper] = [scalarOf(args[0]), scalarOf(args[1])];
  const { budget, grid } = context;
  const { native, classic } = await histogramInput(context, call, 2, seriesOf(args[2]));
  const compute = (buckets: Buckets, step: number): number => bucketFraction(lower[step]!, upper[step]!, buckets);
  const ofNative = (one: NativeSeries): StepSeries =>
    perNative(context, one, (h, step) => {
      const { value, nanEffect }: Estimate = fractionOf(lower[step]!, upper[step]!, h);
      const position = positionOf(call.args[2]!);
      if (nanEffect !== undefined) context.annotations.fractionOfNaN(metricNameOf(context, one.series), position);
      return value;
    });
  return vectorOf(
    context,
    nonEmpty([
      ...(await mapInSlices(budget, native, 50 * grid.steps, ofNative)),
      ...(await mapInSlices(budget, classic, 20 * grid.steps, (one) => perHistogram(context, one, compute))),
    ]),
  );
};

function nonEmpty(series: readonly StepSeries[]): StepSeries[] {
  return series.filter((one) => !isEmpty(one));
}

export const histogramFunctions: Readonly<Record<string, VectorFunction>> = {
  histogram_quantile: histogramQuantile,
  histogram_quantiles: histogramQuantiles,
  histogram_fraction: histogramFraction,
};
