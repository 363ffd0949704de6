import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Factory, OpenStore, ServiceSnapshot } from "./component.js";
import { components as builtIn } from "./components.js";
import { type CollectorConfig, loadConfig } from "./config/config.js";
import type { ConfigSource } from "./config/source.js";
import { LiveGraph } from "./graph/live-graph.js";
import { type HostServices, makeHost } from "./graph/own-host.js";
import { type LedgerSnapshot, ledgerLine } from "./ledger.js";
import type { HttpListener } from "./net/http-listener.js";
import { createLogger, type LogFields, type Logger } from "./telemetry/logger.js";
import { MetricRegistry } from "./telemetry/metric-registry.js";
import { observeProcess } from "./telemetry/process-metrics.js";
import { SamplingExplanations } from "./telemetry/sampling-explanations.js";
import { renderMetrics, startTelemetryServer } from "./telemetry/telemetry-server.js";
import { type WorkerRole, workerView } from "./workers/worker-view.js";

export interface CollectorSettings {
  /** Merged in order; a later one wins. */
  readonly configs: readonly ConfigSource[];
  /** `a::b=c` or `a.b=c`, applied after the configs. */
  readonly set?: readonly string[];
  /** For `${env:NAME}`; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** In place of the built-in components; how a test puts its own ends to the pipelines. */
  readonly components?: readonly Factory[];
  /** Lends the embedded store to the `venturi_store` exporter. */
  readonly openStore?: OpenStore;
  /** `service.instance.id`; default a new UUID. */
  readonly instanceId?: string;
  /** Which of several processes of one collector this is; alone when absent. */
  readonly role?: WorkerRole;
  /** Whether the collector is healthy, once it has started; default yes. */
  readonly isReady?: () => boolean;
  /** Of every log line. */
  readonly logFields?: LogFields;
  /** Takes each log line; default stderr. */
  readonly log?: (line: string) => void;
  /** How long a shutdown may take to deliver what is queued; default 10 s. */
  readonly drainTimeoutMs?: number;
}

/** What a reload may change. */
export type ConfigSources = Pick<CollectorSettings, "configs" | "set" | "role">;

export interface BoundEndpoint {
  /** `receiver otlp`, `service telemetry`. */
  readonly component: string;
  readonly protocol: string;
  /** host:port that was bound. */
  readonly address: string;
}

export interface RunningCollector {
  readonly endpoints: readonly BoundEndpoint[];
  ledger(): LedgerSnapshot;
  /** The collector's own metrics in Prometheus text format, as the reader of that number in the configuration wants them. */
  metrics(reader: number): string;
  /**
   * Reads the configuration again (or other sources) and makes what runs as it says. What did not change runs on
   * untouched; nothing that was accepted is lost.
   * @throws ConfigError, StartError: then the collector runs as before. Both are in the log, too.
   */
  reload(sources?: ConfigSources): Promise<void>;
  /** Rejects when a reload failed and the way back did too; the collector is shut down then. */
  readonly failed: Promise<never>;
  /** Stops receiving, delivers what is held and queued, closes everything. Resolves also when something was lost. */
  shutdown(): Promise<void>;
}

const VERSION = "0.1.0";
const DEFAULT_DRAIN_TIMEOUT_MS = 10_000;

/** Reads and checks a configuration without opening anything. @throws ConfigError with every problem. */
export async function validateConfig(settings: CollectorSettings): Promise<void> {
  await loadSettings(settings);
}

/**
 * Starts a collector.
 * @throws ConfigError with every problem of the configuration.
 * @throws StartError, one line, when a component cannot start; everything that had started is closed again.
 */
export async function startCollector(settings: CollectorSettings): Promise<RunningCollector> {
  const config = await loadSettings(settings);
  const collector = new Collector(config, settings);
  await collector.start();
  return collector;
}

