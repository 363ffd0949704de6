import type { Batch } from "../model/batch.js";
import { decodeKeyValues } from "../views/any-value.js";
import { ByteTable } from "../wire/byte-table.js";
import { KeyBuffer } from "../wire/key-buffer.js";
import { addExternal, type ResourceLabels, resourceLabels, scopeLabels, targetInfoName } from "./contexts.js";
import { PointEmitter } from "./emit-point.js";
import { attributeLabels, sortLabels } from "./labels.js";
import type { PrometheusFamily, PrometheusOptions, PrometheusSeries, PrometheusTranslation } from "./model.js";
import { allowsUtf8, LabelNamer, metricName, type NameKind, type TranslationStrategy } from "./names.js";
import { customBucketsHistogram, nativeHistogram } from "./native-histogram.js";
import { type PointKind, PointScan } from "./point-scan.js";
import { FamilyNames, PointSeries } from "./point-series.js";
import { wordsToMs } from "./time.js";
import { unitName } from "./units.js";
import { type ByteRange, type MetricHead, type PointVisitor, walkPoints } from "./walk-points.js";

/**
 * Translates a metrics batch as Prometheus' own OTLP endpoint does by default: names with unit and type suffixes, `job`
 * and `instance` from the service attributes, other resource attributes on `target_info`, explicit histograms as
 * cumulative buckets, exponential ones as native histograms, StaleNaN for points without a recorded value. What
 * Prometheus cannot hold (delta temporality, empty metrics, nameless ones) is counted in `dropped`.
 *
 * Label sets are remembered between calls with the same options object (or with none) and found by the bytes of the
 * attributes: translating a known series makes no strings.
 * @throws TypeError when the batch is not of metrics: a fault of the caller.
 */
export function toPrometheus(batch: Batch, options: PrometheusOptions = DEFAULTS): PrometheusTranslation {
  let translator = translators.get(options);
  if (translator === undefined) translators.set(options, (translator = new Translator(options)));
  return translator.translate(batch);
}

const DEFAULTS: PrometheusOptions = {};
const translators = new WeakMap<PrometheusOptions, Translator>();

/** How many label sets, resources with scopes, and metrics are remembered; beyond that everything is learnt anew. */
const SERIES_MAX = 50_000;
const CONTEXTS_MAX = 4096;
const FAMILIES_MAX = 8192;

interface Context {
  readonly resource: ResourceLabels;
  readonly scope: ReadonlyMap<string, string>;
}

interface KnownFamily {
  readonly id: number;
  readonly names: FamilyNames;
}

/** Translates batches one after the other, remembering what it has learnt about their series. */
class Translator implements PointVisitor {
  private readonly options: PrometheusOptions;
  private readonly strategy: TranslationStrategy;
  private readonly namer: LabelNamer;
  private readonly targetInfoFamily: PrometheusFamily;
  private resourceTable = new ByteTable();
  private resources: ResourceLabels[] = [];
  private contextTable = new ByteTable();
  private contexts: Context[] = [];
  private seriesTable = new ByteTable();
  private series: PointSeries[] = [];
  private readonly known = new Map<string, KnownFamily>();
  private readonly contextKey = new KeyBuffer();
  private readonly point_ = new PointScan();
  private readonly emitter = new PointEmitter();
  private families = new Map<string, PrometheusFamily>();
  private dropped = new Map<string, number>();
  private targetInfos = new Set<string>();
  private resourceId = 0;
  private contextId = 0;
  private metric: MetricHead | undefined;
  private family: KnownFamily | undefined;
  private latestHigh = 0;
  private latestLow = 0;

  constructor(options: PrometheusOptions) {
    this.options = options;
    this.strategy = options.translationStrategy ?? "UnderscoreEscapingWithSuffixes";
    this.namer = new LabelNamer({
      utf8: allowsUtf8(this.strategy),
      keepsUnderscores: options.collapseUnderscores !== true,
      prefixesUnderscore: true,
    });
    const name = targetInfoName(options.namespace);
    this.targetInfoFamily = { name, type: "gauge", help: "Target metadata", unit: "" };
  }

