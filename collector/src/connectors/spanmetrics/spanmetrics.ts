import { type Batch, type Exemplar, type HistogramPoint, MetricsBatchWriter, type NumberPoint } from "@venturi/otlp";
import type { ComponentHost, Connector, ConnectorFactory, Consumer, Outcome } from "../../component.js";
import { giveBack } from "../../lease.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import { type Dimension, type SpanMetricsConfig, spanMetricsSchema } from "./config.js";
import { type ResourceEntry, Resources } from "./resources.js";
import { type SeriesOptions, SeriesTable } from "./series-table.js";
import { SpanScan } from "./span-scan.js";
import { type SpanVisitor, walkSpans } from "./walk-spans.js";

/** Counts spans and their durations by service, span name, kind, status and further dimensions. */
export const spanMetricsConnector: ConnectorFactory<SpanMetricsConfig> = {
  kind: "connector",
  type: "span_metrics",
  aliases: ["spanmetrics"],
  schema: spanMetricsSchema,
  pairs: [{ from: "traces", to: "metrics", stability: "alpha" }],
  create: (config, _from, _to, next, host) => new SpanMetrics(config, next, host),
};

const SCOPE = "spanmetricsconnector";

class SpanMetrics implements Connector, SpanVisitor {
  private readonly config: SpanMetricsConfig;
  private readonly next: Consumer;
  private readonly host: ComponentHost;
  private readonly scan: SpanScan;
  private readonly resources: Resources;
  private readonly calls: SeriesTable;
  /** The same table as `calls` unless their dimensions differ. */
  private readonly durations: SeriesTable;
  private readonly divisor: number;
  private readonly exemplars = new Map<number, Exemplar[]>();
  private readonly limitLog = new LogThrottle(60_000);
  private readonly refusedLog = new LogThrottle();
  private timer: NodeJS.Timeout | undefined;
  private current: ResourceEntry | undefined;
  private nowMs = 0;
  private lastFlushMs = Date.now();
  private dirty = false;

  constructor(config: SpanMetricsConfig, next: Consumer, host: ComponentHost) {
    this.config = config;
    this.next = next;
    this.host = host;
    const { dimensions, calls_dimensions, histogram } = config;
    const all: Dimension[] = [...dimensions, ...calls_dimensions, ...histogram.dimensions];
    const names = all.map(({ name }) => name);
    this.scan = new SpanScan(names);
    this.resources = new Resources(names, config.resource_metrics_key_attributes);
    this.divisor = histogram.unit === "ms" ? 1e6 : 1e9;
    const common = all.slice(0, dimensions.length).map((_, index) => index);
    const callsUsed = [...common, ...calls_dimensions.map((_, index) => dimensions.length + index)];
    const first = dimensions.length + calls_dimensions.length;
    const durationsUsed = [...common, ...histogram.dimensions.map((_, index) => first + index)];
    const options: SeriesOptions = {
      dimensions: all,
      used: callsUsed,
      excluded: new Set(config.exclude_dimensions),
      instanceId: host.instanceId,
      bounds: histogram.disable
        ? []
        : histogram.explicit.buckets.map((ms) => (histogram.unit === "ms" ? ms : ms / 1000)),
      limit: config.aggregation_cardinality_limit,
    };
    this.calls = new SeriesTable(options);
    const same = calls_dimensions.length === 0 && histogram.dimensions.length === 0;
    this.durations = same ? this.calls : new SeriesTable({ ...options, used: durationsUsed });
  }

  async start(): Promise<void> {
    this.timer = setInterval(() => void this.flush(), this.config.metrics_flush_interval);
  }

  consume(batch: Batch): Outcome {
    this.nowMs = Date.now();
    const overflowed = this.calls.overflowed;
    walkSpans(batch, this);
    giveBack(batch);
    this.dirty = true;
    if (this.calls.overflowed !== overflowed) this.warnOfLimit();
    return undefined;
  }

