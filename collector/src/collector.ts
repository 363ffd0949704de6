import { randomUUID } from "node:crypto";
import {
  type Component,
  type ComponentHost,
  type Extension,
  type OpenStore,
  type ServiceSnapshot,
  StartError,
} from "./component.js";
import { components as builtIn } from "./components.js";
import type { ComponentId } from "./config/component-id.js";
import { type CollectorConfig, loadConfig } from "./config/config.js";
import type { ConfigSource } from "./config/source.js";
import { buildGraph, type Graph } from "./graph/graph.js";
import { type LedgerSnapshot, ledgerLine } from "./ledger.js";
import type { HttpListener } from "./net/http-listener.js";
import { createLogger, type Logger } from "./telemetry/logger.js";
import { MetricRegistry } from "./telemetry/metric-registry.js";
import { observeProcess } from "./telemetry/process-metrics.js";
import { SamplingExplanations } from "./telemetry/sampling-explanations.js";
import { startTelemetryServer } from "./telemetry/telemetry-server.js";

export interface CollectorSettings {
  /** Merged in order; a later one wins. */
  readonly configs: readonly ConfigSource[];
  /** `a::b=c` or `a.b=c`, applied after the configs. */
  readonly set?: readonly string[];
  /** For `${env:NAME}`; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Lends the embedded store to the `venturi_store` exporter. */
  readonly openStore?: OpenStore;
  /** Takes each log line; default stderr. */
  readonly log?: (line: string) => void;
  /** How long a shutdown may take to deliver what is queued; default 10 s. */
  readonly drainTimeoutMs?: number;
}

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
  /** Stops receiving, delivers what is held and queued, closes everything. Resolves also when something was lost. */
  shutdown(): Promise<void>;
}

const VERSION = "0.1.0";
const DEFAULT_DRAIN_TIMEOUT_MS = 10_000;

/** Reads and checks a configuration without opening anything. @throws ConfigError with every problem. */
export async function validateConfig(settings: CollectorSettings): Promise<void> {
  await load(settings);
}

/**
 * Starts a collector.
 * @throws ConfigError with every problem of the configuration.
 * @throws StartError, one line, when a component cannot start; everything that had started is closed again.
 */
export async function startCollector(settings: CollectorSettings): Promise<RunningCollector> {
  const config = await load(settings);
  const collector = new Collector(config, settings);
  await collector.start();
  return collector;
}

function load(settings: CollectorSettings): Promise<CollectorConfig> {
  const { configs, set } = settings;
  return loadConfig({ configs, ...(set === undefined ? {} : { set }), env: settings.env ?? process.env }, builtIn);
}

class Collector implements RunningCollector {
  readonly endpoints: BoundEndpoint[] = [];
  private readonly config: CollectorConfig;
  private readonly settings: CollectorSettings;
  private readonly log: Logger;
  private readonly metrics = new MetricRegistry();
  private readonly instanceId = randomUUID();
  private readonly startedMs = Date.now();
  private readonly graph: Graph;
  private readonly extensions: { readonly id: ComponentId; readonly component: Extension }[] = [];
  private telemetry: HttpListener[] = [];
  private readonly sampling = new SamplingExplanations();
  private serving = false;
  private drainDeadlineMs = Number.POSITIVE_INFINITY;
  private stopped: Promise<void> | undefined;

  constructor(config: CollectorConfig, settings: CollectorSettings) {
    this.config = config;
    this.settings = settings;
    const { level, encoding, initial_fields } = config.telemetry.logs;
    const write = settings.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
    this.log = createLogger(write, { level, encoding, fields: initial_fields });
    if (config.telemetry.metrics.level !== "none") observeProcess(this.metrics);
    for (const id of config.extensions) {
      const configured = config.components.extension.get(id);
      if (configured?.factory.kind !== "extension") continue;
      const component = configured.factory.create(configured.config, this.hostFor(configured.id));
      this.extensions.push({ id: configured.id, component });
    }
    this.graph = buildGraph(config, (id, pipeline) => this.hostFor(id, pipeline));
  }

