import { type Batch, type MetricIdentity, MetricsBatchWriter } from "@venturi/otlp";
import { resourceAttributes } from "./resource.js";
import { nanos, type ScrapedPoint, type ScrapedSeries } from "./scraped-series.js";
import type { Target } from "./targets.js";
import { NO_SCOPE, ownerKey, type Scraped } from "./transaction.js";
import { trimSuffixes, ucumUnit } from "./unit-words.js";

const SCOPE = "venturi/receiver/prometheus";
const NO_RECORDED_VALUE = 1;

/** A metric about the scrape itself, as Prometheus adds them to every target. */
export interface ReportMetric {
  readonly name: string;
  readonly description: string;
  /** In Prometheus' words. */
  readonly unit: string;
  readonly type: "gauge" | "unknown";
  /** undefined: the target is gone, the metric ends. */
  readonly value: number | undefined;
}

export interface WriteOptions {
  readonly timeMs: number;
  readonly trimsSuffixes: boolean;
}

/** Writes one scrape: the target's series by resource, scope and metric, and the report on the target's own resource. */
export function writeScrape(
  target: Target,
  { series, resources }: Scraped,
  report: readonly ReportMetric[],
  options: WriteOptions,
): Batch {
  const writer = new MetricsBatchWriter();
  const own = ownerKey(target);
  const owners = groupBy(series, ({ owner }) => ownerKey(owner));
  if (!owners.has(own)) owners.set(own, []);
  for (const [key, owned] of owners) {
    const owner = owned[0]?.owner ?? target;
    writer.resource({ ...resourceAttributes(owner, target), ...resources.get(key) });
    const scopes = groupBy(owned, ({ scope }) => (scope === NO_SCOPE ? "" : JSON.stringify(scope)));
    for (const [text, scoped] of scopes) if (text !== "") writeScope(writer, scoped, options.trimsSuffixes);
    const unscoped = scopes.get("") ?? [];
    if (unscoped.length === 0 && key !== own) continue;
    writer.scope(SCOPE);
    writeMetrics(writer, unscoped, options.trimsSuffixes);
    if (key === own) for (const metric of report) writeReport(writer, metric, target, options);
  }
  return writer.finish();
}

function writeScope(writer: MetricsBatchWriter, series: readonly ScrapedSeries[], trimsSuffixes: boolean): void {
  const { name, version, schemaUrl, attributes } = (series[0] as ScrapedSeries).scope;
  writer.scope(name, version, attributes, schemaUrl);
  writeMetrics(writer, series, trimsSuffixes);
}

function writeReport(
  writer: MetricsBatchWriter,
  { name, description, unit, type, value }: ReportMetric,
  { labels, settings }: Target,
  { timeMs, trimsSuffixes }: WriteOptions,
): void {
  const metadata = { "prometheus.type": type };
  const flags = value === undefined ? NO_RECORDED_VALUE : 0;
  const attributes = { ...Object.fromEntries(labels), ...settings.externalLabels };
  const point = { attributes, timeUnixNano: nanos(timeMs), value: value ?? 0, flags };
  const shown = trimsSuffixes ? trimSuffixes(name, false, unit) : name;
  writer.gauge({ name: shown, description, unit: ucumUnit(unit), metadata }, [point]);
}

function writeMetrics(writer: MetricsBatchWriter, series: readonly ScrapedSeries[], trimsSuffixes: boolean): void {
  const metrics = groupBy(series, ({ family, scraped }) => `${scraped.kind} ${family.name}`);
  for (const group of metrics.values()) {
    const { family } = group[0] as ScrapedSeries;
    const { type, help, unit } = family.metadata;
    const identity: MetricIdentity = {
      name: trimsSuffixes ? trimSuffixes(family.name, family.kind === "sum", unit) : family.name,
      description: help,
      unit: ucumUnit(unit),
      metadata: { "prometheus.type": family.kind === "exponentialHistogram" ? "histogram" : type },
    };
    writeMetric(writer, identity, group, family.monotonic);
  }
}

/** All of a group are of one kind. */
function writeMetric(
  writer: MetricsBatchWriter,
  identity: MetricIdentity,
  group: readonly ScrapedSeries[],
  monotonic: boolean,
): void {
  const temporality = "cumulative";
  switch ((group[0] as ScrapedSeries).scraped.kind) {
    case "gauge":
      writer.gauge(identity, pointsOf(group, "gauge"));
      return;
    case "sum":
      writer.sum(identity, { monotonic, temporality }, pointsOf(group, "sum"));
      return;
    case "histogram":
      writer.histogram(identity, { temporality }, pointsOf(group, "histogram"));
      return;
    case "exponentialHistogram":
      writer.exponentialHistogram(identity, { temporality }, pointsOf(group, "exponentialHistogram"));
      return;
    case "summary":
      writer.summary(identity, pointsOf(group, "summary"));
  }
}

type PointOf<Kind extends ScrapedPoint["kind"]> = Extract<ScrapedPoint, { kind: Kind }>["point"];

function pointsOf<Kind extends ScrapedPoint["kind"]>(group: readonly ScrapedSeries[], kind: Kind): PointOf<Kind>[] {
  return group.flatMap(({ scraped }) => (scraped.kind === kind ? [scraped.point as PointOf<Kind>] : []));
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
