import type { ExponentialHistogramPoint, HistogramPoint, NumberPoint, SummaryPoint } from "@venturi/otlp";
import type { Family } from "./families.js";

/** One series as OTLP has it: a histogram is one, whatever its number of buckets. */
export type ScrapedPoint =
  | { readonly kind: "gauge"; readonly point: NumberPoint }
  | { readonly kind: "sum"; readonly point: NumberPoint }
  | { readonly kind: "histogram"; readonly point: HistogramPoint }
  | { readonly kind: "exponentialHistogram"; readonly point: ExponentialHistogramPoint }
  | { readonly kind: "summary"; readonly point: SummaryPoint };

/** The instrumentation that a target names in `otel_scope_…` labels. */
export interface ScrapedScope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The resource of a series: a federating target speaks for many. */
export interface Owner {
  readonly job: string;
  readonly instance: string;
}

export interface ScrapedSeries {
  /** Owner, scope, name and labels: the series' identity over scrapes. */
  readonly key: string;
  readonly owner: Owner;
  readonly scope: ScrapedScope;
  readonly family: Family;
  readonly scraped: ScrapedPoint;
  /** The target gave a time: Prometheus does not track such series for staleness. */
  readonly ownTime: boolean;
  /** How many samples the target shows for it. */
  readonly sampleCount: number;
}

/** OTLP's flag for "the series is known, and has no value". */
const NO_RECORDED_VALUE = 1;

/** The series' end: no value any more at this time. */
export function stale(series: ScrapedSeries, timeMs: number): ScrapedSeries {
  const times = { timeUnixNano: nanos(timeMs), flags: NO_RECORDED_VALUE };
  const { scraped } = series;
  switch (scraped.kind) {
    case "gauge":
    case "sum":
      return {
        ...series,
        scraped: { ...scraped, point: { ...times, attributes: scraped.point.attributes, value: 0 } },
      };
    case "histogram": {
      const { attributes, explicitBounds, bucketCounts } = scraped.point;
      const point = { ...times, attributes, count: 0, explicitBounds, bucketCounts: bucketCounts.map(() => 0) };
      return { ...series, scraped: { kind: scraped.kind, point } };
    }
    case "exponentialHistogram": {
      const empty = { offset: 0, bucketCounts: [] };
      const { attributes } = scraped.point;
      const zero = { count: 0, scale: 0, zeroCount: 0, zeroThreshold: 0, positive: empty, negative: empty };
      return { ...series, scraped: { kind: scraped.kind, point: { ...times, attributes, ...zero } } };
    }
    case "summary": {
      const { attributes, quantiles } = scraped.point;
      const point = {
        ...times,
        attributes,
        count: 0,
        sum: 0,
        quantiles: quantiles.map(({ quantile }) => ({ quantile, value: 0 })),
      };
      return { ...series, scraped: { kind: scraped.kind, point } };
    }
  }
}

export function nanos(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}
