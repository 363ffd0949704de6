import type { Database } from "../database/database.js";
import type { RowBuffer } from "../database/row-buffer.js";
import type { LabelPairs, Series } from "./series.js";

export interface StoredExemplar {
  readonly series: Series;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs: number;
}

/** The newest exemplars of all series in a ring, and in the database, so that they are there after a restart. */
export class Exemplars {
  readonly #capacity: number;
  readonly #ring: StoredExemplar[] = [];
  readonly #newest = new WeakMap<Series, number>();
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Reads what an earlier run left, the newest `capacity` of them. */
  async load(database: Database, byId: ReadonlyMap<number, Series>): Promise<void> {
    const sql = `SELECT series_id, time_ms::DOUBLE AS time_ms, value, labels FROM metric_exemplars
      ORDER BY rowid DESC LIMIT ${this.#capacity}`;
    for (const row of (await database.read(sql)).reverse()) {
      const series = byId.get(Number(row.series_id));
      if (series === undefined) continue;
      const labels = Object.entries(JSON.parse(String(row.labels)) as Record<string, string>);
      this.add(series, labels, Number(row.value), Number(row.time_ms));
    }
  }

  /**
   * Repeats and older ones are ignored: every scrape sends the same exemplar again until there is a newer one.
   * @param rows where a new one goes to reach the database
   */
  add(series: Series, labels: LabelPairs, value: number, timestampMs: number, rows?: RowBuffer): void {
    const timeMs = Math.trunc(timestampMs);
    if (!(timeMs > (this.#newest.get(series) ?? Number.NEGATIVE_INFINITY)) || timeMs > maxTimeMs) return;
    this.#newest.set(series, timeMs);
    const kept = Object.fromEntries(labels);
    this.#ring[this.#next] = { series, labels: kept, value, timestampMs: timeMs };
    this.#next = (this.#next + 1) % this.#capacity;
    rows?.push([series.id, BigInt(timeMs), value, JSON.stringify(kept)]);
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

  /** Deletes those that have fallen out of the ring, once they are as many as it holds. */
  async prune(database: Database): Promise<void> {
    const [counted] = await database.read("SELECT count(*)::DOUBLE AS count FROM metric_exemplars");
    if (Number(counted?.count) < 2 * this.#capacity) return;
    const newest = `SELECT rowid FROM metric_exemplars ORDER BY rowid DESC LIMIT ${this.#capacity}`;
    await database.transaction({
      statements: [[`DELETE FROM metric_exemplars WHERE rowid < (SELECT min(rowid) FROM (${newest}))`, []]],
    });
  }
}

const maxTimeMs = 1e15;
