import type { Batch } from "@venturi/otlp";
import { Database } from "./database/database.js";
import { type ControlServer, startControlServer } from "./file/control-server.js";
import type { BrowserGuardSettings } from "./http/browser-guard.js";
import { type RunningServer, startHttpServer } from "./http/http-server.js";
import { createRouter } from "./http/router.js";
import { IngestStats } from "./ingest/ingest-stats.js";
import { WriteBehind } from "./ingest/write-behind.js";
import { LogRows } from "./logs/log-rows.js";
import { Maintenance } from "./maintenance.js";
import { MetricStore } from "./metrics/metric-store.js";
import { Retention } from "./retention.js";
import { RuleManager, type RuleSettings } from "./rules/rule-manager.js";
import { AttributeJson } from "./spans/attribute-json.js";
import { Resources } from "./spans/resources.js";
import { SpanRows } from "./spans/span-rows.js";

export interface StoreSettings extends RuleSettings, BrowserGuardSettings {
  /** File, or ":memory:". */
  readonly path: string;
  /** Built pages, served at `/`. */
  readonly uiDir?: string;
  /** Load reports `{id}.json` and `{id}.html`. */
  readonly reportsDir?: string;
  /** Older telemetry is forgotten. Default 24 h. */
  readonly retentionMs?: number;
  /** When the file uses more than this, the oldest telemetry is forgotten. Default: any size. */
  readonly retentionBytes?: number;
  /** Longest time that accepted telemetry is only in memory, and what a crash may lose. Default 200 ms. */
  readonly flushIntervalMs?: number;
  /** Default one million: label sets beyond it are refused, so that a label explosion does not fill memory. */
  readonly maxSeries?: number;
  /** Memory of the database, beside the store's own. Default 1024. */
  readonly memoryLimitMiB?: number;
  /** The database's log is written into its file when it is longer. Default 128 MiB; shorter logs are read back sooner. */
  readonly checkpointWalBytes?: number;
  /** Largest correction of clocks that traces are shown with, as Jaeger's `max_clock_skew_adjust`. Default 0, none. */
  readonly maxClockSkewMs?: number;
  /** URL of a module with `buildTree` and `criticalPath` of `@venturi/analysis`; without it there are no critical paths. */
  readonly analysisModule?: string;
  /** Answers SQL over HTTP, on this machine's own addresses only. Default: no. */
  readonly sql?: boolean;
  readonly log?: (line: string) => void;
}

/** What cannot cross to another thread. */
export interface InProcessSettings extends StoreSettings {
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

export interface StoreStats {
  /** Accepted since the store was opened. */
  readonly spans: number;
  readonly samples: number;
  readonly logRecords: number;
  /** Series with a sample within the retention. */
  readonly series: number;
  /** Refused since the store was opened, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface Store {
  /**
   * Accepts a batch. Queries over HTTP see it once this resolves; it is on disk at the latest `flushIntervalMs` later.
   * Waits while the disk is behind.
   * @throws {Error} when the disk refuses and the buffer is full, or the store is closed: nothing of the batch is kept
   */
  write(batch: Batch): Promise<void>;
  /** Everything accepted before the call is on disk when this resolves. */
  flush(): Promise<void>;
  /** Starts the HTTP APIs. @throws {Error} one line, such as a port in use */
  listen(options: { host?: string; port: number }): Promise<{ url: string; port: number }>;
  stats(): StoreStats;
  /** Forgets what is older than the retention now, instead of within the next ten minutes. */
  prune(): Promise<void>;
  /** Reads the rule files again. @throws {Error} a line for each problem: the rules stay as they were */
  reloadRules(): Promise<void>;
  /** Stops the HTTP APIs, writes everything and closes the file. Safe to call twice. */
  close(): Promise<void>;
}

const dayMs = 86_400_000;
const headMs = 15 * 60_000;
const maxPendingBytes = 128 * 1024 * 1024;
const maxSamplesInMemory = 16_000_000;

/**
 * Opens a store on the calling thread: what the worker thread does, and tests that set the clock.
 * @throws {Error} one line: the file is in use by another process, is not a store, or its directory is missing
 */
export async function openStoreInProcess(settings: InProcessSettings): Promise<Store> {
  const database = await Database.open({
    path: settings.path,
    ...(settings.memoryLimitMiB === undefined ? {} : { memoryLimitMiB: settings.memoryLimitMiB }),
    ...(settings.checkpointWalBytes === undefined ? {} : { checkpointWalBytes: settings.checkpointWalBytes }),
  });
  try {
    return await EmbeddedStore.load(database, settings);
  } catch (cause) {
    await database.close().catch(() => undefined);
    throw new Error(`cannot open store "${settings.path}": ${(cause as Error).message}`, { cause });
  }
}

class EmbeddedStore implements Store {
  readonly #database: Database;
  readonly #settings: InProcessSettings;
  readonly #log: (line: string) => void;
  readonly #now: () => number;
  readonly #stats = new IngestStats();
  readonly #metrics: MetricStore;
  readonly #writes: WriteBehind;
  readonly #spans: SpanRows;
  readonly #logs: LogRows;
  readonly #maintenance: Maintenance;
  readonly #servers: RunningServer[] = [];
  #rules!: RuleManager;
  #control: ControlServer | undefined;
  #closing: Promise<void> | undefined;

