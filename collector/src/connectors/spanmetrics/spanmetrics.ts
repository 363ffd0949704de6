import { type Batch, MetricsBatchWriter } from "@venturi/otlp";
import type { ComponentHost, Connector, ConnectorFactory, Consumer, Outcome } from "../../component.js";
import { giveBack } from "../../lease.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import { type SpanMetricsConfig, spanMetricsSchema } from "./config.js";
import { ExponentialBuckets } from "./exponential-buckets.js";
import { countPoint, explicitPoint, exponentialPoint, type FlushTimes, unixNano } from "./series-points.js";
import type { SeriesTable } from "./series-table.js";
import { SpanSeries } from "./span-series.js";
import { walkSpans } from "./walk-spans.js";

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

class SpanMetrics implements Connector {
  private readonly config: SpanMetricsConfig;
  private readonly next: Consumer;
  private readonly host: ComponentHost;
  private readonly series: SpanSeries;
  private readonly limitLog = new LogThrottle(60_000);
  private readonly refusedLog = new LogThrottle();
  private timer: NodeJS.Timeout | undefined;
  private lastFlushMs = Date.now();
  /** Whether there are numbers that were not handed on. */
  private dirty = false;

  constructor(config: SpanMetricsConfig, next: Consumer, host: ComponentHost) {
    this.config = config;
    this.next = next;
    this.host = host;
    this.series = new SpanSeries(config, host.instanceId);
  }

  async start(): Promise<void> {
    this.timer = setInterval(() => void this.flush(true), this.config.metrics_flush_interval);
  }

  consume(batch: Batch): Outcome {
    const { series } = this;
    series.nowMs = Date.now();
    const { overflowed } = series.calls;
    walkSpans(batch, series);
    giveBack(batch);
    this.dirty = true;
    if (series.calls.overflowed !== overflowed) this.warnOfLimit();
    return undefined;
  }

  /** Sends the last numbers, so that short-lived collectors lose nothing. */
  async shutdown(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.dirty) await this.flush(false);
  }

  /** @param startAtZero Not for the last flush: nothing would come after the zeros. */
  private async flush(startAtZero: boolean): Promise<void> {
    const { series, next } = this;
    if (series.calls.size === 0) return;
    const nowMs = Date.now();
    const batch = this.build(nowMs, startAtZero);
    const answer = next.consume(batch);
    // Spans may come while an answer is waited for, so what was sent is put away before; else they would be, too.
    const isRefused = answer !== undefined && !(answer instanceof Promise);
    if (!isRefused) this.putAway(nowMs);
    const outcome = await answer;
    if (outcome === undefined) return;
    this.refusedLog.run((suppressed) =>
      this.host.log.warn("Metrics were refused.", {
        error: outcome.message,
        data_points: batch.itemCount,
        suppressed,
      }),
    );
  }

  private get isDelta(): boolean {
    return this.config.aggregation_temporality === "AGGREGATION_TEMPORALITY_DELTA";
  }

  /** The numbers were handed on: what they leave behind. */
  private putAway(nowMs: number): void {
    const { series, config } = this;
    const { metrics_expiration: metricsMs, series_expiration: seriesMs } = config;
    this.lastFlushMs = nowMs;
    for (const table of series.tables) table.exemplars.clear();
    const isCallNew = series.calls.setReported();
    const isEventNew = series.events?.setReported() ?? false;
    // What was said to be zero must still be told.
    this.dirty = !this.isDelta && (isCallNew || isEventNew);
    series.resources.forget(metricsMs === 0 ? -1 : nowMs - metricsMs, config.resource_metrics_cache_size);
    series.retain((table, index) => {
      if (this.isDelta || series.resources.get(table.resourceId(index)) === undefined) return false;
      return seriesMs === 0 || nowMs - (table.lastSeenMs[index] as number) < seriesMs;
    });
  }

  private build(nowMs: number, startAtZero: boolean): Batch {
    const writer = new MetricsBatchWriter();
    const { series } = this;
    const { calls, durations, buckets, events } = series;
    const { namespace, histogram, add_resource_attributes } = this.config;
    const prefix = namespace === "" ? "" : `${namespace}.`;
    const temporality = this.isDelta ? "delta" : "cumulative";
    const times: FlushTimes = {
      timeUnixNano: unixNano(nowMs),
      deltaStartUnixNano: this.isDelta ? unixNano(this.lastFlushMs) : undefined,
    };
    const durationsOf = groupByResource(durations);
    const eventsOf = events === undefined ? undefined : groupByResource(events);
    const sum = (name: string, table: SeriesTable, indices: readonly number[]): void => {
      const points = each(indices, (index) => countPoint(table, index, times, startAtZero));
      writer.sum({ name: `${prefix}${name}` }, { monotonic: true, temporality }, points);
    };
    for (const [id, indices] of groupByResource(calls)) {
      const resource = series.resources.get(id);
      if (resource === undefined) continue;
      writer.resource(add_resource_attributes ? resource.attributes : {}).scope(SCOPE);
      sum("calls", calls, indices);
      const identity = { name: `${prefix}duration`, unit: histogram.unit };
      const of = durationsOf.get(id) ?? [];
      if (buckets instanceof ExponentialBuckets) {
        const points = each(of, (index) => exponentialPoint(durations, buckets, index, times));
        writer.exponentialHistogram(identity, { temporality }, points);
      } else if (buckets !== undefined) {
        const points = each(of, (index) => explicitPoint(durations, buckets, index, times));
        writer.histogram(identity, { temporality }, points);
      }
      const counted = eventsOf?.get(id);
      if (events !== undefined && counted !== undefined) sum("events", events, counted);
    }
    return writer.finish();
  }

  private warnOfLimit(): void {
    this.limitLog.run(() => {
      const widest = this.series.calls.widestDimension();
      this.host.log.warn("Cardinality limit reached. Further series are counted as otel.metric.overflow.", {
        aggregation_cardinality_limit: this.config.aggregation_cardinality_limit,
        dimension_with_most_values: widest.name,
        values: widest.values,
      });
    });
  }
}

/** One point after the other: nobody needs all of them at once. */
function* each<Point>(indices: readonly number[], pointOf: (index: number) => Point): Iterable<Point> {
  for (const index of indices) yield pointOf(index);
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
