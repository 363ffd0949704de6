import { type ScrapedSeries, stale } from "./scraped-series.js";
import type { Scraped } from "./transaction.js";

/** Remembers the series of a target between scrapes, to say which of them are gone. */
export class SeriesTracker {
  /** Those that go stale when they are missing. */
  private known = new Map<string, ScrapedSeries>();
  /** Keys of everything that the last scrape had. */
  private seen: ReadonlySet<string> = new Set();

  /**
   * Adds a stale marker for each series that was in the last scrape and is not in this one. `added` counts the samples of
   * series that were not there before. `tracksTimes`: series with times of their own go stale too.
   */
  advance(
    { series, infos }: Scraped,
    timeMs: number,
    tracksTimes: boolean,
  ): { series: ScrapedSeries[]; added: number } {
    const before = this.known;
    this.known = new Map();
    let added = infos.filter((key) => !this.seen.has(key)).length;
    for (const one of series) {
      before.delete(one.key);
      if (!this.seen.has(one.key)) added += one.sampleCount;
      if (!one.ownTime || tracksTimes) this.known.set(one.key, one);
    }
    this.seen = new Set([...infos, ...series.map(({ key }) => key)]);
    return { series: [...series, ...Array.from(before.values(), (one) => stale(one, timeMs))], added };
  }

  /** The target is gone: a stale marker for each of its series. */
  end(timeMs: number): ScrapedSeries[] {
    const gone = Array.from(this.known.values(), (one) => stale(one, timeMs));
    this.known.clear();
    return gone;
  }
}