  /** Sends the last numbers, so that short-lived collectors lose nothing. */
  async shutdown(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.dirty) await this.flush();
  }

  resource(bytes: Uint8Array, start: number, end: number): boolean {
    this.current = this.resources.find(bytes, start, end, this.nowMs);
    return this.current !== undefined;
  }

  span(bytes: Uint8Array, start: number, end: number): void {
    const { scan, current, calls, durations } = this;
    if (current === undefined) return;
    scan.read(bytes, start, end);
    const duration = scan.durationNano / this.divisor;
    let index = calls.record(scan, current, duration, this.nowMs);
    if (durations !== calls) index = durations.record(scan, current, duration, this.nowMs);
    if (this.config.exemplars.enabled) this.addExemplar(index, duration);
  }

  private addExemplar(index: number, value: number): void {
    const { scan } = this;
    let list = this.exemplars.get(index);
    if (list === undefined) this.exemplars.set(index, (list = []));
    if (list.length >= this.config.exemplars.max_per_data_point || scan.traceIdEnd === scan.traceIdStart) return;
    const hex = (start: number, end: number): string => Buffer.from(scan.bytes.subarray(start, end)).toString("hex");
    list.push({
      timeUnixNano: nanos(this.nowMs),
      value,
      traceId: hex(scan.traceIdStart, scan.traceIdEnd),
      spanId: hex(scan.spanIdStart, scan.spanIdEnd),
    });
  }

  private async flush(): Promise<void> {
    const nowMs = Date.now();
    this.expire(nowMs);
    if (this.calls.size === 0) return;
    const batch = this.build(nowMs);
    const outcome = await this.next.consume(batch);
    if (outcome !== undefined) {
      // Cumulative numbers are not lost: the next flush has them too.
      this.refusedLog.run((suppressed) =>
        this.host.log.warn("Metrics were refused.", {
          error: outcome.message,
          data_points: batch.itemCount,
          suppressed,
        }),
      );
      return;
    }
    this.dirty = false;
    this.exemplars.clear();
    this.lastFlushMs = nowMs;
    if (this.isDelta) for (const table of new Set([this.calls, this.durations])) table.retain(() => false);
  }

  private get isDelta(): boolean {
    return this.config.aggregation_temporality === "AGGREGATION_TEMPORALITY_DELTA";
  }

  private expire(nowMs: number): void {
    const { metrics_expiration: metricsMs, series_expiration: seriesMs } = this.config;
    if (metricsMs === 0 && seriesMs === 0) return;
    for (const table of new Set([this.calls, this.durations])) {
      const isAlive = (index: number): boolean => {
        const seen = this.resources.get(table.resourceId(index))?.lastSeenMs ?? 0;
        const resourceAlive = metricsMs === 0 || nowMs - seen < metricsMs;
        return resourceAlive && (seriesMs === 0 || nowMs - (table.lastSeenMs[index] as number) < seriesMs);
      };
      table.retain(isAlive);
    }
    // Numbers of series have changed; exemplars belong to the numbers of before.
    this.exemplars.clear();
  }

  private build(nowMs: number): Batch {
    const writer = new MetricsBatchWriter();
    const { namespace, histogram, add_resource_attributes } = this.config;
    const prefix = namespace === "" ? "" : `${namespace}.`;
    const temporality = this.isDelta ? "delta" : "cumulative";
    const timeUnixNano = nanos(nowMs);
    const durations = groupByResource(this.durations);
    for (const [id, indices] of groupByResource(this.calls)) {
      const resource = this.resources.get(id);
      if (resource === undefined) continue;
      writer.resource(add_resource_attributes ? resource.attributes : {}).scope(SCOPE);
      const calls = indices.map((index) => this.callsPoint(index, resource, timeUnixNano));
      writer.sum({ name: `${prefix}calls` }, { monotonic: true, temporality }, calls);
      if (histogram.disable) continue;
      const points = (durations.get(id) ?? []).map((index) => this.durationPoint(index, resource, timeUnixNano));
      writer.histogram({ name: `${prefix}duration`, unit: histogram.unit }, { temporality }, points);
    }
    return writer.finish();
  }

  private startOf(table: SeriesTable, index: number): bigint {
    return nanos(this.isDelta ? this.lastFlushMs : (table.startedMs[index] as number));
  }

  private callsPoint(index: number, resource: ResourceEntry, timeUnixNano: bigint): NumberPoint {
    return {
      attributes: this.calls.attributes(index, resource),
      startTimeUnixNano: this.startOf(this.calls, index),
      timeUnixNano,
      value: BigInt(this.calls.calls[index] as number),
    };
  }

  private durationPoint(index: number, resource: ResourceEntry, timeUnixNano: bigint): HistogramPoint {
    const table = this.durations;
    const exemplars = this.exemplars.get(index);
    return {
      attributes: table.attributes(index, resource),
      startTimeUnixNano: this.startOf(table, index),
      timeUnixNano,
      count: table.calls[index] as number,
      sum: table.sums[index] as number,
      explicitBounds: this.bounds,
      bucketCounts: table.bucketCounts(index),
      ...(exemplars === undefined ? {} : { exemplars }),
    };
  }

  private get bounds(): readonly number[] {
    const { explicit, unit } = this.config.histogram;
    return unit === "ms" ? explicit.buckets : explicit.buckets.map((ms) => ms / 1000);
  }

  private warnOfLimit(): void {
    this.limitLog.run(() => {
      const widest = this.calls.widestDimension((id) => this.resources.get(id));
      this.host.log.warn("Cardinality limit reached. Further series are counted as otel.metric.overflow.", {
        aggregation_cardinality_limit: this.config.aggregation_cardinality_limit,
        dimension_with_most_values: widest.name,
        values: widest.values,
      });
    });
  }
}

function groupByResource(table: SeriesTable): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (let index = 0; index < table.size; index++) {
    const id = table.resourceId(index);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [index]);
    else group.push(index);
  }
  return groups;
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}