  translate(batch: Batch): PrometheusTranslation {
    this.forgetSurplus();
    const series: PrometheusSeries[] = [];
    this.emitter.into = series;
    this.families = new Map();
    this.dropped = new Map();
    this.targetInfos.clear();
    walkPoints(batch, this);
    return {
      series,
      families: [...this.families.values()],
      dropped: Array.from(this.dropped, ([reason, count]) => ({ reason, count })),
    };
  }

  enterResource(resource: ByteRange): void {
    const { contextKey } = this;
    contextKey.reset();
    contextKey.range(resource.bytes, resource.start, resource.end);
    this.resourceId = this.resourceTable.find(contextKey.bytes, contextKey.length);
    if (this.resourceId < 0) {
      this.resourceId = this.resourceTable.add(contextKey.bytes, contextKey.length);
      this.resources.push(resourceLabels(resource, this.options, this.namer));
    }
    this.latestHigh = this.latestLow = 0;
  }

  enterScope(scope: ByteRange): void {
    const { contextKey } = this;
    contextKey.reset();
    contextKey.uint32(this.resourceId);
    if (this.options.scopeLabels === true) contextKey.range(scope.bytes, scope.start, scope.end);
    this.contextId = this.contextTable.find(contextKey.bytes, contextKey.length);
    if (this.contextId >= 0) return;
    this.contextId = this.contextTable.add(contextKey.bytes, contextKey.length);
    const resource = this.resources[this.resourceId] as ResourceLabels;
    this.contexts.push({ resource, scope: scopeLabels(scope, this.options, this.namer) });
  }

  enterMetric(metric: MetricHead): boolean {
    this.metric = metric;
    this.family = undefined;
    const problem = unsupported(metric);
    if (problem !== undefined) this.drop(problem, Math.max(metric.pointCount, 1));
    else {
      const family = this.familyOf(metric);
      if (family.names.family.name === "") this.drop("no valid character in the metric name", metric.pointCount);
      else {
        this.family = family;
        this.declare(family.names.family);
      }
    }
    return true;
  }

  point(kind: PointKind, bytes: Uint8Array, start: number, end: number): void {
    const { point_: point, family, metric, emitter } = this;
    point.key.reset();
    point.key.uint32(this.contextId);
    point.key.uint32(family?.id ?? 0);
    point.read(kind, bytes, start, end);
    this.noteTime(point);
    if (family === undefined || metric === undefined) return;
    const series = this.seriesOf(point, family.names);
    emitter.begin(family.names.family, point);
    if (kind === "number") emitter.number(series, point, metric.kind === "sum" && metric.monotonic);
    else if (kind === "summary") emitter.summary(series, point);
    else if (kind === "histogram") {
      if (this.options.explicitHistograms === "native" && point.counts.length > 0) {
        emitter.native(series, point, customBucketsHistogram(point));
      } else emitter.classic(series, point);
    } else {
      const histogram = nativeHistogram(point);
      if (histogram === undefined) this.drop("exponential histogram with a scale below -4", 1);
      else emitter.native(series, point, histogram);
    }
  }

  /** One `target_info` sample per resource, at the time of its latest point; not twice for two alike resources. */
  leaveResource(): void {
    const labels = this.resources[this.resourceId]?.targetInfo;
    if (labels === undefined || (this.latestHigh === 0 && this.latestLow === 0)) return;
    const timestampMs = wordsToMs(this.latestHigh, this.latestLow);
    const key = JSON.stringify([labels, timestampMs]);
    if (this.targetInfos.has(key)) return;
    this.targetInfos.add(key);
    const family = this.targetInfoFamily;
    this.emitter.into.push({
      labels,
      timestampMs,
      value: 1,
      histogram: undefined,
      exemplars: undefined,
      startTimestampMs: 0,
      family,
    });
    this.declare(family);
  }

