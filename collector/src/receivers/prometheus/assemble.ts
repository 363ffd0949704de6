import type { Attributes, Exemplar, HistogramPoint, NumberPoint, SummaryPoint } from "@venturi/otlp";
import type { LabelPairs, MetricType, ParsedExemplar, ParsedFamily, ParsedSample } from "./text-parser.js";

/** One series as OTLP has it: a histogram is one, whatever its number of buckets. */
export type ScrapedPoint =
  | { readonly kind: "gauge"; readonly point: NumberPoint }
  | { readonly kind: "sum"; readonly point: NumberPoint }
  | { readonly kind: "histogram"; readonly point: HistogramPoint }
  | { readonly kind: "summary"; readonly point: SummaryPoint };

export interface ScrapedSeries {
  /** Name and labels: the series' identity over scrapes. */
  readonly key: string;
  readonly name: string;
  readonly family: Pick<ParsedFamily, "type" | "help" | "unit">;
  readonly scraped: ScrapedPoint;
  /** Start time that the target told (`_created`). */
  readonly createdMs: number | undefined;
  /** The target gave a time: Prometheus does not track such series for staleness. */
  readonly ownTime: boolean;
}

interface Group {
  readonly labels: LabelPairs;
  readonly samples: ParsedSample[];
}

/** Turns the samples of a family into OTLP points; `timeMs` is the time of the scrape. */
export function assemble(family: ParsedFamily, timeMs: number): ScrapedSeries[] {
  const special = family.type === "histogram" ? "le" : family.type === "summary" ? "quantile" : undefined;
  if (special === undefined) return numbers(family, timeMs);
  return [...groupBy(family.samples, special).values()].flatMap((group) => {
    const scraped = family.type === "histogram" ? histogram(group, timeMs) : summary(group, timeMs);
    if (scraped === undefined) return [];
    return [series(family, family.name, group.labels, scraped, created(group.samples), hasOwnTime(group.samples))];
  });
}

function numbers(family: ParsedFamily, timeMs: number): ScrapedSeries[] {
  const createdByLabels = new Map<string, number>();
  for (const { name, labels, value } of family.samples) {
    if (isCreated(name, family.type)) createdByLabels.set(JSON.stringify(labels), value * 1000);
  }
  return family.samples
    .filter(({ name }) => !isCreated(name, family.type))
    .map((sample) => {
      const point: NumberPoint = {
        attributes: attributesOf(sample.labels),
        timeUnixNano: nanos(sample.timestampMs ?? timeMs),
        value: sample.value,
        ...exemplars([sample], timeMs),
      };
      const scraped: ScrapedPoint = { kind: family.type === "counter" ? "sum" : "gauge", point };
      const createdMs = createdByLabels.get(JSON.stringify(sample.labels));
      return series(family, sample.name, sample.labels, scraped, createdMs, sample.timestampMs !== undefined);
    });
}

function isCreated(name: string, type: MetricType): boolean {
  return type === "counter" && name.endsWith("_created");
}

function histogram({ labels, samples }: Group, timeMs: number): ScrapedPoint | undefined {
  const buckets = samples
    .filter(({ name }) => name.endsWith("_bucket"))
    .map((sample) => ({
      bound: Number(labelOf(sample.labels, "le")?.replace(/^\+?Inf$/i, "Infinity")),
      count: sample.value,
    }))
    .filter(({ bound }) => !Number.isNaN(bound))
    .sort((a, b) => a.bound - b.bound);
  const countSample = samples.find(({ name }) => name.endsWith("_count"))?.value;
  const count = countSample ?? buckets.at(-1)?.count;
  if (count === undefined) return undefined;
  const finite = buckets.filter(({ bound }) => Number.isFinite(bound));
  const cumulative = [...finite.map((bucket) => bucket.count), count];
  const sum = samples.find(({ name }) => name.endsWith("_sum"))?.value;
  return {
    kind: "histogram",
    point: {
      attributes: attributesOf(labels),
      timeUnixNano: nanos(samples[0]?.timestampMs ?? timeMs),
      count,
      ...(sum === undefined ? {} : { sum }),
      explicitBounds: finite.map((bucket) => bucket.bound),
      // A bucket below its predecessor is a target's fault; a negative count would be ours.
      bucketCounts: cumulative.map((value, index) =>
        Math.max(0, value - (index === 0 ? 0 : (cumulative[index - 1] as number))),
      ),
      ...exemplars(samples, timeMs),
    },
  };
}

function summary({ labels, samples }: Group, timeMs: number): ScrapedPoint | undefined {
  const count = samples.find(({ name }) => name.endsWith("_count"))?.value;
  const quantiles = samples.flatMap(({ labels: own, value }) => {
    const quantile = labelOf(own, "quantile");
    return quantile === undefined ? [] : [{ quantile: Number(quantile), value }];
  });
  if (count === undefined && quantiles.length === 0) return undefined;
  return {
    kind: "summary",
    point: {
      attributes: attributesOf(labels),
      timeUnixNano: nanos(samples[0]?.timestampMs ?? timeMs),
      count: count ?? 0,
      sum: samples.find(({ name }) => name.endsWith("_sum"))?.value ?? 0,
      quantiles,
    },
  };
}

function groupBy(samples: readonly ParsedSample[], special: string): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const sample of samples) {
    const labels = sample.labels.filter(([name]) => name !== special);
    const key = keyOf("", labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, samples: [sample] });
    else group.samples.push(sample);
  }
  return groups;
}

function series(
  family: ParsedFamily,
  name: string,
  labels: LabelPairs,
  scraped: ScrapedPoint,
  createdMs: number | undefined,
  ownTime: boolean,
): ScrapedSeries {
  return { key: keyOf(name, labels), name, family, scraped, createdMs, ownTime };
}

function created(samples: readonly ParsedSample[]): number | undefined {
  const value = samples.find(({ name }) => name.endsWith("_created"))?.value;
  return value === undefined ? undefined : value * 1000;
}

function hasOwnTime(samples: readonly ParsedSample[]): boolean {
  return samples.some(({ timestampMs }) => timestampMs !== undefined);
}

function keyOf(name: string, labels: LabelPairs): string {
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `${name}\u0000${sorted.map(([label, value]) => `${label}\u0000${value}`).join("\u0000")}`;
}

function labelOf(labels: LabelPairs, name: string): string | undefined {
  return labels.find(([label]) => label === name)?.[1];
}

function attributesOf(labels: LabelPairs): Attributes {
  return Object.fromEntries(labels.filter(([, value]) => value !== ""));
}

function exemplars(samples: readonly ParsedSample[], timeMs: number): { exemplars?: Exemplar[] } {
  const list = samples.flatMap(({ exemplar }) => (exemplar === undefined ? [] : [toExemplar(exemplar, timeMs)]));
  return list.length === 0 ? {} : { exemplars: list };
}

function toExemplar({ labels, value, timestampMs }: ParsedExemplar, timeMs: number): Exemplar {
  const attributes = Object.fromEntries(labels);
  const { trace_id, span_id, ...others } = attributes;
  const traceId = trace_id !== undefined && /^[0-9a-f]{32}$/i.test(trace_id) ? trace_id.toLowerCase() : undefined;
  const spanId = span_id !== undefined && /^[0-9a-f]{16}$/i.test(span_id) ? span_id.toLowerCase() : undefined;
  return {
    timeUnixNano: nanos(timestampMs ?? timeMs),
    value,
    ...(traceId === undefined ? {} : { traceId }),
    ...(spanId === undefined ? {} : { spanId }),
    filteredAttributes: others,
  };
}

export function nanos(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}
