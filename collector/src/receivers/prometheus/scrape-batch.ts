import { type Batch, type MetricIdentity, MetricsBatchWriter } from "@venturi/otlp";
import { nanos, type ScrapedSeries } from "./assemble.js";
import type { Target } from "./targets.js";

const SCOPE = "venturi/receiver/prometheus";

/** Metrics about the scrape itself, as Prometheus adds them to every target. */
export interface ScrapeReport {
  readonly up: boolean;
  readonly durationMs: number;
  readonly samples: number;
  readonly samplesKept: number;
  readonly seriesAdded: number;
}

/** Writes the series of one scrape, grouped into metrics. */
export function writeScrape(
  target: Target,
  series: readonly ScrapedSeries[],
  report: ScrapeReport,
  timeMs: number,
): Batch {
  const writer = new MetricsBatchWriter();
  writer.resource(resourceOf(target)).scope(SCOPE);
  for (const group of groupByMetric(series)) writeMetric(writer, group);
  const attributes = Object.fromEntries(target.labels);
  const gauge = (name: string, description: string, unit: string, value: number): void => {
    writer.gauge({ name, description, unit }, [{ attributes, timeUnixNano: nanos(timeMs), value }]);
  };
  gauge("up", "The scraping was successful", "", report.up ? 1 : 0);
  gauge("scrape_duration_seconds", "Duration of the scrape", "s", report.durationMs / 1000);
  gauge("scrape_samples_scraped", "The number of samples the target exposed", "", report.samples);
  const kept = "The number of samples remaining after metric relabeling was applied";
  gauge("scrape_samples_post_metric_relabeling", kept, "", report.samplesKept);
  gauge("scrape_series_added", "The approximate number of new series in this scrape", "", report.seriesAdded);
  return writer.finish();
}

function resourceOf(target: Target): Record<string, string> {
  const url = URL.canParse(target.url) ? new URL(target.url) : undefined;
  const port = url?.port === "" ? (url.protocol === "https:" ? "443" : "80") : (url?.port ?? "");
  return {
    "service.name": target.job,
    "service.instance.id": target.instance,
    "server.address": url?.hostname ?? "",
    "server.port": port,
    "url.scheme": url?.protocol.slice(0, -1) ?? "",
  };
}

function groupByMetric(series: readonly ScrapedSeries[]): ScrapedSeries[][] {
  const groups = new Map<string, ScrapedSeries[]>();
  for (const one of series) {
    const key = `${one.scraped.kind} ${one.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

function writeMetric(writer: MetricsBatchWriter, group: readonly ScrapedSeries[]): void {
  const { name, family } = group[0] as ScrapedSeries;
  const identity: MetricIdentity = {
    name,
    description: family.help,
    unit: family.unit,
    metadata: { "prometheus.type": family.type },
  };
  const gauges = group.flatMap(({ scraped }) => (scraped.kind === "gauge" ? [scraped.point] : []));
  const sums = group.flatMap(({ scraped }) => (scraped.kind === "sum" ? [scraped.point] : []));
  const histograms = group.flatMap(({ scraped }) => (scraped.kind === "histogram" ? [scraped.point] : []));
  const summaries = group.flatMap(({ scraped }) => (scraped.kind === "summary" ? [scraped.point] : []));
  if (gauges.length > 0) writer.gauge(identity, gauges);
  if (sums.length > 0) writer.sum(identity, { monotonic: true, temporality: "cumulative" }, sums);
  if (histograms.length > 0) writer.histogram(identity, { temporality: "cumulative" }, histograms);
  if (summaries.length > 0) writer.summary(identity, summaries);
}
