import type { HistogramPoint, NumberPoint, SummaryPoint } from "@venturi/otlp";
import { nanos, type ScrapedPoint, type ScrapedSeries } from "./assemble.js";

interface Tracked {
  readonly series: ScrapedSeries;
  readonly startMs: number;
  /** What only grows until the process behind it starts anew. */
  readonly total: number;
}

/** OTLP's flag for "the series is known, and has no value". */
const NO_RECORDED_VALUE = 1;

/** Remembers the series of a target between scrapes: when each began, and which are gone. */
export class SeriesTracker {
  private known = new Map<string, Tracked>();

  /** Adds start times to the series of a scrape and a stale marker for each that is not in it any more. */
  advance(scraped: readonly ScrapedSeries[], timeMs: number): { points: ScrapedSeries[]; added: number } {
    const before = this.known;
    this.known = new Map();
    let added = 0;
    const points = scraped.map((series) => {
      const previous = before.get(series.key);
      if (previous === undefined) added++;
      before.delete(series.key);
      const total = totalOf(series.scraped);
      const continues = previous !== undefined && total >= previous.total;
      const startMs = series.createdMs ?? (continues ? previous.startMs : timeMs);
      const tracked = withStart(series, startMs);
      if (!series.ownTime) this.known.set(series.key, { series: tracked, startMs, total });
      return tracked;
    });
    for (const { series } of before.values()) points.push(stale(series, timeMs));
    return { points, added };
  }
}

function totalOf(scraped: ScrapedPoint): number {
  if (scraped.kind === "sum") return Number(scraped.point.value);
  return scraped.kind === "gauge" ? 0 : Number(scraped.point.count);
}

function withStart(series: ScrapedSeries, startMs: number): ScrapedSeries {
  if (series.scraped.kind === "gauge") return series;
  return replacePoint(series, { startTimeUnixNano: nanos(startMs) });
}

function stale(series: ScrapedSeries, timeMs: number): ScrapedSeries {
  return replacePoint(series, { timeUnixNano: nanos(timeMs), flags: NO_RECORDED_VALUE });
}

type Times = Partial<Pick<NumberPoint & HistogramPoint & SummaryPoint, "startTimeUnixNano" | "timeUnixNano" | "flags">>;

function replacePoint(series: ScrapedSeries, times: Times): ScrapedSeries {
  const { scraped } = series;
  return { ...series, scraped: { ...scraped, point: { ...scraped.point, ...times } } as ScrapedPoint };
}
