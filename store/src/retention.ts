import { type DuckDBValue, listValue } from "@duckdb/node-api";
import type { Database } from "./database/database.js";
import type { WriteBehind } from "./ingest/write-behind.js";
import type { MetricStore } from "./metrics/metric-store.js";
import { snapshotWrite } from "./metrics/series-snapshot.js";
import type { Resources } from "./spans/resources.js";

/** What is over the limit is brought so far below it, so that this is not done again at once. */
const byteTarget = 0.9;

/** One round deletes the oldest part by time, which need not be as large as its share of the time. */
const maxByteRounds = 8;

const timeColumns: readonly (readonly [table: string, column: string, nsPerUnit: bigint])[] = [
  ["spans", "start_ns", 1n],
  ["logs", "time_ns", 1n],
  ["metric_chunks", "max_ms", 1_000_000n],
  ["metric_recent_chunks", "max_ms", 1_000_000n],
  ["metric_exemplars", "time_ms", 1_000_000n],
];

/** Forgets old telemetry, by age and by size of the file. */
export class Retention {
  readonly #database: Database;
  readonly #metrics: MetricStore;
  readonly #writes: WriteBehind;
  readonly #resources: Resources;

  constructor(database: Database, metrics: MetricStore, writes: WriteBehind, resources: Resources) {
    this.#database = database;
    this.#metrics = metrics;
    this.#writes = writes;
    this.#resources = resources;
  }

  /** Forgets everything older than `cutoffMs` and gives its blocks back to the file. */
  async deleteOlderThan(cutoffMs: number): Promise<void> {
    // New spans must not refer to resource rows that are about to be pruned, so those are written anew.
    this.#resources.forget();
    const lastSeriesId = this.#metrics.lastSeriesId;
    await this.#writes.flush();
    const removed = this.#metrics.removeOlderThan(cutoffMs);
    const cutoffNs = BigInt(Math.trunc(cutoffMs)) * 1_000_000n;
    const unused = "NOT IN (SELECT resource_id FROM spans UNION SELECT resource_id FROM logs)";
    const snapshot = removed.length === 0 ? undefined : snapshotWrite(this.#metrics.index.series, lastSeriesId);
    await this.#database.transaction({
      append: snapshot?.append ?? [],
      statements: [
        ...(snapshot?.statements ?? []),
        ...timeColumns.map(([table, column, unit]): [string, DuckDBValue[]] => [
          `DELETE FROM ${table} WHERE ${column} < $1`,
          [cutoffNs / unit],
        ]),
        [`DELETE FROM resources WHERE id ${unused}`, []],
        ...(removed.length === 0 ? [] : seriesDeletions(removed)),
      ],
    });
    await this.#metrics.exemplars.prune(this.#database);
    await this.#database.checkpoint();
  }

  /**
   * Forgets the oldest telemetry until what the file uses is below `maxBytes`. Deleted rows give their space back when all
   * of their row group (122,880 rows) is gone, so the oldest is deleted in steps until the size says that it is enough.
   * @returns the time before which everything is gone, undefined when the file is small enough
   */
  async limitBytes(maxBytes: number, nowMs: number): Promise<number | undefined> {
    let cutoffMs: number | undefined;
    for (let round = 0; round < maxByteRounds; round++) {
      let { usedBytes, walBytes } = await this.#database.usage();
      if (usedBytes <= maxBytes * (round === 0 ? 1 : byteTarget)) break;
      if (walBytes > 0) {
        await this.#database.checkpoint();
        ({ usedBytes, walBytes } = await this.#database.usage());
        if (usedBytes <= maxBytes * byteTarget) break;
      }
      const oldestMs = await this.#oldestMs();
      if (oldestMs === undefined || oldestMs >= nowMs) break;
      const excess = Math.max(0.05, 1 - (maxBytes * byteTarget) / usedBytes);
      cutoffMs = Math.ceil(oldestMs + (nowMs - oldestMs) * excess);
      await this.deleteOlderThan(cutoffMs);
    }
    return cutoffMs;
  }

  async #oldestMs(): Promise<number | undefined> {
    const minima = timeColumns.map(
      ([table, column, unit]) => `SELECT min(${column})::DOUBLE / ${1_000_000n / unit} AS oldest FROM ${table}`,
    );
    const [row] = await this.#database.read(`SELECT min(oldest) AS oldest FROM (${minima.join(" UNION ALL ")})`);
    return row?.oldest === null || row?.oldest === undefined ? undefined : Number(row.oldest);
  }
}

function seriesDeletions(ids: readonly number[]): [string, DuckDBValue[]][] {
  const where = "IN (SELECT unnest($1::INTEGER[]))";
  return [
    [`DELETE FROM metric_series WHERE id ${where}`, [listValue([...ids])]],
    [`DELETE FROM metric_exemplars WHERE series_id ${where}`, [listValue([...ids])]],
  ];
}
