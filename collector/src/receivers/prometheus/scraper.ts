import type { ComponentHost, Consumer } from "../../component.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import { type ReceiverMetrics, receiverMetrics } from "../../telemetry/receiver-metrics.js";
import { readPage } from "./protocols.js";
import { LimitError, withTargetLabels } from "./sample-labels.js";
import { type ReportMetric, writeScrape } from "./scrape-batch.js";
import type { ScrapeClient } from "./scrape-client.js";
import { REPORT_METRICS, type ScrapeReport } from "./scrape-report.js";
import { SeriesTracker } from "./series-tracker.js";
import type { Target } from "./targets.js";
import { type Scraped, Transaction } from "./transaction.js";

/** The first scrape comes soon, but not all at once. */
const MAX_FIRST_DELAY_MS = 1000;
const NOTHING: Scraped = { series: [], resources: new Map(), infos: [] };

/** Scrapes one target over and over. */
export class Scraper {
  readonly target: Target;
  /** Why the target's job as a whole must not be scraped: it fails without a request. */
  jobProblem: string | undefined;
  private readonly client: ScrapeClient;
  private readonly output: Consumer;
  private readonly host: ComponentHost;
  private readonly metrics: ReceiverMetrics;
  private readonly tracker = new SeriesTracker();
  private readonly failLog = new LogThrottle(60_000);
  private readonly refusedLog = new LogThrottle();
  private readonly abort = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private hasReported = false;

  constructor(target: Target, client: ScrapeClient, output: Consumer, host: ComponentHost) {
    this.target = target;
    this.client = client;
    this.output = output;
    this.host = host;
    this.metrics = receiverMetrics(host.metrics, host.id.text, "http", "metrics");
  }

  start(): void {
    const { url, intervalMs, settings } = this.target;
    const delayMs = spread(url) * Math.min(MAX_FIRST_DELAY_MS, intervalMs) + settings.firstDelayMs;
    this.schedule(performance.now() + delayMs);
  }

  /** Ends the loop; a scrape under way is given up. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.abort.abort();
    await this.running;
  }

  /** Ends the loop because the target is gone: its series end with it. */
  async retire(): Promise<void> {
    await this.stop();
    if (!this.hasReported) return;
    const timeMs = Date.now();
    await this.hand({ ...NOTHING, series: this.tracker.end(timeMs) }, undefined, timeMs);
  }

  /** At fixed times: a slow scrape does not shift the next. */
  private schedule(atMs: number): void {
    this.timer = setTimeout(
      () => {
        this.running = this.scrape().finally(() => {
          this.running = undefined;
          if (this.abort.signal.aborted) return;
          const missed = Math.max(0, Math.floor((performance.now() - atMs) / this.target.intervalMs));
          this.schedule(atMs + (missed + 1) * this.target.intervalMs);
        });
      },
      Math.max(0, atMs - performance.now()),
    );
  }

  /** Scrapes once and hands the result on. Never rejects: a target that fails is `up 0`. */
  async scrape(): Promise<void> {
    const { settings, timeoutMs } = this.target;
    const timeMs = Date.now();
    const begun = performance.now();
    const report: ScrapeReport = {
      up: 0,
      durationSeconds: 0,
      samples: 0,
      samplesKept: 0,
      seriesAdded: 0,
      timeoutSeconds: timeoutMs / 1000,
      sampleLimit: settings.sampleLimit,
      bodyBytes: 0,
    };
    let scraped = NOTHING;
    try {
      if (this.jobProblem !== undefined) throw new LimitError(this.jobProblem);
      scraped = await this.read(report, timeMs);
      report.up = 1;
    } catch (error) {
      if (this.abort.signal.aborted) return;
      this.warn(error as Error);
    }
    const tracked = this.tracker.advance(scraped, timeMs, settings.config.track_timestamps_staleness);
    report.seriesAdded = tracked.added;
    report.durationSeconds = (performance.now() - begun) / 1000;
    this.hasReported = true;
    await this.hand({ ...scraped, series: tracked.series }, report, timeMs);
  }

  private async read(report: ScrapeReport, timeMs: number): Promise<Scraped> {
    const { target } = this;
    const { settings } = target;
    const page = await this.fetch();
    report.bodyBytes = page.body.length;
    const { samples, metadata } = readPage(page, settings.config.fallback_scrape_protocol, {
      native: settings.scrapesNative,
      alwaysClassic: settings.alwaysClassic,
    });
    const { sampleLimit } = settings;
    const transaction = new Transaction(metadata, target, timeMs);
    for (const sample of samples) {
      report.samples++;
      const kept = withTargetLabels(sample, target);
      if (kept === undefined) continue;
      report.samplesKept++;
      // Beyond the limit samples are counted to the end, so that the report says what limit would do.
      if (sampleLimit === 0 || report.samplesKept <= sampleLimit) transaction.add(kept.sample, kept.labels);
    }
    if (sampleLimit > 0 && report.samplesKept > sampleLimit) {
      throw new LimitError(`sample_limit of ${sampleLimit} exceeded`);
    }
    return transaction.finish();
  }

  private async fetch(): ReturnType<ScrapeClient["get"]> {
    const { url, timeoutMs, settings } = this.target;
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    const late = (): void => controller.abort(new Error(`no answer within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    this.abort.signal.addEventListener("abort", cancel, { once: true });
    const headers = {
      accept: settings.accept,
      "accept-encoding": settings.config.enable_compression ? "gzip" : "identity",
      "x-prometheus-scrape-timeout-seconds": String(timeoutMs / 1000),
    };
    try {
      return await this.client.get(url, headers, { bodyBytes: settings.bodyBytes, abort: controller.signal });
    } finally {
      clearTimeout(timer);
      this.abort.signal.removeEventListener("abort", cancel);
    }
  }

  /** `report` undefined: the target's own metrics end. */
  private async hand(scraped: Scraped, report: ScrapeReport | undefined, timeMs: number): Promise<void> {
    const { extraMetrics, trimsSuffixes } = this.target.settings;
    const metrics = REPORT_METRICS.filter(({ isExtra }) => extraMetrics || !isExtra).map(
      ({ read, isExtra, ...metric }): ReportMetric => ({
        ...metric,
        type: isExtra ? "unknown" : "gauge",
        value: report === undefined ? undefined : read(report),
      }),
    );
    const batch = writeScrape(this.target, scraped, metrics, { timeMs, trimsSuffixes });
    const outcome = await this.output.consume(batch);
    (outcome === undefined ? this.metrics.accepted : this.metrics.refused).add(batch.itemCount);
    if (outcome === undefined) return;
    this.refusedLog.run((suppressed) =>
      this.host.log.warn("Scraped metrics were refused.", {
        error: outcome.message,
        target: this.target.url,
        suppressed,
      }),
    );
  }

  private warn(error: Error): void {
    const why = error.message === "" ? String((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
    this.failLog.run((suppressed) =>
      this.host.log.warn("Failed to scrape Prometheus endpoint", { target: this.target.url, error: why, suppressed }),
    );
  }
}

/** A number in [0, 1) that is always the same for a target. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0) / 4294967296;
}
