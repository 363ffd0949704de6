import {
  allowsUtf8,
  type Batch,
  type ByteRange,
  ByteTable,
  decodeAttributes,
  familyType,
  KeyBuffer,
  LabelNamer,
  type MetricHead,
  metricName,
  nameKind,
  type PointKind,
  PointScan,
  type PointVisitor,
  type TranslationStrategy,
  walkPoints,
} from "@venturi/otlp";
import type { Dropped } from "../../export/direct-consumer.js";
import { type Context, type ContextOptions, readContext, seriesText, type Target } from "./contexts.js";
import { CountSlabs } from "./count-slabs.js";
import { type ExposedFamily, exposedType, Families } from "./families.js";
import type { LabelPair } from "./label-text.js";
import { EXPONENTIAL, HISTOGRAM, NUMBER, SeriesColumns, SUMMARY } from "./series-columns.js";
import { storePoint } from "./store-point.js";

export interface AccumulatorOptions {
  readonly strategy: TranslationStrategy;
  readonly namespace: string;
  readonly constLabels: Readonly<Record<string, string>>;
  readonly scopeInfo: boolean;
  readonly resourceToTelemetry: boolean;
  readonly excludeServiceAttributes: boolean;
  readonly expirationMs: number;
  /** Series of one family, and of all; 0: any number. */
  readonly metricLimit: number;
  readonly totalLimit: number;
}

const KINDS: Readonly<Record<PointKind, number>> = {
  number: NUMBER,
  histogram: HISTOGRAM,
  exponentialHistogram: EXPONENTIAL,
  summary: SUMMARY,
};
const DELTA = 1;
const CUMULATIVE = 2;
/** Learnt keys beyond this many per living series are those of series that are gone. */
const SPARE_KEYS = 10_000;

/**
 * The latest value of every series, for a Prometheus that comes to fetch it. Deltas are added up. A point of a known
 * series is found by the bytes of its resource, scope and attributes, and makes no string.
 */
export class Accumulator implements PointVisitor {
  columns: SeriesColumns = new SeriesColumns();
  readonly families: Families = new Families();
  readonly targetInfoName: string;
  private readonly options: AccumulatorOptions;
  private readonly contextOptions: ContextOptions;
  private readonly slabs = new CountSlabs();
  private readonly point_ = new PointScan();
  private readonly contextKey = new KeyBuffer();
  private contextTable = new ByteTable();
  private contexts: Context[] = [];
  private keys = new ByteTable();
  /** Numbers of the series by the numbers of their keys. */
  private ids: number[] = [];
  private readonly names = new Map<string, string>();
  private readonly targets = new Map<string, Target>();
  private readonly dropped = new Map<string, number>();
  private resource: ByteRange = { bytes: new Uint8Array(0), start: 0, end: 0 };
  private contextId = 0;
  private metric: MetricHead | undefined;
  private family: ExposedFamily | undefined;
  private nowMs = 0;

  constructor(options: AccumulatorOptions) {
    this.options = options;
    const utf8 = allowsUtf8(options.strategy);
    const namer = new LabelNamer({ utf8, keepsUnderscores: true, prefixesUnderscore: false });
    const constLabels = Object.entries(options.constLabels) as LabelPair[];
    this.contextOptions = { ...options, namer, constLabels };
    this.targetInfoName = options.namespace === "" ? "target_info" : `${namer.name(options.namespace)}_target_info`;
  }

  /** Takes the points of a batch; answers what it could not use. */
  update(batch: Batch, nowMs: number): Dropped {
    this.nowMs = nowMs;
    this.dropped.clear();
    this.forgetSurplus();
    walkPoints(batch, this);
    return this.dropped.size === 0 ? [] : Array.from(this.dropped, ([reason, count]) => ({ reason, count }));
  }

  /** Forgets series, targets and families that nobody has told about for a while. */
  expire(nowMs: number): void {
    const oldestMs = nowMs - this.options.expirationMs;
    const { columns } = this;
    for (let id = 0; id < columns.size; id++) {
      if (columns.alive[id] === 1 && (columns.updatedMs[id] as number) < oldestMs) columns.remove(id);
    }
    for (const [key, { updatedMs }] of this.targets) if (updatedMs < oldestMs) this.targets.delete(key);
    this.families.forgetEmpty();
  }

  /** Label texts of the `target_info` samples. */
  targetLabels(): string[] {
    return Array.from(this.targets.values(), ({ labels }) => labels).sort();
  }

  enterResource(resource: ByteRange): void {
    this.resource = resource;
  }

