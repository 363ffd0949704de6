import type { LabelPairs, Series } from "./series.js";

export interface StoredExemplar {
  readonly series: Series;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs: number;
}

/** The newest exemplars of all series in a ring, in memory only: they point at traces that are young as well. */
export class Exemplars {
  readonly #capacity: number;
  readonly #ring: StoredExemplar[] = [];
  readonly #newest = new WeakMap<Series, number>();
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Repeats and older ones are ignored: every scrape sends the same exemplar again until there is a newer one. */
  add(series: Series, labels: LabelPairs, value: number, timestampMs: number): void {
    if (timestampMs <= (this.#newest.get(series) ?? Number.NEGATIVE_INFINITY)) return;
    this.#newest.set(series, timestampMs);
    this.#ring[this.#next] = { series, labels: Object.fromEntries(labels), value, timestampMs };
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** Oldest first, for every one of `series` that has any within the time range. */
  select(series: ReadonlySet<Series>, startMs: number, endMs: number): Map<Series, StoredExemplar[]> {
    const found = new Map<Series, StoredExemplar[]>();
    for (const exemplar of this.#ring) {
      const { timestampMs } = exemplar;
      if (timestampMs < startMs || timestampMs > endMs || !series.has(exemplar.series)) continue;
      const list = found.get(exemplar.series);
      if (list === undefined) found.set(exemplar.series, [exemplar]);
      else list.push(exemplar);
    }
    for (const list of found.values()) list.sort((a, b) => a.timestampMs - b.timestampMs);
    return found;
  }
}
