import type { Attributes } from "../model/attributes.js";
import type { Batch } from "../model/batch.js";
import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricIdentity,
  NumberPoint,
  SummaryPoint,
  Temporality,
} from "../model/metric.js";
import { Writer } from "../wire/writer.js";
import { writeAttributes } from "./attributes.js";
import { writeExponentialPoint, writeHistogramPoint, writeNumberPoint, writeSummaryPoint } from "./points.js";

const TEMPORALITIES: Readonly<Record<Temporality, number>> = { unspecified: 0, delta: 1, cumulative: 2 };

const CLOSED = -1;

/**
 * Builds a metrics batch straight to bytes. Call `resource`, then `scope`, then a method per metric, then `finish`; a
 * metric without a resource or scope before it gets an empty one. Points are written one after the other as they come, and
 * none is kept.
 * @example
 * const writer = new MetricsBatchWriter();
 * writer.resource({ "service.name": "shop" }).scope("spanmetrics");
 * writer.sum({ name: "calls" }, { monotonic: true, temporality: "cumulative" }, [
 *   { attributes: { "http.route": "/cart" }, timeUnixNano, value: 3n },
 * ]);
 * const batch = writer.finish();
 */
export class MetricsBatchWriter {
  private readonly writer = new Writer(4096);
  private itemCount = 0;
  private resourceStart = CLOSED;
  private scopeStart = CLOSED;
  /** Both go after what they belong to, where readers of any order find them. */
  private schemaUrl = "";
  private scopeSchemaUrl = "";

  /** Starts a resource; the metrics that follow belong to it. */
  resource(attributes: Attributes, schemaUrl = ""): this {
    const { writer } = this;
    this.closeResource();
    this.schemaUrl = schemaUrl;
    this.resourceStart = writer.open(1);
    const start = writer.open(1);
    writeAttributes(writer, 1, attributes);
    writer.close(start);
    return this;
  }

  /** Starts an instrumentation scope in the current resource. */
  scope(name: string, version = "", attributes: Attributes = {}, schemaUrl = ""): this {
    const { writer } = this;
    if (this.resourceStart === CLOSED) this.resource({});
    this.closeScope();
    this.scopeSchemaUrl = schemaUrl;
    this.scopeStart = writer.open(2);
    const start = writer.open(1);
    if (name !== "") writer.stringField(1, name);
    if (version !== "") writer.stringField(2, version);
    writeAttributes(writer, 3, attributes);
    writer.close(start);
    return this;
  }

  gauge(metric: MetricIdentity, points: Iterable<NumberPoint>): this {
    return this.write(metric, 5, points, writeNumberPoint);
  }

  sum(
    metric: MetricIdentity,
    kind: { readonly monotonic: boolean; readonly temporality: Temporality },
    points: Iterable<NumberPoint>,
  ): this {
    return this.write(metric, 7, points, writeNumberPoint, kind.temporality, kind.monotonic);
  }

  histogram(
    metric: MetricIdentity,
    kind: { readonly temporality: Temporality },
    points: Iterable<HistogramPoint>,
  ): this {
    return this.write(metric, 9, points, writeHistogramPoint, kind.temporality);
  }

  exponentialHistogram(
    metric: MetricIdentity,
    kind: { readonly temporality: Temporality },
    points: Iterable<ExponentialHistogramPoint>,
  ): this {
    return this.write(metric, 10, points, writeExponentialPoint, kind.temporality);
  }

  summary(metric: MetricIdentity, points: Iterable<SummaryPoint>): this {
    return this.write(metric, 11, points, writeSummaryPoint);
  }

  /** Any decoded metric, for example one that `forEachMetric` read. */
  metric(metric: Metric): this {
    switch (metric.type) {
      case "gauge":
        return this.gauge(metric, metric.points);
      case "sum":
        return this.sum(metric, metric, metric.points);
      case "histogram":
        return this.histogram(metric, metric, metric.points);
      case "exponentialHistogram":
        return this.exponentialHistogram(metric, metric, metric.points);
      case "summary":
        return this.summary(metric, metric.points);
      case "empty":
        return this.write(metric, 0, [], writeNumberPoint);
    }
  }

  /** The batch of everything written since the last `finish`; the writer starts afresh. */
  finish(): Batch {
    this.closeResource();
    const { writer, itemCount } = this;
    const bytes = writer.finish();
    writer.reset();
    this.itemCount = 0;
    return { signal: "metrics", slices: bytes.length === 0 ? [] : [bytes], itemCount, byteLength: bytes.length };
  }

  private write<Point>(
    metric: MetricIdentity,
    dataField: number,
    points: Iterable<Point>,
    writePoint: (writer: Writer, point: Point) => void,
    temporality?: Temporality,
    isMonotonic = false,
  ): this {
    if (this.scopeStart === CLOSED) this.scope("");
    const { writer } = this;
    const start = writer.open(2);
    writer.stringField(1, metric.name);
    if (metric.description) writer.stringField(2, metric.description);
    if (metric.unit) writer.stringField(3, metric.unit);
    if (dataField !== 0) {
      const data = writer.open(dataField);
      if (temporality !== undefined) writer.uint32Field(2, TEMPORALITIES[temporality]);
      if (isMonotonic) writer.boolField(3, true);
      for (const point of points) {
        const pointStart = writer.open(1);
        writePoint(writer, point);
        writer.close(pointStart);
        this.itemCount++;
      }
      writer.close(data);
    }
    if (metric.metadata) writeAttributes(writer, 12, metric.metadata);
    writer.close(start);
    return this;
  }

  private closeScope(): void {
    if (this.scopeStart === CLOSED) return;
    if (this.scopeSchemaUrl !== "") this.writer.stringField(3, this.scopeSchemaUrl);
    this.writer.close(this.scopeStart);
    this.scopeStart = CLOSED;
  }

  private closeResource(): void {
    if (this.resourceStart === CLOSED) return;
    this.closeScope();
    if (this.schemaUrl !== "") this.writer.stringField(3, this.schemaUrl);
    this.writer.close(this.resourceStart);
    this.resourceStart = CLOSED;
  }
}