  enterScope(scope: ByteRange, schemaUrl: string): void {
    const { contextKey, resource } = this;
    contextKey.reset();
    contextKey.range(resource.bytes, resource.start, resource.end);
    contextKey.range(scope.bytes, scope.start, scope.end);
    const url = Buffer.from(schemaUrl);
    contextKey.range(url, 0, url.length);
    this.contextId = this.contextTable.find(contextKey.bytes, contextKey.length);
    if (this.contextId >= 0) return;
    this.contextId = this.contextTable.add(contextKey.bytes, contextKey.length);
    this.contexts.push(readContext(resource, scope, schemaUrl, this.contextOptions));
  }

  enterMetric(metric: MetricHead): boolean {
    this.metric = metric;
    this.family = undefined;
    const problem = unsupported(metric);
    if (problem !== undefined) this.drop(problem, metric.pointCount);
    else {
      const name = this.nameOf(metric);
      if (name === "") this.drop("invalid_name", metric.pointCount);
      else {
        this.family = this.families.take(name, exposedType(familyType(metric)), metric.description);
        if (this.family === undefined) this.drop("type_conflict", metric.pointCount);
      }
    }
    if (this.family === undefined) return false;
    const { target, targetKey } = this.contexts[this.contextId] as Context;
    if (target !== undefined && metric.pointCount > 0) {
      target.updatedMs = this.nowMs;
      this.targets.set(targetKey, target);
    }
    return true;
  }

  point(kind: PointKind, bytes: Uint8Array, start: number, end: number): void {
    const { point_: point, family } = this;
    if (family === undefined) return;
    point.key.reset();
    point.key.uint32(this.contextId);
    point.key.uint32(family.id * 4 + KINDS[kind]);
    point.read(kind, bytes, start, end);
    if (kind === "exponentialHistogram" && point.scale < -4) {
      this.drop("unsupported_scale", 1);
      return;
    }
    let key = this.keys.find(point.key.bytes, point.key.length);
    let id = key < 0 ? -1 : (this.ids[key] as number);
    const isNew = id < 0 || this.columns.alive[id] !== 1;
    if (isNew) {
      id = this.resolve(point, family, KINDS[kind]);
      if (id < 0) return;
      if (key < 0) key = this.keys.add(point.key.bytes, point.key.length);
      this.ids[key] = id;
    }
    if (point.isStale) this.columns.remove(id);
    else storePoint(this.columns, this.slabs, id, point, this.metric?.temporality === DELTA, this.nowMs);
  }

  leaveResource(): void {
    // Nothing ends with a resource: `target_info` is written when somebody reads.
  }

  /** The series of a key that is not known, or whose series is gone; -1 when there is no place for it. */
  private resolve(point: PointScan, family: ExposedFamily, kind: number): number {
    const attributes = decodeAttributes(point.bytes, point.start, point.end, point.attributesField);
    const context = this.contexts[this.contextId] as Context;
    const text = seriesText(attributes, context, this.contextOptions);
    const known = family.series.get(text);
    if (known !== undefined) {
      if (this.columns.kinds[known] === kind) return known;
      this.columns.remove(known);
    }
    const { metricLimit, totalLimit } = this.options;
    const isFull =
      (metricLimit > 0 && family.series.size >= metricLimit) ||
      (totalLimit > 0 && this.columns.aliveCount >= totalLimit);
    if (isFull) {
      family.refused++;
      this.drop("cardinality_limit", 1);
      return -1;
    }
    const id = this.columns.add(family, text, kind);
    family.series.set(text, id);
    return id;
  }

  private nameOf(metric: MetricHead): string {
    const kind = nameKind(metric);
    const key = `${kind}\n${metric.unit}\n${metric.name}`;
    let name = this.names.get(key);
    if (name === undefined) {
      if (this.names.size >= SPARE_KEYS) this.names.clear();
      name = metricName(metric.name, metric.unit, kind, this.options.strategy, this.options.namespace);
      this.names.set(key, name);
    }
    return name;
  }

  /** Between batches only: within one, the numbers of contexts are in use. */
  private forgetSurplus(): void {
    const { columns } = this;
    const isTooMany = columns.size > columns.aliveCount * 2 + SPARE_KEYS;
    if (isTooMany) this.columns = columns.compacted((id, family, labels) => void family.series.set(labels, id));
    if (!isTooMany && this.keys.size <= columns.aliveCount * 2 + SPARE_KEYS && this.contexts.length <= SPARE_KEYS)
      return;
    this.keys = new ByteTable();
    this.ids = [];
    this.contextTable = new ByteTable();
    this.contexts = [];
  }

  private drop(reason: string, count: number): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count);
  }
}

function unsupported({ kind, temporality, monotonic }: MetricHead): string | undefined {
  if (kind === "empty") return "metric_without_data";
  if (kind === "gauge" || kind === "summary" || temporality === CUMULATIVE) return undefined;
  if (temporality !== DELTA) return "unspecified_temporality";
  return kind === "sum" && !monotonic ? "non_monotonic_delta" : undefined;
}
