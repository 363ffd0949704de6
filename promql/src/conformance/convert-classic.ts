import { compact } from "../histogram/arithmetic.js";
import { CUSTOM_BUCKETS, type FloatHistogram } from "../histogram/float-histogram.js";
import { BUCKET_LABEL, type LabelSet, METRIC_NAME } from "../labels.js";
import { parseNumber } from "../numbers.js";
import type { LoadedSeries } from "./script.js";

interface Parts {
  buckets: { bound: number; count: number }[];
  count: number | undefined;
  sum: number;
}

/** One series of native histograms with custom buckets, by sample number. */
export interface ConvertedSeries {
  readonly labels: LabelSet;
  readonly histograms: Map<number, FloatHistogram>;
}

/** What `load_with_nhcb` adds: classic histograms as native ones with custom buckets. */
export function convertClassic(loaded: readonly LoadedSeries[]): ConvertedSeries[] {
  const found = new Map<string, { labels: LabelSet; parts: Map<number, Parts> }>();
  for (const series of loaded) {
    const suffix = /_(bucket|count|sum)$/.exec(series.labels.metricName)?.[1];
    if (suffix === undefined) continue;
    const bound = suffix === "bucket" ? parseNumber(series.labels.get(BUCKET_LABEL)) : 0;
    if (bound === undefined || Number.isNaN(bound)) continue;
    const labels = baseLabels(series.labels, suffix);
    const one = found.get(labels.key) ?? { labels, parts: new Map<number, Parts>() };
    found.set(labels.key, one);
    for (let i = 0; i < series.values.length; i++) {
      if (series.present[i] === 0 || series.histograms?.[i] !== undefined) continue;
      const parts: Parts = one.parts.get(i) ?? { buckets: [], count: undefined, sum: 0 };
      one.parts.set(i, parts);
      const value = series.values[i]!;
      if (suffix === "bucket") parts.buckets.push({ bound, count: value });
      else if (suffix === "count") parts.count = value;
      else parts.sum = value;
    }
  }
  return [...found.values()].map(({ labels, parts }) => ({
    labels,
    histograms: new Map([...parts].sort(([a], [b]) => a - b).map(([i, one]) => [i, convert(one)])),
  }));
}

function baseLabels(labels: LabelSet, suffix: string): LabelSet {
  const name = labels.metricName.slice(0, -suffix.length - 1);
  return labels.filter((label) => label !== BUCKET_LABEL && label !== METRIC_NAME).with(METRIC_NAME, name);
}

function convert({ buckets, count: given, sum }: Parts): FloatHistogram {
  buckets.sort((a, b) => a.bound - b.bound);
  const count = given ?? buckets.at(-1)?.count ?? 0;
  if (buckets.at(-1)?.bound !== Infinity) buckets.push({ bound: Infinity, count });
  const counts = buckets.map((bucket, i) => bucket.count - (buckets[i - 1]?.count ?? 0));
  return compact({
    schema: CUSTOM_BUCKETS,
    zeroThreshold: 0,
    zeroCount: 0,
    count,
    sum,
    positiveSpans: [{ offset: 0, length: counts.length }],
    negativeSpans: [],
    positiveBuckets: Float64Array.from(counts),
    negativeBuckets: new Float64Array(0),
    customValues: Float64Array.from(buckets.slice(0, -1), ({ bound }) => bound),
    counterResetHint: 0,
  });
}
