import {
  type BoundEndpoint,
  type CollectorSettings,
  type ConfigSources,
  loadSettings,
  type RunningCollector,
  startCollector,
} from "../collector.js";
import type { CollectorConfig } from "../config/config.js";
import { readSource } from "../config/source.js";
import { type LedgerSnapshot, ledgerLine } from "../ledger.js";
import type { HttpListener } from "../net/http-listener.js";
import { createLogger, type Logger } from "../telemetry/logger.js";
import { MetricRegistry } from "../telemetry/metric-registry.js";
import { observeProcess } from "../telemetry/process-metrics.js";
import { renderMetrics, startTelemetryServer } from "../telemetry/telemetry-server.js";
import { joinExpositions } from "./join-expositions.js";
import type { Assignment } from "./messages.js";
import { Pool } from "./pool.js";
import { newToken, relayConfig, relayedExporters, relayReceiver } from "./relay-config.js";
import { sumLedgers } from "./sum-ledgers.js";
import { checkWorkers, type Relay } from "./worker-view.js";

export interface RunningWorkers {
  readonly endpoints: readonly BoundEndpoint[];
  /** Of all workers together. */
  ledger(): Promise<LedgerSnapshot>;
  /** As of a single collector: what the first worker cannot run, none runs. */
  reload(): Promise<void>;
  shutdown(): Promise<void>;
}

/** How much longer than a drain may take the primary waits for a worker. */
const SHUTDOWN_SLACK_MS = 3000;

/**
 * Runs a collector in several processes that share its ports. This process receives nothing itself: it watches over the
 * workers and answers where there must be one answer (own metrics, ledger, health, `prometheus` exporters).
 * @throws ConfigError, StartError as `startCollector`.
 */
export async function startWorkers(settings: CollectorSettings, count: number): Promise<RunningWorkers> {
  const primary = new Primary(await fixed(settings), settings, count);
  await primary.start();
  return primary;
}

/** A configuration as it was read once, for every worker to be the same. */
interface Fixed {
  readonly config: CollectorConfig;
  readonly sources: ConfigSources;
}

async function fixed(settings: CollectorSettings): Promise<Fixed> {
  const env = settings.env ?? process.env;
  // First as a whole, so that all that is wrong is told at once.
  const config = await loadSettings(settings);
  const configs = await Promise.all(settings.configs.map((source) => readSource(source, env)));
  return { config, sources: { configs, ...(settings.set === undefined ? {} : { set: settings.set }) } };
}

class Primary implements RunningWorkers {
  private readonly settings: CollectorSettings;
  private readonly count: number;
  private readonly log: Logger;
  private readonly metrics = new MetricRegistry();
  private readonly token = newToken();
  private readonly pool: Pool;
  private current: Fixed;
  private own: RunningCollector | undefined;
  private telemetry: HttpListener[] = [];
  private telemetryEndpoints: BoundEndpoint[] = [];
  private workerEndpoints: readonly BoundEndpoint[] = [];
  private stopped: Promise<void> | undefined;

  constructor(first: Fixed, settings: CollectorSettings, count: number) {
    this.settings = settings;
    this.count = count;
    this.current = first;
    const { level, encoding, initial_fields } = first.config.telemetry.logs;
    const write = settings.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
    this.log = createLogger(write, { level, encoding, fields: { ...initial_fields, worker: "primary" } });
    observeProcess(this.metrics);
    const help = "Number of worker processes that were started again after they had ended by themselves";
    const restarts = this.metrics.counter({ name: "venturi_worker_restarts", help, unit: "{restart}" });
    this.pool = new Pool({
      count,
      log: this.log,
      assignment: (index) => this.assignment(this.current, index),
      restarted: () => restarts.add(1),
    });
  }

  get endpoints(): readonly BoundEndpoint[] {
    const internal = new Set(
      relayedExporters(this.current.config).map(({ id }) => `receiver ${relayReceiver(id.text)}`),
    );
    const own = (this.own?.endpoints ?? []).filter(
      ({ component }) => !internal.has(component) && component !== NO_RELAY,
    );
    return [...this.workerEndpoints, ...own, ...this.telemetryEndpoints];
  }

