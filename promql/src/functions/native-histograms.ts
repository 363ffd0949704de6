import { type EvalContext, seriesOf, type VectorFunction, vectorOf } from "../evaluator/context.js";
import { FLOAT, HISTOGRAM, newStepSeries, type StepSeries } from "../evaluator/series.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import { histogramVariance } from "../histogram/statistics.js";
import { METRIC_NAME } from "../labels.js";

/** A function of one histogram; floats are passed by. */
function perHistogram(compute: (h: FloatHistogram) => number): VectorFunction {
  return (context, _call, args) => {
    const results: StepSeries[] = [];
    for (const series of seriesOf(args[0])) {
      if (series.histograms !== undefined) results.push(applied(context, series, series.histograms, compute));
    }
    return vectorOf(context, results);
  };
}

function applied(
  context: EvalContext,
  series: StepSeries,
  histograms: readonly (FloatHistogram | undefined)[],
  compute: (h: FloatHistogram) => number,
): StepSeries {
  const { delayedNameRemoval } = context.options;
  // Type and unit stay: upstream drops the name only.
  const labels = delayedNameRemoval ? series.labels : series.labels.filter((name) => name !== METRIC_NAME);
  const result = newStepSeries(labels, context.grid.steps, true);
  for (let step = 0; step < histograms.length; step++) {
    if (series.present[step] !== HISTOGRAM) continue;
    result.values[step] = compute(histograms[step]!);
    result.present[step] = FLOAT;
  }
  return result;
}

export const nativeHistogramFunctions: Readonly<Record<string, VectorFunction>> = {
  histogram_avg: perHistogram((h) => h.sum / h.count),
  histogram_count: perHistogram((h) => h.count),
  histogram_sum: perHistogram((h) => h.sum),
  histogram_stddev: perHistogram((h) => Math.sqrt(histogramVariance(h))),
  histogram_stdvar: perHistogram(histogramVariance),
};
