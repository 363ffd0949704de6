import type { MetricMetadata, ParsedSample } from "./exposition.js";
import { Families, type Family } from "./families.js";
import { PointGroup } from "./point-group.js";
import type { Owner, ScrapedScope, ScrapedSeries } from "./scraped-series.js";

const SCOPE_PREFIX = "otel_scope_";
/** Labels that are not attributes of a point: they are its name, its resource, or how it was scraped. */
const NOT_ATTRIBUTES: ReadonlySet<string> = new Set(["__name__", "job", "instance", "__scheme__", "__metrics_path__"]);

/** What one scrape of a target comes to. */
export interface Scraped {
  readonly series: readonly ScrapedSeries[];
  /** Attributes of `target_info`, by owner (`ownerKey`). */
  readonly resources: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The samples that became attributes, each as a key. */
  readonly infos: readonly string[];
}

export function ownerKey({ job, instance }: Owner): string {
  return `${job}\u0000${instance}`;
}

/** Puts the samples of one scrape together: buckets to histograms, `target_info` and scope labels to where OTLP has them. */
export class Transaction {
  private readonly families: Families;
  private readonly fallback: Owner;
  private readonly scrapeMs: number;
  private readonly groups = new Map<string, PointGroup>();
  private readonly resources = new Map<string, Record<string, string>>();
  private readonly scopeAttributes = new Map<string, Record<string, string>>();
  private readonly infos: string[] = [];

  /** `fallback`: the target's own job and instance, for samples without. */
  constructor(metadata: ReadonlyMap<string, Readonly<MetricMetadata>>, fallback: Owner, scrapeMs: number) {
    this.families = new Families(metadata);
    this.fallback = fallback;
    this.scrapeMs = scrapeMs;
  }

  /** `labels`: all of the sample, the target's among them, without `__name__`. */
  add(sample: ParsedSample, labels: ReadonlyMap<string, string>): void {
    const owner: Owner = {
      job: labels.get("job") || this.fallback.job,
      instance: labels.get("instance") || this.fallback.instance,
    };
    if (sample.name === "target_info" || sample.name === "otel_scope_info") {
      this.infos.push(JSON.stringify([sample.name, ...labels]));
      if (sample.name === "target_info") this.addTargetInfo(owner, labels);
      else this.addScopeInfo(labels);
    } else this.addTo(this.families.of(sample.name, sample.histogram !== undefined), owner, sample, labels);
  }

  finish(): Scraped {
    const series: ScrapedSeries[] = [];
    for (const group of this.groups.values()) {
      const one = group.finish();
      if (one !== undefined) series.push(this.withScopeInfo(one));
    }
    return { series, resources: this.resources, infos: this.infos };
  }

  private addTo(family: Family, owner: Owner, sample: ParsedSample, labels: ReadonlyMap<string, string>): void {
    const special = family.kind === "histogram" ? "le" : family.kind === "summary" ? "quantile" : "";
    const attributes: [string, string][] = [];
    let scope = NO_SCOPE;
    for (const [name, value] of labels) {
      if (NOT_ATTRIBUTES.has(name) || name === special || value === "") continue;
      if (name.startsWith(SCOPE_PREFIX)) scope = withScopeLabel(scope, name.slice(SCOPE_PREFIX.length), value);
      else attributes.push([name, value]);
    }
    attributes.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const scopeText = scope === NO_SCOPE ? "" : JSON.stringify(scope);
    const key = [family.kind, family.name, owner.job, owner.instance, scopeText, ...attributes.flat()].join("\u0000");
    const timeMs = sample.timestampMs ?? this.scrapeMs;
    let group = this.groups.get(key);
    if (group === undefined) {
      const time = { timeMs, isOwn: sample.timestampMs !== undefined };
      group = new PointGroup(key, { owner, scope, family }, Object.fromEntries(attributes), time);
      this.groups.set(key, group);
    }
    // The parts of a point have one time; what has another belongs to another scrape of whoever is scraped here.
    if (group.timeMs === timeMs) group.add(sample, labels.get(special), this.scrapeMs);
  }

  private addTargetInfo(owner: Owner, labels: ReadonlyMap<string, string>): void {
    const key = ownerKey(owner);
    const attributes = this.resources.get(key) ?? {};
    for (const [name, value] of labels) if (!NOT_ATTRIBUTES.has(name)) attributes[name] = value;
    this.resources.set(key, attributes);
  }

  private addScopeInfo(labels: ReadonlyMap<string, string>): void {
    const attributes: Record<string, string> = {};
    let scope = NO_SCOPE;
    for (const [name, value] of labels) {
      if (name === "otel_scope_name" || name === "otel_scope_version" || name === "otel_scope_schema_url") {
        scope = withScopeLabel(scope, name.slice(SCOPE_PREFIX.length), value);
      } else if (!NOT_ATTRIBUTES.has(name)) attributes[name] = value;
    }
    this.scopeAttributes.set(JSON.stringify(scope), attributes);
  }

  private withScopeInfo(series: ScrapedSeries): ScrapedSeries {
    const attributes = this.scopeAttributes.get(JSON.stringify(series.scope));
    return attributes === undefined ? series : { ...series, scope: { ...series.scope, attributes } };
  }
}

/** A target that names no scope. */
export const NO_SCOPE: ScrapedScope = { name: "", version: "", schemaUrl: "", attributes: {} };

function withScopeLabel(scope: ScrapedScope, label: string, value: string): ScrapedScope {
  if (label === "name") return { ...scope, name: value };
  if (label === "version") return { ...scope, version: value };
  if (label === "schema_url") return { ...scope, schemaUrl: value };
  return { ...scope, attributes: { ...scope.attributes, [label]: value } };
}
