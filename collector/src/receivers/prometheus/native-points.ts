import type { ExponentialBuckets, PrometheusHistogram, PrometheusSpan } from "@venturi/otlp";

const SCHEMA_MIN = -4;
const SCHEMA_MAX = 8;

/** Dense OTLP buckets of one side; a bucket of Prometheus is numbered by its upper bound, one of OTLP by its lower. */
export function denseBuckets(spans: readonly PrometheusSpan[], counts: Float64Array): ExponentialBuckets {
  const bucketCounts: number[] = [];
  let next = 0;
  spans.forEach(({ offset, length }, index) => {
    if (index > 0) for (let gap = 0; gap < offset; gap++) bucketCounts.push(0);
    for (let rest = length; rest > 0; rest--) bucketCounts.push(Math.trunc(counts[next++] ?? 0));
  });
  return { offset: (spans[0]?.offset ?? 1) - 1, bucketCounts };
}

/** Buckets that a histogram may be written with: spans far apart are a target's fault, and would be memory of ours. */
export const DENSE_BUCKETS_MAX = 65_536;

/** How many dense buckets a side takes. */
export function denseLength(spans: readonly PrometheusSpan[]): number {
  return spans.reduce((sum, { offset, length }, index) => sum + length + (index === 0 ? 0 : Math.max(0, offset)), 0);
}

/**
 * Makes a native histogram coarser until it has at most `bucketLimit` buckets and no schema above `maxSchema`.
 * @returns undefined when even the coarsest has too many.
 */
export function limitResolution(
  histogram: PrometheusHistogram,
  bucketLimit: number,
  maxSchema: number,
): PrometheusHistogram | undefined {
  let limited = histogram.schema > maxSchema ? coarser(histogram, histogram.schema - maxSchema) : histogram;
  while (bucketLimit > 0 && limited.positiveBuckets.length + limited.negativeBuckets.length > bucketLimit) {
    if (limited.schema <= SCHEMA_MIN) return undefined;
    limited = coarser(limited, 1);
  }
  return limited;
}

function coarser(histogram: PrometheusHistogram, steps: number): PrometheusHistogram {
  const positive = merge(histogram.positiveSpans, histogram.positiveBuckets, steps);
  const negative = merge(histogram.negativeSpans, histogram.negativeBuckets, steps);
  return {
    ...histogram,
    schema: histogram.schema - steps,
    positiveSpans: positive.spans,
    positiveBuckets: positive.counts,
    negativeSpans: negative.spans,
    negativeBuckets: negative.counts,
  };
}

/** Merges 2^steps neighbours. Bucket i ends where bucket ceil(i / 2^steps) of the coarser schema does or before. */
function merge(
  spans: readonly PrometheusSpan[],
  counts: Float64Array,
  steps: number,
): { spans: PrometheusSpan[]; counts: Float64Array } {
  const merged: { offset: number; length: number }[] = [];
  const values: number[] = [];
  let index = 0;
  let next = 0;
  let last = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let rest = length; rest > 0; rest--, index++) {
      const to = ((index - 1) >> steps) + 1;
      const count = counts[next++] ?? 0;
      const span = merged.at(-1);
      if (span !== undefined && to === last) values[values.length - 1] = (values.at(-1) as number) + count;
      else {
        values.push(count);
        if (span !== undefined && to === last + 1) span.length++;
        else merged.push({ offset: span === undefined ? to : to - last - 1, length: 1 });
        last = to;
      }
    }
  }
  return { spans: merged, counts: Float64Array.from(values) };
}

/** The finest schema whose buckets grow at least by `factor` from one to the next, as Prometheus picks it. */
export function schemaForFactor(factor: number): number {
  if (factor <= 1) return SCHEMA_MAX;
  const schema = Math.floor(-Math.log2(Math.log2(factor)));
  // Adding 0 turns a negative zero into the ordinary one.
  return Math.max(SCHEMA_MIN, Math.min(SCHEMA_MAX, schema)) + 0;
}
