import { type Attributes, type Batch, MetricsBatchWriter } from "@venturi/otlp";
import type { Edge } from "./edge-store.js";
import { ExponentialHistogram } from "./exponential-histogram.js";

/** Durations as one side saw them, in seconds. */
class Durations {
  count = 0;
  sum = 0;
  readonly buckets: number[];
  readonly exponential: ExponentialHistogram | undefined;
  private readonly bounds: readonly number[];

  constructor(bounds: readonly number[], exponentialSize: number) {
    this.bounds = bounds;
    this.buckets = new Array<number>(bounds.length + 1).fill(0);
    this.exponential = exponentialSize > 0 ? new ExponentialHistogram(exponentialSize) : undefined;
  }

  record(seconds: number): void {
    if (this.exponential !== undefined) {
      this.exponential.record(seconds);
      return;
    }
    let index = 0;
    while (index < this.bounds.length && seconds > (this.bounds[index] as number)) index++;
    this.buckets[index] = (this.buckets[index] as number) + 1;
    this.sum += seconds;
    this.count++;
  }
}

interface Series {
  readonly attributes: Attributes;
  requests: number;
  failed: number;
  readonly server: Durations;
  readonly client: Durations;
  updatedMs: number;
}

export interface EdgeMetricsOptions {
  /** Upper bounds in seconds. */
  readonly bounds: readonly number[];
  /** 0: explicit buckets. */
  readonly exponentialSize: number;
  readonly virtualNodeLabel: boolean;
}

const SEPARATOR = "\0";

/** The edges of the graph as series, under upstream's names. */
export class EdgeMetrics {
  private readonly series = new Map<string, Series>();
  private readonly options: EdgeMetricsOptions;
  private readonly startedMs: number;

  constructor(options: EdgeMetricsOptions, startedMs: number) {
    this.options = options;
    this.startedMs = startedMs;
  }

  record(edge: Edge, nowMs: number): void {
    const series = this.find(edge);
    series.updatedMs = nowMs;
    series.requests++;
    if (edge.failed) series.failed++;
    series.server.record(edge.serverSeconds);
    series.client.record(edge.clientSeconds);
  }

  /** Forgets series that nothing was added to since. */
  forgetBefore(timeMs: number): void {
    for (const [key, { updatedMs }] of this.series) if (updatedMs < timeMs) this.series.delete(key);
  }

  /** Undefined when there is nothing to tell. */
  build(nowMs: number): Batch | undefined {
    if (this.series.size === 0) return undefined;
    const writer = new MetricsBatchWriter();
    writer.resource({}).scope("traces_service_graph");
    const all = [...this.series.values()];
    const times = { startTimeUnixNano: nanos(this.startedMs), timeUnixNano: nanos(nowMs) };
    const sum = (name: string, of: (series: Series) => number, chosen: readonly Series[]): void => {
      if (chosen.length === 0) return;
      const points = chosen.map((one) => ({ attributes: one.attributes, ...times, value: BigInt(of(one)) }));
      writer.sum({ name }, { monotonic: true, temporality: "cumulative" }, points);
    };
    sum("traces_service_graph_request_total", ({ requests }) => requests, all);
    const failed = all.filter((one) => one.failed > 0);
    sum("traces_service_graph_request_failed_total", (one) => one.failed, failed);
    for (const side of ["server", "client"] as const) {
      this.writeDurations(writer, `traces_service_graph_request_${side}`, side, all, times);
    }
    return writer.finish();
  }

  private writeDurations(
    writer: MetricsBatchWriter,
    name: string,
    side: "server" | "client",
    all: readonly Series[],
    times: { readonly startTimeUnixNano: bigint; readonly timeUnixNano: bigint },
  ): void {
    const metric = { name, unit: "s" };
    if (this.options.exponentialSize === 0) {
      const points = all.map(({ attributes, [side]: { count, sum, buckets } }) => ({
        attributes,
        ...times,
        count,
        sum,
        explicitBounds: this.options.bounds,
        bucketCounts: buckets,
      }));
      writer.histogram(metric, { temporality: "cumulative" }, points);
      return;
    }
    const points = all.flatMap(({ attributes, [side]: { exponential } }) => {
      if (exponential === undefined) return [];
      const { count, sum, min, max, scale, zeroCount, offset, buckets } = exponential;
      const positive = { offset, bucketCounts: buckets };
      const negative = { offset: 0, bucketCounts: [] };
      return [{ attributes, ...times, count, sum, min, max, scale, zeroCount, zeroThreshold: 0, positive, negative }];
    });
    writer.exponentialHistogram(metric, { temporality: "cumulative" }, points);
  }

  private find(edge: Edge): Series {
    const { client, server, connectionType, failed, dimensions } = edge;
    const parts = [client, server, connectionType, String(failed), ...[...dimensions].sort().flat()];
    const key = parts.join(SEPARATOR);
    let series = this.series.get(key);
    if (series === undefined) {
      const { bounds, exponentialSize, virtualNodeLabel } = this.options;
      series = {
        attributes: {
          client,
          server,
          connection_type: connectionType,
          failed,
          ...Object.fromEntries(dimensions),
          ...(virtualNodeLabel ? { virtual_node: edge.virtualNode } : {}),
        },
        requests: 0,
        failed: 0,
        server: new Durations(bounds, exponentialSize),
        client: new Durations(bounds, exponentialSize),
        updatedMs: 0,
      };
      this.series.set(key, series);
    }
    return series;
  }
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}
