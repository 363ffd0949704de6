import {
  type ExponentialState,
  nativeHistogram,
  type PrometheusExemplar,
  type PrometheusSpan,
  Writer,
  wordsToMs,
} from "@venturi/otlp";
import type { Accumulator } from "./accumulator.js";
import type { BoundsSlab } from "./count-slabs.js";
import type { ExposedFamily } from "./families.js";
import { decodeExemplars, exemplarsByBucket } from "./kept-exemplars.js";
import { type Escaping, escapeName, parseLabelText } from "./label-text.js";
import { EXPONENTIAL, HISTOGRAM, NUMBER, type SeriesColumns } from "./series-columns.js";

/** io.prometheus.client.MetricType */
const TYPES: Readonly<Record<string, number>> = { counter: 0, gauge: 1, summary: 2, unknown: 3, histogram: 4 };

export interface ProtobufOptions {
  readonly timestamps: boolean;
  readonly escaping: Escaping;
}

/** Renders length-delimited io.prometheus.client.MetricFamily messages: the format that has native histograms. */
export function* renderProtobuf(from: Accumulator, options: ProtobufOptions): Generator<Uint8Array> {
  const writer = new ProtobufWriter(from, options);
  const targets = from.targetLabels();
  if (targets.length > 0) yield writer.targetInfo(targets);
  for (const family of from.families.sorted()) yield writer.family(family);
}

class ProtobufWriter {
  private readonly from: Accumulator;
  private readonly options: ProtobufOptions;
  private readonly out = new Writer(64 * 1024);

  constructor(from: Accumulator, options: ProtobufOptions) {
    this.from = from;
    this.options = options;
  }

  targetInfo(labels: readonly string[]): Uint8Array {
    const { out } = this;
    this.header(this.from.targetInfoName, "Target metadata", "gauge");
    for (const one of labels) {
      const metric = out.open(4);
      this.labels(one);
      this.valueMessage(2, 1, undefined);
      out.close(metric);
    }
    return this.delimited();
  }

  family(family: ExposedFamily): Uint8Array {
    this.header(family.name, family.help, family.type);
    for (const id of family.series.values()) this.metric(family, id);
    return this.delimited();
  }

  private header(name: string, help: string, type: string): void {
    const { out } = this;
    out.reset();
    out.stringField(1, escapeName(name, this.options.escaping));
    out.stringField(2, help);
    out.uint32Field(3, TYPES[type] ?? 3);
  }

  private delimited(): Uint8Array {
    const body = this.out.finish();
    const length = new Writer(8);
    length.varint(body.length);
    return Buffer.concat([length.finish(), body]);
  }

  private metric(family: ExposedFamily, id: number): void {
    const { out } = this;
    const { columns } = this.from;
    const metric = out.open(4);
    this.labels(columns.labels[id] as string);
    const kind = columns.kinds[id];
    if (kind === NUMBER) this.number(family, columns, id);
    else if (kind === HISTOGRAM) this.histogram(columns, id);
    else if (kind === EXPONENTIAL) this.exponential(columns, id);
    else this.summary(columns, id);
    if (this.options.timestamps) {
      out.int64Field(6, BigInt(wordsToMs(columns.timeHigh[id] as number, columns.timeLow[id] as number)));
    }
    out.close(metric);
  }

  private labels(text: string): void {
    const { out } = this;
    for (const [name, value] of parseLabelText(text)) {
      const pair = out.open(1);
      out.stringField(1, escapeName(name, this.options.escaping));
      out.stringField(2, value);
      out.close(pair);
    }
  }

  private number(family: ExposedFamily, columns: SeriesColumns, id: number): void {
    const { out } = this;
    const value = columns.values[id] as number;
    if (family.type !== "counter") {
      this.valueMessage(family.type === "unknown" ? 5 : 2, value, undefined);
      return;
    }
    const counter = out.open(3);
    out.doubleField(1, value);
    this.exemplar(2, decodeExemplars(columns.exemplars[id]).at(-1));
    this.created(3, columns, id);
    out.close(counter);
  }

  private valueMessage(field: number, value: number, exemplar: PrometheusExemplar | undefined): void {
    const { out } = this;
    const message = out.open(field);
    out.doubleField(1, value);
    this.exemplar(2, exemplar);
    out.close(message);
  }

