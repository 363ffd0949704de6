import type { Attributes } from "../model/attributes.js";
import type { Batch } from "../model/batch.js";
import type {
  HistogramPoint,
  Metric,
  MetricIdentity,
  NumberPoint,
  SummaryPoint,
  Temporality,
} from "../model/metric.js";

/**
 * Builds a metrics batch straight to bytes. Call `resource`, then `scope`, then one method per metric, then `finish`.
 * @example
 * const writer = new MetricsBatchWriter();
 * writer.resource({ "service.name": "shop" }).scope("spanmetrics");
 * writer.sum({ name: "calls" }, { monotonic: true, temporality: "cumulative" }, [{ attributes: {}, timeUnixNano, value: 3n }]);
 * const batch = writer.finish();
 */
export class MetricsBatchWriter {
  /** Starts a resource; the metrics that follow belong to it. */
  resource(_attributes: Attributes, _schemaUrl?: string): this {
    throw new Error("not built yet");
  }
  /** Starts an instrumentation scope in the current resource. */
  scope(_name: string, _version?: string, _attributes?: Attributes): this {
    throw new Error("not built yet");
  }
  gauge(_metric: MetricIdentity, _points: readonly NumberPoint[]): this {
    throw new Error("not built yet");
  }
  sum(
    _metric: MetricIdentity,
    _kind: { readonly monotonic: boolean; readonly temporality: Temporality },
    _points: readonly NumberPoint[],
  ): this {
    throw new Error("not built yet");
  }
  histogram(
    _metric: MetricIdentity,
    _kind: { readonly temporality: Temporality },
    _points: readonly HistogramPoint[],
  ): this {
    throw new Error("not built yet");
  }
  summary(_metric: MetricIdentity, _points: readonly SummaryPoint[]): this {
    throw new Error("not built yet");
  }
  /** Any decoded metric, for example one that `forEachMetric` read. */
  metric(_metric: Metric): this {
    throw new Error("not built yet");
  }
  /** The batch of everything written since the last `finish`; the writer starts afresh. */
  finish(): Batch {
    throw new Error("not built yet");
  }
}
