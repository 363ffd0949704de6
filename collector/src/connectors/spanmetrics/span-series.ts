import type { Exemplar } from "@venturi/otlp";
import { AdjustedCount } from "./adjusted-count.js";
import { AttributeScan } from "./attribute-scan.js";
import { DEFAULT_BUCKETS, DEFAULT_MAX_SIZE, type SpanMetricsConfig } from "./config.js";
import type { Subject } from "./dimension-key.js";
import { dimensionLists } from "./dimension-lists.js";
import type { Distribution } from "./distribution.js";
import { ExplicitBuckets } from "./explicit-buckets.js";
import { ExponentialBuckets } from "./exponential-buckets.js";
import { NO_RESOURCE, Resources } from "./resources.js";
import { type ScopeEntry, Scopes } from "./scopes.js";
import { unixNano } from "./series-points.js";
import { SeriesTable } from "./series-table.js";
import { SpanScan } from "./span-scan.js";
import type { SpanVisitor } from "./walk-spans.js";

/** Attributes of an Event message. */
const EVENT_ATTRIBUTES = 3;
const UNITS_PER_NANO = { ms: 1e6, s: 1e9 } as const;

/** Counts spans, their durations and their events in series. */
export class SpanSeries implements SpanVisitor {
  readonly resources: Resources;
  readonly calls: SeriesTable;
  /** The same table as `calls` unless their dimensions differ. */
  readonly durations: SeriesTable;
  /** undefined: nobody wants to know of durations. */
  readonly buckets: ExplicitBuckets | ExponentialBuckets | undefined;
  readonly events: SeriesTable | undefined;
  readonly scope: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  nowMs = 0;
  private readonly scan: SpanScan;
  private readonly eventScan: AttributeScan;
  private readonly adjusted = new AdjustedCount();
  private readonly subject: Subject;
  private readonly divisor: number;
  /** 0: no exemplars. */
  private readonly exemplarsMax: number;

  constructor(config: SpanMetricsConfig, instanceId: string) {
    const { histogram, exemplars, events, include_instrumentation_scope: scopeNames } = config;
    const lists = dimensionLists(config);
    const { names, globs } = lists;
    const table = (list: "calls" | "durations" | "events"): SeriesTable =>
      new SeriesTable({
        dimensions: lists[list].named,
        globs,
        globMask: lists[list].globMask,
        excluded: new Set(config.exclude_dimensions),
        instanceId,
        samplingMethod: config.enable_metrics_sampling_method,
        withScope: scopeNames.length > 0,
        limit: config.aggregation_cardinality_limit,
      });
    this.calls = table("calls");
    const areSame = config.calls_dimensions.length === 0 && histogram.dimensions.length === 0;
    this.durations = areSame || histogram.disable ? this.calls : table("durations");
    this.buckets = histogram.disable ? undefined : createBuckets(histogram);
    this.events = events.enabled ? table("events") : undefined;
    this.divisor = UNITS_PER_NANO[histogram.unit];
    this.exemplarsMax = exemplars.enabled ? exemplars.max_per_data_point : 0;
    this.resources = new Resources(names, globs, config.resource_metrics_key_attributes);
    this.scan = new SpanScan(names, globs, events.enabled);
    this.eventScan = new AttributeScan(names, globs);
    this.subject = { span: this.scan, resource: NO_RESOURCE, scope: undefined, event: undefined, isAdjusted: false };
    this.scope = scopeNames.length > 0 ? this.scopeFinder(new Scopes(scopeNames)) : undefined;
  }

  /** All tables, each once. */
  get tables(): ReadonlySet<SeriesTable> {
    const tables = new Set([this.calls, this.durations]);
    return this.events === undefined ? tables : tables.add(this.events);
  }

  resource(bytes: Uint8Array, start: number, end: number): boolean {
    const entry = this.resources.find(bytes, start, end, this.nowMs);
    if (entry === undefined) return false;
    this.subject.resource = entry;
    return true;
  }

  span(bytes: Uint8Array, start: number, end: number): void {
    const { scan, subject, calls, durations, buckets, adjusted, nowMs } = this;
    scan.read(bytes, start, end);
    adjusted.read(scan);
    subject.isAdjusted = adjusted.isAdjusted;
    const duration = scan.durationNano / this.divisor;
    let index = calls.record(subject, adjusted.count, nowMs);
    if (this.exemplarsMax > 0) this.addExemplar(calls, index, duration);
    if (durations !== calls) {
      index = durations.record(subject, adjusted.count, nowMs);
      if (this.exemplarsMax > 0) this.addExemplar(durations, index, duration);
    }
    if (buckets !== undefined) buckets.record(index, duration, adjusted.count);
    if (scan.eventCount > 0) this.countEvents(duration);
  }

  /** Forgets all series but those that `keep` wants. */
  retain(keep: (table: SeriesTable, index: number) => boolean): void {
    for (const table of this.tables) {
      const before = table.size;
      const kept = table.retain((index) => keep(table, index));
      const buckets: Distribution | undefined = table === this.durations ? this.buckets : undefined;
      if (kept.length < before) buckets?.retain(kept);
    }
  }

  private countEvents(duration: number): void {
    const { scan, eventScan, events, subject } = this;
    if (events === undefined) return;
    subject.event = eventScan;
    for (let at = 0; at < scan.eventCount * 2; at += 2) {
      eventScan.read(scan.bytes, scan.eventRanges[at] as number, scan.eventRanges[at + 1] as number, EVENT_ATTRIBUTES);
      const index = events.record(subject, this.adjusted.count, this.nowMs);
      if (this.exemplarsMax > 0) this.addExemplar(events, index, duration);
    }
    subject.event = undefined;
  }

  private addExemplar(table: SeriesTable, index: number, value: number): void {
    if (table.isOverflow(index)) return;
    let list = table.exemplars.get(index);
    if (list !== undefined && list.length >= this.exemplarsMax) return;
    const exemplar = this.exemplar(value);
    if (exemplar === undefined) return;
    if (list === undefined) table.exemplars.set(index, (list = []));
    list.push(exemplar);
  }

  private exemplar(value: number): Exemplar | undefined {
    const { bytes, traceIdStart, traceIdEnd, spanIdStart, spanIdEnd } = this.scan;
    const hex = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString("hex");
    const traceId = hex(traceIdStart, traceIdEnd);
    if (/^0*$/.test(traceId)) return undefined;
    return { timeUnixNano: unixNano(this.nowMs), value, traceId, spanId: hex(spanIdStart, spanIdEnd) };
  }

  private scopeFinder(scopes: Scopes): (bytes: Uint8Array, start: number, end: number) => void {
    return (bytes, start, end) => {
      const entry: ScopeEntry | undefined = scopes.find(bytes, start, end);
      this.subject.scope = entry;
    };
  }
}

function createBuckets(histogram: SpanMetricsConfig["histogram"]): ExplicitBuckets | ExponentialBuckets {
  const { exponential, explicit, unit } = histogram;
  if (exponential !== undefined) return new ExponentialBuckets(exponential.max_size || DEFAULT_MAX_SIZE);
  // From nanoseconds, as the durations are, so that a duration can be equal to a bound.
  return new ExplicitBuckets(
    (explicit?.buckets ?? DEFAULT_BUCKETS).map((ms) => Math.round(ms * 1e6) / UNITS_PER_NANO[unit]),
  );
}