  private histogram(columns: SeriesColumns, id: number): void {
    const { out } = this;
    const slab = columns.slabs[id] as BoundsSlab;
    const row = columns.rows[id] as number;
    const count = columns.values[id] as number;
    const kept = columns.exemplars[id];
    const exemplars = kept === undefined ? [] : exemplarsByBucket(kept, slab.bounds);
    const histogram = out.open(7);
    this.countAndSum(columns, id);
    let cumulative = 0;
    for (let bucket = 0; bucket <= slab.bounds.length; bucket++) {
      const isLast = bucket === slab.bounds.length;
      cumulative += isLast ? 0 : slab.get(row, bucket);
      // +Inf is told by the count, and written only for its exemplar.
      if (isLast && exemplars[bucket] === undefined) break;
      const message = out.open(3);
      out.int64Field(1, BigInt(Math.trunc(isLast ? count : cumulative)));
      out.doubleField(2, isLast ? Number.POSITIVE_INFINITY : (slab.bounds[bucket] as number));
      this.exemplar(3, exemplars[bucket]);
      out.close(message);
    }
    this.created(15, columns, id);
    out.close(histogram);
  }

  private exponential(columns: SeriesColumns, id: number): void {
    const { out } = this;
    const native = nativeHistogram(columns.exponentials[id] as ExponentialState);
    if (native === undefined) return;
    const histogram = out.open(7);
    this.countAndSum(columns, id);
    out.sint32Field(5, native.schema);
    out.doubleField(6, native.zeroThreshold);
    out.int64Field(7, BigInt(native.zeroCount));
    this.buckets(9, 10, native.negativeSpans, native.negativeBuckets);
    this.buckets(12, 13, native.positiveSpans, native.positiveBuckets);
    this.created(15, columns, id);
    for (const exemplar of decodeExemplars(columns.exemplars[id])) this.exemplar(16, exemplar);
    out.close(histogram);
  }

  private buckets(spanField: number, deltaField: number, spans: readonly PrometheusSpan[], counts: Float64Array): void {
    const { out } = this;
    for (const { offset, length } of spans) {
      const span = out.open(spanField);
      out.sint32Field(1, offset);
      out.uint32Field(2, length);
      out.close(span);
    }
    if (counts.length === 0) return;
    const deltas = out.open(deltaField);
    let previous = 0;
    for (const count of counts) {
      const delta = BigInt(count - previous);
      out.varint64((delta << 1n) ^ (delta >> 63n));
      previous = count;
    }
    out.close(deltas);
  }

  private summary(columns: SeriesColumns, id: number): void {
    const { out } = this;
    const kept = columns.summaries[id];
    const summary = out.open(4);
    this.countAndSum(columns, id);
    for (let index = 0; kept !== undefined && index < kept.quantiles.length; index++) {
      const quantile = out.open(3);
      out.doubleField(1, kept.quantiles[index] as number);
      out.doubleField(2, kept.values[index] as number);
      out.close(quantile);
    }
    this.created(4, columns, id);
    out.close(summary);
  }

  private countAndSum(columns: SeriesColumns, id: number): void {
    this.out.int64Field(1, BigInt(Math.trunc(columns.values[id] as number)));
    this.out.doubleField(2, columns.sums[id] as number);
  }

  /** Since when the series counts, where the sender told. */
  private created(field: number, { startHigh, startLow }: SeriesColumns, id: number): void {
    const nanos = (BigInt(startHigh[id] as number) << 32n) | BigInt(startLow[id] as number);
    if (nanos >= 1_000_000_000n) this.timestamp(field, nanos);
  }

  private exemplar(field: number, exemplar: PrometheusExemplar | undefined): void {
    if (exemplar === undefined) return;
    const { out } = this;
    const message = out.open(field);
    for (const [name, value] of exemplar.labels) {
      const pair = out.open(1);
      out.stringField(1, name);
      out.stringField(2, value);
      out.close(pair);
    }
    out.doubleField(2, exemplar.value);
    this.timestamp(3, BigInt(exemplar.timestampMs) * 1_000_000n);
    out.close(message);
  }

  /** A google.protobuf.Timestamp. */
  private timestamp(field: number, nanos: bigint): void {
    const { out } = this;
    const message = out.open(field);
    out.int64Field(1, nanos / 1_000_000_000n);
    out.int64Field(2, nanos % 1_000_000_000n);
    out.close(message);
  }
}
