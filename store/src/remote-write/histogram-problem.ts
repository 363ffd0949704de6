import { type FloatHistogram, formatGeneral, type Span } from "@venturi/promql";

/** The schema of histograms with bucket bounds of their own. */
const customSchema = -53;

const negativeCount = "histogram has a bucket whose observation count is negative";
const negativeOffset = "histogram has a span whose offset is negative";
const mismatch = "histogram spans specify different number of buckets than provided";

/**
 * Why Prometheus would not store a histogram, in its words; undefined when it would.
 * @param isInteger whether the sender counted whole observations, so that they must add up
 */
export function histogramProblem(histogram: FloatHistogram, isInteger: boolean): string | undefined {
  const { schema, count, positiveBuckets } = histogram;
  if (schema !== customSchema && (schema < -4 || schema > 8)) {
    const known = "which must be between -4 and 8 for exponential buckets, or -53 for custom buckets";
    return `histogram has an invalid schema, ${known}, got schema ${schema}`;
  }
  const problem = schema === customSchema ? customProblem(histogram) : exponentialProblem(histogram);
  if (problem !== undefined) return problem;
  if (count < 0) return `observation count is  ${formatGeneral(count)}: histogram's observation count is negative`;
  return bucketProblem("positive", positiveBuckets) ?? (isInteger ? sumProblem(histogram) : undefined);
}

function exponentialProblem(histogram: FloatHistogram): string | undefined {
  const { positiveSpans, positiveBuckets, negativeSpans, negativeBuckets, zeroCount, customValues } = histogram;
  const problem =
    sideProblem("positive", positiveSpans, positiveBuckets) ??
    sideProblem("negative", negativeSpans, negativeBuckets) ??
    bucketProblem("negative", negativeBuckets);
  if (problem !== undefined) return problem;
  if (zeroCount < 0) return `zero bucket has observation count of ${formatGeneral(zeroCount)}: ${negativeCount}`;
  return customValues === undefined ? undefined : "histogram with exponential schema must not have custom bounds";
}

function customProblem(histogram: FloatHistogram): string | undefined {
  const { positiveSpans, positiveBuckets, negativeSpans, negativeBuckets } = histogram;
  const bounds = histogram.customValues ?? new Float64Array(0);
  const problem = boundProblem(bounds) ?? spanProblem(positiveSpans, positiveBuckets, 0);
  if (problem !== undefined) return `custom buckets: ${problem}`;
  const reach = positiveSpans.reduce((sum, { offset, length }) => sum + offset + length, 0);
  if (bounds.length + 1 < reach) {
    const cover = `which is insufficient to cover total span length of ${reach}`;
    return `custom buckets: only ${bounds.length} custom bounds defined ${cover}: histogram custom bounds are too few`;
  }
  if (histogram.zeroCount !== 0) return "custom buckets: must have zero count of 0";
  if (histogram.zeroThreshold !== 0) return "custom buckets: must have zero threshold of 0";
  if (negativeSpans.length > 0) return "custom buckets: must not have negative spans";
  return negativeBuckets.length > 0 ? "custom buckets: must not have negative buckets" : undefined;
}

function boundProblem(bounds: Float64Array): string | undefined {
  for (const [index, bound] of bounds.entries()) {
    if (Number.isNaN(bound)) return "histogram custom bounds must not be NaN";
    const before = bounds[index - 1] ?? Number.NEGATIVE_INFINITY;
    if (index > 0 && bound <= before) {
      const pair = `previous bound is ${fixed(before)} and current is ${fixed(bound)}`;
      return `${pair}: histogram custom bounds must be in strictly increasing order`;
    }
  }
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY) return undefined;
  return "last +Inf bound must not be explicitly defined: histogram custom bounds must be finite";
}

function sideProblem(side: string, spans: readonly Span[], buckets: Float64Array): string | undefined {
  const problem = spanProblem(spans, buckets, 1);
  return problem === undefined ? undefined : `${side} side: ${problem}`;
}

/** @param from the first span that may not reach back: that of exponential buckets may begin anywhere */
function spanProblem(spans: readonly Span[], buckets: Float64Array, from: number): string | undefined {
  const backwards = spans.findIndex(({ offset }, index) => index >= from && offset < 0);
  if (backwards >= 0) {
    return `span number ${backwards + 1} with offset ${spans[backwards]?.offset}: ${negativeOffset}`;
  }
  const needed = spans.reduce((sum, { length }) => sum + length, 0);
  if (needed === buckets.length) return undefined;
  return `spans need ${needed} buckets, have ${buckets.length} buckets: ${mismatch}`;
}

function bucketProblem(side: string, buckets: Float64Array): string | undefined {
  const index = buckets.findIndex((count) => count < 0);
  if (index < 0) return undefined;
  const count = formatGeneral(buckets[index] as number);
  return `${side} side: bucket number ${index + 1} has observation count of ${count}: ${negativeCount}`;
}

/** Observations of NaN are in no bucket; where there are some, the sum is NaN. */
function sumProblem({ count, sum, zeroCount, positiveBuckets, negativeBuckets }: FloatHistogram): string | undefined {
  let found = zeroCount;
  for (const one of positiveBuckets) found += one;
  for (const one of negativeBuckets) found += one;
  if (Number.isNaN(sum) ? found <= count : found === count) return undefined;
  const numbers = `${found} observations found in buckets, but the Count field is ${count}`;
  const rule = Number.isNaN(sum)
    ? "should be at least the number of observations found in the buckets"
    : "should equal the number of observations found in the buckets (in absence of NaN)";
  return `${numbers}: histogram's observation count ${rule}`;
}

/** Go's %f. */
function fixed(value: number): string {
  return Number.isFinite(value) ? value.toFixed(6) : formatGeneral(value);
}