  async start(): Promise<void> {
    checkWorkers(this.current.config, this.count);
    try {
      await this.startTelemetry();
      this.own = await startCollector({
        ...(this.settings.log === undefined ? {} : { log: this.settings.log }),
        configs: [relayConfig(this.current.config, this.token)],
        isReady: () => this.pool.isComplete,
        logFields: { worker: "primary" },
      });
      await this.pool.start();
      this.workerEndpoints = await this.pool.ask(1, "endpoints", {});
    } catch (error) {
      await this.close();
      throw error;
    }
    this.log.info("All workers are ready.", { workers: this.count });
  }

  async ledger(): Promise<LedgerSnapshot> {
    return sumLedgers(await this.pool.askAll("ledger", {}));
  }

  async reload(): Promise<void> {
    const before = this.current;
    try {
      const next = await fixed(this.settings);
      checkWorkers(next.config, this.count);
      await this.own?.reload({ configs: [relayConfig(next.config, this.token)] });
      await this.pool.ask(1, "reload", this.assignment(next, 1));
      this.current = next;
    } catch (error) {
      for (const line of (error as Error).message.split("\n"))
        this.log.error("New config is not used.", { error: line });
      await this.own?.reload({ configs: [relayConfig(before.config, this.token)] });
      throw error;
    }
    await Promise.all(
      Array.from({ length: this.count - 1 }, (_, index) =>
        this.pool.ask(index + 2, "reload", this.assignment(this.current, index + 2)).catch((error: Error) => {
          // It would run another configuration than the others.
          this.log.error("A worker cannot take the new config; it is started anew.", { error: error.message });
          this.pool.kill(index + 2);
        }),
      ),
    );
    await this.closeTelemetry();
    await this.startTelemetry();
    this.workerEndpoints = await this.pool.ask(1, "endpoints", {});
  }

  shutdown(): Promise<void> {
    this.stopped ??= this.close().then((ledgers) => {
      this.log.info(`Ledger: ${ledgerLine(sumLedgers(ledgers))}`);
    });
    return this.stopped;
  }

  private async close(): Promise<LedgerSnapshot[]> {
    const ledgers = await this.pool.shutdown((this.settings.drainTimeoutMs ?? 10_000) + SHUTDOWN_SLACK_MS);
    // After the workers: they hand it their last metrics.
    await this.own?.shutdown();
    await this.closeTelemetry();
    return ledgers;
  }

  private assignment({ config, sources }: Fixed, index: number): Assignment {
    const relays: Record<string, Relay> = {};
    for (const { id } of relayedExporters(config)) {
      const component = `receiver ${relayReceiver(id.text)}`;
      const address = this.own?.endpoints.find((one) => one.component === component)?.address;
      if (address === undefined) throw new Error(`BUG: nothing listens for exporter ${id.text}`);
      relays[id.text] = { url: `http://${address}`, token: this.token };
    }
    return { role: { index, count: this.count, relays }, sources };
  }

  private async startTelemetry(): Promise<void> {
    const { metrics } = this.current.config.telemetry;
    for (const [index, { pull }] of (metrics.level === "none" ? [] : metrics.readers).entries()) {
      if (pull === undefined) continue;
      const reader = pull.exporter.prometheus;
      const listener = await startTelemetryServer(reader, {
        metrics: async () =>
          joinExpositions([
            renderMetrics(reader, this.metrics, {}, { worker: "primary" }),
            ...(await this.pool.askAll("metrics", { reader: index })),
          ]),
        ledger: () => this.ledger(),
        sampling: () => ({
          status: 404,
          body: { error: "no pipeline of this collector has a tail_sampling processor" },
        }),
      });
      this.telemetry.push(listener);
      this.telemetryEndpoints.push({ component: "service telemetry", protocol: "http", address: listener.address });
    }
  }

  private async closeTelemetry(): Promise<void> {
    this.telemetryEndpoints = [];
    await Promise.all(this.telemetry.splice(0).map((listener) => listener.close()));
  }
}

const NO_RELAY = `receiver ${relayReceiver("nop")}`;
