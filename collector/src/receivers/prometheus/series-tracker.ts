import { type ScrapedSeries, stale } from "./scraped-series.js";

/** Remembers the series of a target between scrapes, to say which of them are gone. */
export class SeriesTracker {
  private known = new Map<string, ScrapedSeries>();

  /**
   * Adds a stale marker for each series that was in the last scrape and is not in this one. `added` counts the samples of
   * series that were not there before. `tracksTimes`: series with times of their own go stale too.
   */
  advance(
    scraped: readonly ScrapedSeries[],
    timeMs: number,
    tracksTimes: boolean,
  ): { series: ScrapedSeries[]; added: number } {
    const before = this.known;
    this.known = new Map();
    let added = 0;
    for (const one of scraped) {
      if (!before.delete(one.key)) added += one.sampleCount;
      if (!one.ownTime || tracksTimes) this.known.set(one.key, one);
    }
    return { series: [...scraped, ...Array.from(before.values(), (one) => stale(one, timeMs))], added };
  }

  /** The target is gone: a stale marker for each of its series. */
  end(timeMs: number): ScrapedSeries[] {
    const gone = Array.from(this.known.values(), (one) => stale(one, timeMs));
    this.known.clear();
    return gone;
  }
}
