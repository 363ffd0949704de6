import { MetricsBatchWriter, type Signal } from "@venturi/otlp";
import { type ComponentHost, type Consumer, type Receiver, type ReceiverFactory, StartError } from "../../component.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import { receiverMetrics } from "../../telemetry/receiver-metrics.js";
import { type HostMetricsConfig, hostMetricsSchema } from "./config.js";
import { type MetricDefinition, Recorder } from "./metric.js";
import { ProcFiles } from "./proc-files.js";
import type { Scraper, ScraperKind } from "./scraper.js";
import { cpuScraper } from "./scrapers/cpu.js";
import { diskScraper } from "./scrapers/disk.js";
import { filesystemScraper } from "./scrapers/filesystem.js";
import { loadScraper } from "./scrapers/load.js";
import { memoryScraper } from "./scrapers/memory.js";
import { networkScraper } from "./scrapers/network.js";
import { pagingScraper } from "./scrapers/paging.js";
import { processScraper } from "./scrapers/process.js";
import { processesScraper } from "./scrapers/processes.js";

/** Metrics of the machine, by upstream's names. */
export const hostMetricsReceiver: ReceiverFactory<HostMetricsConfig> = {
  kind: "receiver",
  type: "host_metrics",
  aliases: ["hostmetrics"],
  schema: hostMetricsSchema,
  signals: { metrics: "beta" },
  create: (config, outputs, host) => new HostMetricsReceiver(config, outputs, host),
};

interface Job {
  readonly name: string;
  readonly scope: string;
  readonly metrics: readonly MetricDefinition[];
  readonly scraper: Scraper;
  readonly isEnabled: (metric: string) => boolean;
  readonly throttle: LogThrottle;
}

/** Users filter by these names. */
const SCOPES =
  "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/scraper";

class HostMetricsReceiver implements Receiver {
  private readonly config: HostMetricsConfig;
  private readonly output: Consumer | undefined;
  private readonly host: ComponentHost;
  private readonly proc: ProcFiles;
  private readonly books: ReturnType<typeof receiverMetrics>;
  private jobs: Job[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(config: HostMetricsConfig, outputs: Partial<Readonly<Record<Signal, Consumer>>>, host: ComponentHost) {
    this.config = config;
    this.output = outputs.metrics;
    this.host = host;
    this.proc = new ProcFiles(config.root_path || "/");
    this.books = receiverMetrics(host.metrics, host.id.text, "", "metrics");
  }

  async start(): Promise<void> {
    this.jobs = this.createJobs();
    const left = this.jobs.length;
    if (left === 0) {
      const message = `none of its scrapers works on ${process.platform}; cpu, memory and load do`;
      throw new StartError(`cannot start receiver "${this.host.id.text}": ${message}`);
    }
    this.schedule(this.config.initial_delay);
  }

  async shutdown(): Promise<void> {
    clearTimeout(this.timer);
    this.jobs = [];
    await this.running;
  }

  private schedule(delayMs: number): void {
    const dueMs = performance.now() + delayMs;
    this.timer = setTimeout(() => {
      this.running = this.scrape().finally(() => {
        this.running = undefined;
        // A scrape that took longer than the interval is not followed by a burst.
        const intervalMs = this.config.collection_interval;
        if (this.jobs.length > 0) this.schedule(Math.max(0, dueMs + intervalMs - performance.now()));
      });
    }, delayMs);
  }

  private async scrape(): Promise<void> {
    const nowMs = Date.now();
    const bootNano = process.platform === "linux" ? await this.proc.bootNano() : 0n;
    const writer = new MetricsBatchWriter();
    for (const { name, scope, metrics, scraper, isEnabled, throttle } of this.jobs) {
      const record = new Recorder(metrics, isEnabled);
      try {
        await scraper.scrape({ proc: this.proc, record, nowMs, bootNano, log: this.host.log });
      } catch (error) {
        throttle.run((suppressed) =>
          this.host.log.error("cannot scrape", { scraper: name, error: (error as Error).message, suppressed }),
        );
      }
      // What was read before an error is true all the same.
      record.write(writer, scope, BigInt(nowMs) * 1_000_000n);
    }
    const batch = writer.finish();
    if (batch.itemCount === 0 || this.output === undefined) return;
    const outcome = await this.output.consume(batch);
    (outcome === undefined ? this.books.accepted : this.books.refused).add(batch.itemCount);
  }

  private createJobs(): Job[] {
    const { scrapers } = this.config;
    const jobs: Job[] = [];
    const add = <Config extends { readonly metrics: Toggles }>(
      kind: ScraperKind<Config & Switches>,
      config: Config | undefined,
    ): void => {
      if (config === undefined) return;
      if (!kind.elsewhere && process.platform !== "linux") {
        this.host.log.warn(`the ${kind.name} scraper reads /proc: there is none on ${process.platform}`);
        return;
      }
      const defaults = new Map(kind.metrics.map(({ name, enabled }) => [name, enabled]));
      const isEnabled = (name: string): boolean => config.metrics[name]?.enabled ?? defaults.get(name) ?? false;
      const scraper = kind.create({ ...config, isEnabled });
      const scope = `${SCOPES}/${kind.name}scraper`;
      jobs.push({
        name: kind.name,
        scope,
        metrics: kind.metrics,
        scraper,
        isEnabled,
        throttle: new LogThrottle(60_000),
      });
    };
    add(cpuScraper, scrapers.cpu);
    add(memoryScraper, scrapers.memory);
    add(loadScraper, scrapers.load);
    add(diskScraper, scrapers.disk);
    add(filesystemScraper, scrapers.filesystem);
    add(networkScraper, scrapers.network);
    add(pagingScraper, scrapers.paging);
    add(processesScraper, scrapers.processes);
    add(processScraper, scrapers.process as ProcessSection | undefined);
    return jobs;
  }
}

type Toggles = Readonly<Record<string, { readonly enabled: boolean } | undefined>>;
interface Switches {
  readonly isEnabled: (metric: string) => boolean;
}
type ProcessSection = NonNullable<HostMetricsConfig["scrapers"]["process"]> & {
  readonly resource_attributes: Readonly<Record<string, { readonly enabled: boolean }>>;
};