  private constructor(database: Database, settings: InProcessSettings, ids: { resource: number; sequence: bigint }) {
    this.#database = database;
    this.#settings = settings;
    this.#log = settings.log ?? ((line) => process.stderr.write(`${line}\n`));
    this.#now = settings.now ?? Date.now;
    const retentionMs = settings.retentionMs ?? dayMs;
    this.#metrics = new MetricStore(database, this.#stats, {
      retentionMs,
      maxSeries: settings.maxSeries ?? 1_000_000,
      now: this.#now,
    });
    this.#writes = new WriteBehind(database, ids.sequence, {
      flushIntervalMs: settings.flushIntervalMs ?? 200,
      maxPendingBytes,
      log: this.#log,
    });
    const json = new AttributeJson();
    const resources = new Resources(json, ids.resource);
    this.#spans = new SpanRows(json, resources, this.#stats);
    this.#logs = new LogRows(json, resources, this.#stats);
    const retention = new Retention(database, this.#metrics, this.#writes, resources);
    this.#maintenance = new Maintenance(database, this.#metrics, this.#writes, retention, {
      retentionMs,
      retentionBytes: settings.retentionBytes,
      headMs,
      maxSamplesInMemory,
      intervalMs: 5000,
      now: this.#now,
      log: this.#log,
    });
  }

  static async load(database: Database, settings: InProcessSettings): Promise<EmbeddedStore> {
    const [resource] = await database.read("SELECT coalesce(max(id), 0) AS id FROM resources");
    const [log] = await database.read("SELECT coalesce(max(sequence), 0) AS sequence FROM metric_log");
    const ids = { resource: Number(resource?.id) + 1, sequence: (log?.sequence as bigint) + 1n };
    const store = new EmbeddedStore(database, settings, ids);
    await store.#metrics.load();
    store.#rules = await RuleManager.load(settings, {
      metrics: store.#metrics,
      writes: store.#writes,
      now: store.#now,
      log: store.#log,
    });
    store.#rules.start();
    if (settings.path !== ":memory:") {
      store.#control = await startControlServer(database, settings.path, () =>
        store.#writes.flush().catch(() => undefined),
      );
    }
    return store;
  }

  async write(batch: Batch): Promise<void> {
    this.#checkOpen();
    await this.#writes.admit();
    this.#checkOpen();
    const { pending } = this.#writes;
    if (batch.signal === "traces") this.#spans.append(batch, pending);
    else if (batch.signal === "metrics") this.#metrics.appendBatch(batch, pending);
    else this.#logs.append(batch, pending);
  }

  flush(): Promise<void> {
    this.#checkOpen();
    return this.#writes.flush();
  }

  async listen(options: { host?: string; port: number }): Promise<{ url: string; port: number }> {
    this.#checkOpen();
    const host = options.host ?? "127.0.0.1";
    const handler = createRouter({
      database: this.#database,
      metrics: this.#metrics,
      writes: this.#writes,
      stats: this.#stats,
      rules: this.#rules,
      now: this.#now,
      retentionMs: this.#settings.retentionMs ?? dayMs,
      maxClockSkewMs: this.#settings.maxClockSkewMs ?? 0,
      analysisModule: this.#settings.analysisModule,
      isSqlOn: this.#settings.sql === true && isLoopback(host),
      ...(this.#settings.uiDir === undefined ? {} : { uiDir: this.#settings.uiDir }),
      ...(this.#settings.reportsDir === undefined ? {} : { reportsDir: this.#settings.reportsDir }),
    });
    const { allowedHosts, corsOrigins } = this.#settings;
    const server = await startHttpServer(handler, {
      host,
      port: options.port,
      log: this.#log,
      allowedHosts,
      corsOrigins,
    });
    this.#servers.push(server);
    return { url: server.url, port: server.port };
  }

  stats(): StoreStats {
    return {
      spans: this.#stats.spans,
      samples: this.#stats.samples,
      logRecords: this.#stats.logRecords,
      series: this.#metrics.index.size,
      dropped: this.#stats.dropped,
    };
  }

  prune(): Promise<void> {
    this.#checkOpen();
    return this.#maintenance.prune();
  }

  reloadRules(): Promise<void> {
    this.#checkOpen();
    return this.#rules.reload();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.#control?.close();
    await this.#rules.stop();
    try {
      await this.#maintenance.stop();
      this.#writes.stop();
      await this.#maintenance.compactAll();
    } finally {
      await this.#database.close();
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new Error("cannot use the store: it is closed");
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
