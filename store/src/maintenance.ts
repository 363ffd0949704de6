import type { Database } from "./database/database.js";
import type { WriteBehind } from "./ingest/write-behind.js";
import { mergeRecentChunks } from "./metrics/chunk-merger.js";
import { compactMetrics } from "./metrics/metric-compactor.js";
import type { MetricStore } from "./metrics/metric-store.js";
import type { Retention } from "./retention.js";

export interface MaintenanceSettings {
  readonly retentionMs: number;
  /** Size that the file may use; undefined for any. */
  readonly retentionBytes: number | undefined;
  /** Samples stay in memory at least this long, because dashboards ask for the newest ones again and again. */
  readonly headMs: number;
  /** More samples than this in memory move to disk at once; 2 to 16 bytes each. */
  readonly maxSamplesInMemory: number;
  readonly intervalMs: number;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Short chunks are joined once a window of so much time is over. */
const mergeWindowMs = 2 * 3_600_000;

const pruneEveryMs = 10 * 60_000;
const measureEveryMs = 60_000;

/** After so long without a new transaction the log is written into the file, so that the next start is quick. */
const idleCheckpointMs = 20_000;
const idleCheckpointBytes = 1024 * 1024;

/** The background work of a store: moves old samples into chunks, joins chunks and forgets what is too old or too much. */
export class Maintenance {
  readonly #database: Database;
  readonly #metrics: MetricStore;
  readonly #writes: WriteBehind;
  readonly #retention: Retention;
  readonly #settings: MaintenanceSettings;
  readonly #timer: NodeJS.Timeout;
  #lastCompactionMs: number;
  #lastPruneMs = 0;
  #lastMeasureMs: number;
  #lastWindow = 0;
  #idleSince: { sequence: bigint; ms: number } = { sequence: -1n, ms: 0 };
  #running: Promise<void> | undefined;

  constructor(
    database: Database,
    metrics: MetricStore,
    writes: WriteBehind,
    retention: Retention,
    settings: MaintenanceSettings,
  ) {
    this.#database = database;
    this.#metrics = metrics;
    this.#writes = writes;
    this.#retention = retention;
    this.#settings = settings;
    this.#lastCompactionMs = this.#lastMeasureMs = settings.now();
    this.#timer = setInterval(() => this.tick(), settings.intervalMs);
    this.#timer.unref();
  }

  /** Does what is due; one run at a time. A failure is logged and tried again with the next tick. */
  tick(): void {
    this.#running ??= this.#run()
      .catch((error: unknown) => this.#settings.log(`store: maintenance failed: ${firstLine(error)}`))
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Forgets everything older than the retention, and the oldest beyond the allowed size. */
  async prune(): Promise<void> {
    await this.#retention.deleteOlderThan(this.#settings.now() - this.#settings.retentionMs);
    await this.#limitBytes();
  }

  /** Moves all samples to disk: what a clean close does. */
  compactAll(): Promise<void> {
    return compactMetrics(this.#database, this.#metrics, this.#writes, Number.POSITIVE_INFINITY);
  }

  /** Joins the short chunks of all windows of time that are over. */
  merge(): Promise<void> {
    return mergeRecentChunks(this.#database, this.#windowStartMs());
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
    const window = this.#windowStartMs();
    if (window > this.#lastWindow) {
      await this.merge();
      this.#lastWindow = window;
    }
    if (nowMs - this.#lastPruneMs >= Math.min(pruneEveryMs, this.#settings.retentionMs / 10)) {
      await this.prune();
      this.#lastPruneMs = nowMs;
    }
    if (nowMs - this.#lastMeasureMs >= measureEveryMs) {
      await this.#limitBytes();
      this.#lastMeasureMs = nowMs;
    }
    await this.#checkpointWhenIdle(nowMs);
  }

  /** Samples reach the chunks up to `headMs` late; a window is over when they all have. */
  #windowStartMs(): number {
    const settledMs = this.#settings.now() - 2 * this.#settings.headMs;
    return Math.floor(settledMs / mergeWindowMs) * mergeWindowMs;
  }

  async #limitBytes(): Promise<void> {
    const { retentionBytes, now, log } = this.#settings;
    if (retentionBytes === undefined) return;
    const cutoffMs = await this.#retention.limitBytes(retentionBytes, now());
    if (cutoffMs === undefined) return;
    log(`store: forgot everything before ${new Date(cutoffMs).toISOString()} to stay below ${retentionBytes} bytes`);
  }

  async #checkpointWhenIdle(nowMs: number): Promise<void> {
    const sequence = this.#writes.lastSequence;
    if (sequence !== this.#idleSince.sequence) this.#idleSince = { sequence, ms: nowMs };
    else if (nowMs - this.#idleSince.ms >= idleCheckpointMs) {
      const { walBytes } = await this.#database.usage();
      if (walBytes > idleCheckpointBytes) await this.#database.checkpoint();
    }
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}