  private noteTime({ timeHigh, timeLow }: PointScan): void {
    if (timeHigh < this.latestHigh || (timeHigh === this.latestHigh && timeLow <= this.latestLow)) return;
    this.latestHigh = timeHigh;
    this.latestLow = timeLow;
  }

  private seriesOf(point: PointScan, names: FamilyNames): PointSeries {
    const { key } = point;
    let index = this.seriesTable.find(key.bytes, key.length);
    if (index < 0) {
      index = this.seriesTable.add(key.bytes, key.length);
      this.series.push(new PointSeries(this.baseLabels(point), names));
    }
    return this.series[index] as PointSeries;
  }

  private baseLabels(point: PointScan): ReturnType<typeof sortLabels> {
    const { resource, scope } = this.contexts[this.contextId] as Context;
    const attributes = decodeKeyValues(point.bytes, point.start, point.end, point.attributesField);
    const labels = attributeLabels(attributes, this.namer);
    for (const [name, value] of resource.promoted) labels.set(name, value);
    if (resource.job !== "") labels.set("job", resource.job);
    if (resource.instance !== "") labels.set("instance", resource.instance);
    addExternal(labels, this.options);
    for (const [name, value] of scope) labels.set(name, value);
    return sortLabels(labels);
  }

  private familyOf(metric: MetricHead): KnownFamily {
    const { name, unit, description, kind, monotonic, prometheusType } = metric;
    const key = `${kind}\n${monotonic}\n${prometheusType}\n${unit}\n${name}\n${description}`;
    let known = this.known.get(key);
    if (known === undefined) {
      const family: PrometheusFamily = {
        name: metricName(name, unit, nameKind(metric), this.strategy, this.options.namespace),
        type: familyType(metric),
        help: description,
        unit: unitName(unit, allowsUtf8(this.strategy)),
      };
      known = { id: this.known.size, names: new FamilyNames(family) };
      this.known.set(key, known);
    }
    return known;
  }

  /** Between batches only: within one, numbers of contexts and families are in use. */
  private forgetSurplus(): void {
    const isWithin =
      this.series.length <= SERIES_MAX &&
      this.resources.length <= CONTEXTS_MAX &&
      this.contexts.length <= CONTEXTS_MAX &&
      this.known.size <= FAMILIES_MAX;
    if (isWithin) return;
    this.resourceTable = new ByteTable();
    this.resources = [];
    this.contextTable = new ByteTable();
    this.contexts = [];
    this.seriesTable = new ByteTable();
    this.series = [];
    this.known.clear();
  }

  private declare(family: PrometheusFamily): void {
    if (!this.families.has(family.name)) this.families.set(family.name, family);
  }

  private drop(reason: string, count: number): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count);
  }
}

const TEMPORALITIES = ["unspecified", "delta", "cumulative"];

function unsupported(metric: MetricHead): string | undefined {
  if (metric.kind === "empty") return "metric without data";
  if (metric.kind === "gauge" || metric.kind === "summary" || metric.temporality === 2) return undefined;
  return `${TEMPORALITIES[metric.temporality] ?? "unspecified"} temporality`;
}

/** What the rules for names go by. */
export function nameKind({ kind, monotonic }: MetricHead): NameKind {
  if (kind === "gauge") return "gauge";
  return kind === "sum" && monotonic ? "counter" : "other";
}

/** The family's type; types that OTLP does not have come back from the metadata that a scraper left. */
export function familyType({ kind, monotonic, prometheusType }: MetricHead): PrometheusFamily["type"] {
  switch (kind) {
    case "sum":
      if (monotonic) return "counter";
      return prometheusType === "info" || prometheusType === "stateset" ? prometheusType : "gauge";
    case "gauge":
      return prometheusType === "unknown" ? "unknown" : "gauge";
    case "exponentialHistogram":
      return "histogram";
    case "empty":
      return "unknown";
    default:
      return kind;
  }
}
