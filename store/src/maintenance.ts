import { type DuckDBValue, listValue } from "@duckdb/node-api";
import type { Database } from "./database/database.js";
import type { WriteBehind } from "./ingest/write-behind.js";
import { compactMetrics } from "./metrics/metric-compactor.js";
import type { MetricStore } from "./metrics/metric-store.js";
import type { Resources } from "./spans/resources.js";

export interface MaintenanceSettings {
  readonly retentionMs: number;
  /** Samples stay in memory at least this long, because dashboards ask for the newest ones again and again. */
  readonly headMs: number;
  /** More samples than this in memory move to disk at once. 16 bytes each. */
  readonly maxSamplesInMemory: number;
  readonly intervalMs: number;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** The background work of a store: moves old samples into chunks and forgets what is older than the retention. */
export class Maintenance {
  readonly #database: Database;
  readonly #metrics: MetricStore;
  readonly #writes: WriteBehind;
  readonly #resources: Resources;
  readonly #settings: MaintenanceSettings;
  readonly #timer: NodeJS.Timeout;
  #lastCompactionMs: number;
  #lastPruneMs = 0;
  #running: Promise<void> | undefined;

  constructor(
    database: Database,
    metrics: MetricStore,
    writes: WriteBehind,
    resources: Resources,
    settings: MaintenanceSettings,
  ) {
    this.#database = database;
    this.#metrics = metrics;
    this.#writes = writes;
    this.#resources = resources;
    this.#settings = settings;
    this.#lastCompactionMs = settings.now();
    this.#timer = setInterval(() => this.tick(), settings.intervalMs);
    this.#timer.unref();
  }

  /** Does what is due; one run at a time. A failure is logged and tried again with the next tick. */
  tick(): void {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#settings.log(`store: maintenance failed: ${String(error)}`))
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Forgets everything older than the retention. */
  async prune(): Promise<void> {
    const cutoffMs = this.#settings.now() - this.#settings.retentionMs;
    // New spans must not refer to resource rows that are about to be pruned, so those are written anew.
    this.#resources.forget();
    await this.#writes.flush();
    const removed = this.#metrics.removeOlderThan(cutoffMs);
    const cutoffNs = BigInt(Math.trunc(cutoffMs)) * 1_000_000n;
    const unused = "NOT IN (SELECT resource_id FROM spans UNION SELECT resource_id FROM logs)";
    await this.#database.transaction({
      statements: [
        ["DELETE FROM spans WHERE start_ns < $1", [cutoffNs]],
        ["DELETE FROM logs WHERE time_ns < $1", [cutoffNs]],
        ["DELETE FROM metric_chunks WHERE max_ms < $1", [cutoffNs / 1_000_000n]],
        [`DELETE FROM resources WHERE id ${unused}`, []],
        ...(removed.length === 0 ? [] : [seriesDeletion(removed)]),
      ],
    });
    await this.#database.checkpoint();
  }

  /** Moves all samples to disk: what a clean close does. */
  compactAll(): Promise<void> {
    return compactMetrics(this.#database, this.#metrics, this.#writes, Number.POSITIVE_INFINITY);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const nowMs = this.#settings.now();
    const tooMany = this.#metrics.sampleCount > this.#settings.maxSamplesInMemory;
    if (tooMany || nowMs - this.#lastCompactionMs >= this.#settings.headMs) {
      const cutoffMs = tooMany ? Number.POSITIVE_INFINITY : nowMs - this.#settings.headMs;
      await compactMetrics(this.#database, this.#metrics, this.#writes, cutoffMs);
      this.#lastCompactionMs = nowMs;
    }
    const pruneEveryMs = Math.min(10 * 60_000, this.#settings.retentionMs / 10);
    if (nowMs - this.#lastPruneMs >= pruneEveryMs) {
      await this.prune();
      this.#lastPruneMs = nowMs;
    }
  }
}

function seriesDeletion(ids: readonly number[]): readonly [string, DuckDBValue[]] {
  return ["DELETE FROM metric_series WHERE id IN (SELECT unnest($1::INTEGER[]))", [listValue([...ids])]];
}