/** Reads and checks a configuration. @throws ConfigError with every problem. */
export async function loadSettings(settings: CollectorSettings): Promise<CollectorConfig> {
  const { configs, set, role } = settings;
  const env = settings.env ?? process.env;
  const factories = settings.components ?? builtIn;
  const config = await loadConfig({ configs, ...(set === undefined ? {} : { set }), env }, factories);
  return role === undefined ? config : workerView(config, role);
}

class Collector implements RunningCollector {
  readonly endpoints: BoundEndpoint[] = [];
  readonly failed: Promise<never>;
  private config: CollectorConfig;
  private settings: CollectorSettings;
  private readonly log: Logger;
  private readonly metricRegistry = new MetricRegistry();
  private readonly instanceId: string;
  private readonly startedMs = Date.now();
  private readonly graph: LiveGraph;
  private telemetry: HttpListener[] = [];
  private readonly sampling = new SamplingExplanations();
  private serving = false;
  private drainDeadlineMs = Number.POSITIVE_INFINITY;
  private reloading: Promise<void> = Promise.resolve();
  private stopped: Promise<void> | undefined;
  private fail: (error: unknown) => void = () => {};

  constructor(config: CollectorConfig, settings: CollectorSettings) {
    this.config = config;
    this.settings = settings;
    this.instanceId = settings.instanceId ?? randomUUID();
    const { level, encoding, initial_fields } = config.telemetry.logs;
    const write = settings.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
    const own = settings.role === undefined ? settings.logFields : { worker: settings.role.index };
    this.log = createLogger(write, { level, encoding, fields: { ...initial_fields, ...own } });
    if (config.telemetry.metrics.level !== "none") observeProcess(this.metricRegistry);
    const services = this.hostServices();
    this.graph = new LiveGraph({
      hostFor: (id, pipeline) => makeHost(services, id, pipeline),
      log: this.log,
      drainTimeoutMs: drainTimeoutMs(settings),
    });
    this.failed = new Promise((_resolve, reject) => {
      this.fail = reject;
    });
    // Whoever does not ask is not to be ended by it.
    this.failed.catch(() => {});
  }

  async start(): Promise<void> {
    for (const warning of this.config.warnings) this.log.warn(warning);
    this.log.info("Starting venturi collector...", { version: VERSION, pid: process.pid });
    try {
      this.telemetry = await this.startTelemetry(this.config);
      await this.graph.apply(this.config);
    } catch (error) {
      // Nothing was received: there is nothing to drain.
      this.drainDeadlineMs = performance.now();
      await this.closeAll();
      throw error;
    }
    this.serving = true;
    this.log.info("Everything is ready. Begin running and processing data.");
  }

  ledger(): LedgerSnapshot {
    return { pipelines: this.graph.ledger() };
  }

  metrics(reader: number): string {
    const config = this.config.telemetry.metrics.readers[reader]?.pull?.exporter.prometheus;
    if (config === undefined) return "";
    const { role } = this.settings;
    const resource = this.resource(this.config.telemetry.resource);
    return renderMetrics(
      config,
      this.metricRegistry,
      resource,
      role === undefined ? {} : { worker: String(role.index) },
    );
  }

  reload(sources?: ConfigSources): Promise<void> {
    // One after another, each from what the one before left.
    this.reloading = this.reloading.catch(() => {}).then(() => this.change({ ...this.settings, ...sources }));
    return this.reloading;
  }

  shutdown(): Promise<void> {
    this.stopped ??= this.stop();
    return this.stopped;
  }

  private async change(settings: CollectorSettings): Promise<void> {
    if (this.stopped !== undefined) return;
    const before = this.config;
    this.log.info("Config updated, restart service");
    let config: CollectorConfig | undefined;
    try {
      config = await loadSettings(settings);
      await this.apply(config);
    } catch (error) {
      for (const line of (error as Error).message.split("\n"))
        this.log.error("New config is not used.", { error: line });
      // A configuration that cannot be read has changed nothing.
      if (config !== undefined) await this.goBack(before);
      throw error;
    }
    this.settings = settings;
    for (const warning of config.warnings) this.log.warn(warning);
    if (!isDeepStrictEqual(config.telemetry.logs, before.telemetry.logs)) {
      this.log.warn("service::telemetry::logs has changed: that counts from the next start of the process");
    }
    this.log.info("Everything is ready. Begin running and processing data.");
  }

