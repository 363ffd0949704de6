import { type FloatHistogram, isStaleNaN, type Matcher, type SampleSeries } from "@venturi/promql";
import type { MetricStore } from "../../../metrics/metric-store.js";
import type { LabelPairs } from "../../../metrics/series.js";
import { compareLabels, compareText, sortedPairs } from "../label-order.js";

const lookbackMs = 300_000;
const customSchema = -53;
const gaugeHint = 3;

export interface NewestSample {
  readonly name: string;
  /** Without the name, in order; with an empty `instance` when there is none, or the scraper would add its own. */
  readonly labels: LabelPairs;
  readonly timestampMs: number;
  readonly value: number;
  readonly histogram: FloatHistogram | undefined;
}

/** A run of samples that share name and type. */
export interface Family {
  readonly name: string;
  readonly type: "untyped" | "histogram" | "gauge_histogram";
  readonly samples: NewestSample[];
}

/** The newest sample of every series that some selector selects, unless it is older than five minutes or stale. */
export async function newestSamples(
  metrics: MetricStore,
  selectors: readonly (readonly Matcher[])[],
  nowMs: number,
): Promise<NewestSample[]> {
  const found = new Map<SampleSeries["labels"], NewestSample>();
  for (const matchers of selectors) {
    for (const series of await metrics.select(matchers, nowMs - lookbackMs, nowMs)) {
      const newest = newestOf(series);
      if (newest !== undefined) found.set(series.labels, newest);
    }
  }
  return [...found.values()].sort((a, b) => compareText(a.name, b.name) || compareLabels(a.labels, b.labels));
}

/** Sorted samples as families. @param hasNative whether the format has native histograms; else they are left out */
export function* familiesOf(samples: readonly NewestSample[], hasNative: boolean): Generator<Family> {
  let family: Family | undefined;
  for (const sample of samples) {
    const type = typeOf(sample.histogram);
    if (!hasNative && sample.histogram !== undefined && sample.histogram.schema !== customSchema) continue;
    if (family?.name !== sample.name || family.type !== type) {
      if (family !== undefined) yield family;
      family = { name: sample.name, type, samples: [] };
    }
    family.samples.push(sample);
  }
  if (family !== undefined) yield family;
}

/** Upper bounds and cumulative counts of a histogram with buckets of its own, +Inf left out; undefined for another. */
export function classicBuckets(histogram: FloatHistogram): [bound: number, cumulative: number][] | undefined {
  if (histogram.schema !== customSchema) return undefined;
  const counts = new Map<number, number>();
  let index = 0;
  let at = 0;
  for (const { offset, length } of histogram.positiveSpans) {
    index += offset;
    for (let i = 0; i < length; i++) counts.set(index++, histogram.positiveBuckets[at++] ?? 0);
  }
  let cumulative = 0;
  return Array.from(histogram.customValues ?? [], (bound, place) => {
    cumulative += counts.get(place) ?? 0;
    return [bound, cumulative];
  });
}

function newestOf({ labels, timestampsMs, values, histograms }: SampleSeries): NewestSample | undefined {
  const last = timestampsMs.length - 1;
  const histogram = histograms?.[last];
  const value = values[last] ?? Number.NaN;
  if (last < 0 || isStaleNaN(histogram?.sum ?? value)) return undefined;
  const pairs = sortedPairs(labels).filter(([name]) => name !== "__name__");
  if (!Object.hasOwn(labels, "instance")) pairs.push(["instance", ""]);
  return {
    name: labels.__name__ ?? "",
    labels: pairs,
    timestampMs: timestampsMs[last] as number,
    value,
    histogram,
  };
}

function typeOf(histogram: FloatHistogram | undefined): Family["type"] {
  if (histogram === undefined) return "untyped";
  return histogram.counterResetHint === gaugeHint ? "gauge_histogram" : "histogram";
}
