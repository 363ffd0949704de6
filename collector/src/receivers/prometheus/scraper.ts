import type { Agent } from "undici";
import type { ComponentHost, Consumer } from "../../component.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import { type ReceiverMetrics, receiverMetrics } from "../../telemetry/receiver-metrics.js";
import { assemble } from "./assemble.js";
import { fetchExposition } from "./fetch-exposition.js";
import { type Labels, relabel } from "./relabel.js";
import { writeScrape } from "./scrape-batch.js";
import { SeriesTracker } from "./series-tracker.js";
import type { Target } from "./targets.js";
import type { ParsedFamily, ParsedSample } from "./text-parser.js";

/** The first scrape comes soon, but not all at once. */
const MAX_FIRST_DELAY_MS = 1000;

/** Scrapes one target over and over. */
export class Scraper {
  private readonly target: Target;
  private readonly agent: Agent;
  private readonly output: Consumer;
  private readonly host: ComponentHost;
  private readonly metrics: ReceiverMetrics;
  private readonly tracker = new SeriesTracker();
  private readonly failLog = new LogThrottle(60_000);
  private readonly refusedLog = new LogThrottle();
  private readonly abort = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(target: Target, agent: Agent, output: Consumer, host: ComponentHost) {
    this.target = target;
    this.agent = agent;
    this.output = output;
    this.host = host;
    this.metrics = receiverMetrics(host.metrics, host.id.text, "http", "metrics");
  }

  start(): void {
    const delayMs = spread(this.target.url) * Math.min(MAX_FIRST_DELAY_MS, this.target.intervalMs);
    this.schedule(performance.now() + delayMs);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.abort.abort();
    await this.running;
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
    const timeMs = Date.now();
    const begun = performance.now();
    let families: ParsedFamily[] = [];
    let samples = 0;
    let up = true;
    try {
      families = await this.fetch();
      samples = families.reduce((sum, family) => sum + family.samples.length, 0);
      const { sample_limit } = this.target.config;
      if (sample_limit > 0 && samples > sample_limit) throw new Error(`sample limit of ${sample_limit} exceeded`);
      families = families.flatMap((family) => this.relabelFamily(family));
    } catch (error) {
      if (this.abort.signal.aborted) return;
      up = false;
      families = [];
      this.warn(error as Error);
    }
    const kept = families.reduce((sum, family) => sum + family.samples.length, 0);
    const { points, added } = this.tracker.advance(
      families.flatMap((family) => assemble(family, timeMs)),
      timeMs,
    );
    const report = { up, durationMs: performance.now() - begun, samples, samplesKept: kept, seriesAdded: added };
    const batch = writeScrape(this.target, points, report, timeMs);
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

  private async fetch(): Promise<ParsedFamily[]> {
    const controller = new AbortController();
    const cancel = (): void => controller.abort();
    const late = (): void => controller.abort(new Error(`no answer within ${this.target.timeoutMs} ms`));
    const timer = setTimeout(late, this.target.timeoutMs);
    this.abort.signal.addEventListener("abort", cancel, { once: true });
    try {
      return await fetchExposition(this.target, this.agent, controller.signal);
    } finally {
      clearTimeout(timer);
      this.abort.signal.removeEventListener("abort", cancel);
    }
  }

  private warn(error: Error): void {
    const why = error.message === "" ? String((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
    this.failLog.run((suppressed) =>
      this.host.log.warn("Failed to scrape Prometheus endpoint", { target: this.target.url, error: why, suppressed }),
    );
  }

  /** Adds the target's labels and applies `metric_relabel_configs`; a rule may rename, so a family may fall apart. */
  private relabelFamily(family: ParsedFamily): ParsedFamily[] {
    const { honor_labels, honor_timestamps, metric_relabel_configs } = this.target.config;
    const { labels: own, job, instance } = this.target;
    const simple = own.size === 0 && metric_relabel_configs.length === 0;
    const samples = family.samples.flatMap((sample): ParsedSample[] => {
      const conflict = sample.labels.some(([name]) => name === "job" || name === "instance" || own.has(name));
      const timed = honor_timestamps || sample.timestampMs === undefined ? sample : withoutTime(sample);
      if (simple && !conflict) return [timed];
      const labels: Labels = new Map(sample.labels);
      for (const [name, value] of [["job", job], ["instance", instance], ...own] as const) {
        const scraped = labels.get(name);
        if (scraped !== undefined && honor_labels) continue;
        if (scraped !== undefined) labels.set(`exported_${name}`, scraped);
        labels.set(name, value);
      }
      labels.set("__name__", sample.name);
      const result = relabel(labels, metric_relabel_configs);
      if (result === undefined) return [];
      const name = result.get("__name__") ?? sample.name;
      // Job and instance are the resource's, unless the target was believed to know better.
      const pairs = [...result].filter(
        ([label, value]) =>
          !label.startsWith("__") &&
          !(label === "job" && value === job) &&
          !(label === "instance" && value === instance),
      );
      return [{ ...timed, name, labels: pairs }];
    });
    if (samples.length === 0) return [];
    const renamed = metric_relabel_configs.length > 0 && samples.some(({ name }) => !name.startsWith(family.name));
    if (!renamed) return [{ ...family, samples }];
    return samples.map((sample) => ({ ...family, name: sample.name, type: plainType(family.type), samples: [sample] }));
  }
}

/** A renamed bucket is no part of a histogram any more. */
function plainType(type: ParsedFamily["type"]): ParsedFamily["type"] {
  return type === "histogram" || type === "summary" || type === "gaugehistogram" ? "unknown" : type;
}

function withoutTime(sample: ParsedSample): ParsedSample {
  const { timestampMs: _ignored, ...rest } = sample;
  return rest;
}

/** A number in [0, 1) that is always the same for a target. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0) / 4294967296;
}