  private async apply(config: CollectorConfig): Promise<void> {
    await this.graph.apply(config);
    const { metrics, resource } = this.config.telemetry;
    const same = isDeepStrictEqual([metrics, resource], [config.telemetry.metrics, config.telemetry.resource]);
    this.config = config;
    if (same) return;
    await this.closeTelemetry();
    this.telemetry = await this.startTelemetry(config);
  }

  private async goBack(before: CollectorConfig): Promise<void> {
    try {
      await this.apply(before);
      this.log.warn("The collector runs with the config of before.");
    } catch (error) {
      this.log.error("cannot go back to the config of before; shutting down", { error: (error as Error).message });
      this.fail(error);
      this.stopped ??= this.stop(Promise.resolve());
      await this.stopped;
    }
  }

  private hostServices(): HostServices {
    return {
      log: this.log,
      metrics: this.metricRegistry,
      instanceId: this.instanceId,
      endpoints: this.endpoints,
      sampling: this.sampling,
      drainDeadlineMs: () => this.drainDeadlineMs,
      isServing: () => this.serving && (this.settings.isReady?.() ?? true),
      service: () => this.snapshot(),
      extension: (id) => this.graph.extension(id),
      openStore: this.settings.openStore,
    };
  }

  private snapshot(): ServiceSnapshot {
    const { extensions, pipelines } = this.config;
    const { endpoints, instanceId, startedMs } = this;
    return { version: VERSION, instanceId, startedMs, pipelines, extensions, endpoints, ledger: this.ledger() };
  }

  private async stop(reloading: Promise<void> = this.reloading): Promise<void> {
    this.log.info("Starting shutdown...");
    this.serving = false;
    this.drainDeadlineMs = performance.now() + drainTimeoutMs(this.settings);
    // A reload that is under way ends first; the deadline counts for it too.
    await reloading.catch(() => {});
    await this.closeAll();
    this.log.info(`Ledger: ${ledgerLine(this.ledger())}`);
    this.log.info("Shutdown complete.");
  }

  private async closeAll(): Promise<void> {
    await this.graph.shutdown();
    await this.closeTelemetry();
  }

  private async startTelemetry({ telemetry }: CollectorConfig): Promise<HttpListener[]> {
    const { metrics } = telemetry;
    const listeners: HttpListener[] = [];
    // Of several workers the primary answers.
    if (metrics.level === "none" || this.settings.role !== undefined) return listeners;
    for (const [index, { pull }] of metrics.readers.entries()) {
      if (pull === undefined) continue;
      const listener = await startTelemetryServer(pull.exporter.prometheus, {
        metrics: () => this.metrics(index),
        ledger: () => this.ledger(),
        sampling: (traceId) => this.sampling.answer(traceId),
      });
      listeners.push(listener);
      this.endpoints.push({ component: TELEMETRY, protocol: "http", address: listener.address });
    }
    return listeners;
  }

  private async closeTelemetry(): Promise<void> {
    const others = this.endpoints.filter(({ component }) => component !== TELEMETRY);
    this.endpoints.splice(0, this.endpoints.length, ...others);
    await Promise.all(this.telemetry.splice(0).map((listener) => listener.close()));
  }

  /** Attributes of the collector itself; a null in the configuration takes one away, as upstream. */
  private resource(configured: Readonly<Record<string, string | null>>): Record<string, string> {
    const byDefault = {
      "service.name": "venturi-collector",
      "service.version": VERSION,
      "service.instance.id": this.instanceId,
    };
    const entries = Object.entries({ ...byDefault, ...configured });
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
  }
}

const TELEMETRY = "service telemetry";

function drainTimeoutMs(settings: CollectorSettings): number {
  return settings.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS;
}