  async start(): Promise<void> {
    for (const warning of this.config.warnings) this.log.warn(warning);
    this.log.info("Starting venturi collector...", { version: VERSION, pid: process.pid });
    try {
      await this.startTelemetry();
      for (const { id, component } of this.extensions) await startOne(id, component);
      for (const { id, component } of [...this.graph.components].reverse()) await startOne(id, component);
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
    return { pipelines: this.graph.books.map((books) => books.snapshot()) };
  }

  shutdown(): Promise<void> {
    this.stopped ??= this.stop();
    return this.stopped;
  }

  private snapshot(): ServiceSnapshot {
    const { extensions, pipelines } = this.config;
    const { endpoints, instanceId, startedMs } = this;
    return { version: VERSION, instanceId, startedMs, pipelines, extensions, endpoints, ledger: this.ledger() };
  }

  private async stop(): Promise<void> {
    this.log.info("Starting shutdown...");
    this.serving = false;
    this.drainDeadlineMs = performance.now() + (this.settings.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS);
    await this.closeAll();
    this.log.info(`Ledger: ${ledgerLine(this.ledger())}`);
    this.log.info("Shutdown complete.");
  }

  private async closeAll(): Promise<void> {
    // One after another: what a component hands on while it closes must find the next one open.
    for (const { id, component } of [...this.graph.components, ...[...this.extensions].reverse()]) {
      try {
        await component.shutdown();
      } catch (error) {
        this.log.error(`cannot shut down ${id.kind} "${id.text}"`, {
          error: String((error as Error)?.message ?? error),
        });
      }
    }
    await Promise.all(this.telemetry.splice(0).map((listener) => listener.close()));
  }

  private async startTelemetry(): Promise<void> {
    const { metrics } = this.config.telemetry;
    if (metrics.level === "none") return;
    for (const { pull } of metrics.readers) {
      if (pull === undefined) continue;
      const reader = pull.exporter.prometheus;
      const listener = await startTelemetryServer(reader, this.metrics, this.resource(), {
        ledger: () => this.ledger(),
        sampling: (traceId) => this.sampling.answer(traceId),
      });
      this.telemetry.push(listener);
      this.endpoints.push({ component: "service telemetry", protocol: "http", address: listener.address });
    }
  }

  /** Attributes of the collector itself; a null in the configuration takes one away, as upstream. */
  private resource(): Record<string, string> {
    const byDefault = {
      "service.name": "venturi-collector",
      "service.version": VERSION,
      "service.instance.id": this.instanceId,
    };
    const entries = Object.entries({ ...byDefault, ...this.config.telemetry.resource });
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
  }

  private hostFor(id: ComponentId, pipeline?: string): ComponentHost {
    const fields = { "otelcol.component.id": id.text, "otelcol.component.kind": id.kind };
    return {
      id,
      log: this.log.with(pipeline === undefined ? fields : { ...fields, "otelcol.pipeline.id": pipeline }),
      metrics: this.metrics,
      instanceId: this.instanceId,
      drainDeadlineMs: () => this.drainDeadlineMs,
      isServing: () => this.serving,
      bound: (protocol, address) => void this.endpoints.push({ component: `${id.kind} ${id.text}`, protocol, address }),
      service: () => this.snapshot(),
      authenticator: (text) => this.extensions.find((one) => one.id.text === text)?.component.authenticator,
      storage: (text) => this.extensions.find((one) => one.id.text === text)?.component.storage,
      explainSampling: (explain) => this.sampling.add(id.text, pipeline ?? "", explain),
      openStore: this.settings.openStore,
    };
  }
}

async function startOne(id: ComponentId, component: Component): Promise<void> {
  try {
    await component.start();
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message = `cannot start ${id.kind} "${id.text}": ${(error as Error).message}`;
    throw new StartError(message, { cause: error });
  }
}
