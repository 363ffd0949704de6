import { Cursor, decimalText, FIXED64, LEN, VARINT } from "@venturi/otlp";
import {
  type Exposition,
  ExpositionError,
  type LabelPairs,
  type MetricMetadata,
  type MetricType,
  type ParsedExemplar,
  type ParsedSample,
} from "./exposition.js";
import { inside, labelPair, readExemplar, readPair, readTimestampMs, readValue } from "./protobuf-fields.js";
import { readHistogram } from "./protobuf-histogram.js";

export interface ProtobufOptions {
  /** Read native histograms; else only their classic buckets. */
  readonly native: boolean;
  /** Read classic buckets even where there is a native histogram. */
  readonly alwaysClassic: boolean;
}

/** io.prometheus.client.MetricType by number. */
const TYPES: readonly MetricType[] = ["counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram"];

/**
 * Parses length-delimited io.prometheus.client.MetricFamily messages.
 * @throws ExpositionError when the bytes are cut off or are no such messages.
 */
export function parseProtobuf(bytes: Uint8Array, options: ProtobufOptions): Exposition {
  const parser = new ProtobufParser(bytes, options);
  try {
    return parser.parse();
  } catch (error) {
    throw new ExpositionError(`cannot read protobuf exposition: ${(error as Error).message}`, { cause: error });
  }
}

class ProtobufParser {
  private readonly bytes: Uint8Array;
  private readonly options: ProtobufOptions;
  private readonly samples: ParsedSample[] = [];
  private readonly metadata = new Map<string, MetricMetadata>();

  constructor(bytes: Uint8Array, options: ProtobufOptions) {
    this.bytes = bytes;
    this.options = options;
  }

  parse(): Exposition {
    const messages = new Cursor(this.bytes);
    while (messages.offset < messages.end) {
      messages.lengthDelimited();
      this.family(messages.valueStart, messages.valueEnd);
    }
    return { samples: this.samples, metadata: this.metadata };
  }

  private family(start: number, end: number): void {
    const family = { name: "", type: "counter" as MetricType, help: "", unit: "" };
    const metrics: number[] = [];
    const cursor = new Cursor(this.bytes, start, end);
    while (cursor.next()) {
      const { field, wireType } = cursor;
      if (field === 3 && wireType === VARINT) family.type = TYPES[cursor.uint32()] ?? "unknown";
      else if (wireType !== LEN) cursor.skip();
      else if (field === 1) family.name = cursor.string();
      else if (field === 2) family.help = cursor.string();
      else if (field === 5) family.unit = cursor.string();
      else {
        cursor.skip();
        if (field === 4) metrics.push(cursor.valueStart, cursor.valueEnd);
      }
    }
    if (family.name === "") throw new ExpositionError("a metric family has no name");
    const { name, ...metadata } = family;
    this.metadata.set(name, metadata);
    for (let at = 0; at + 1 < metrics.length; at += 2) {
      this.metric(name, metrics[at] as number, metrics[at + 1] as number);
    }
  }

  private metric(name: string, start: number, end: number): void {
    const labels: [string, string][] = [];
    let timestampMs: number | undefined;
    let field = 0;
    let value = new Cursor();
    const cursor = new Cursor(this.bytes, start, end);
    while (cursor.next()) {
      if (cursor.field === 6 && cursor.wireType === VARINT) timestampMs = Number(cursor.int64());
      else {
        cursor.skip();
        if (cursor.wireType !== LEN) continue;
        if (cursor.field === 1) labels.push(labelPair(inside(cursor)));
        else {
          field = cursor.field;
          value = inside(cursor);
        }
      }
    }
    const own: Own = { name, labels, timestampMs };
    if (field === 2 || field === 5) this.plain(own, readValue(value));
    else if (field === 3) this.counter(own, value);
    else if (field === 4) this.summary(own, value);
    else if (field === 7) this.histogram(own, value);
  }

  private plain(own: Own, value: number): void {
    this.samples.push({ ...own, value });
  }

  private counter(own: Own, cursor: Cursor): void {
    let value = 0;
    let exemplars: ParsedExemplar[] | undefined;
    let createdMs: number | undefined;
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === FIXED64) value = cursor.double();
      else {
        cursor.skip();
        if (cursor.field === 2 && cursor.wireType === LEN) exemplars = [readExemplar(inside(cursor))];
        else if (cursor.field === 3 && cursor.wireType === LEN) createdMs = readTimestampMs(inside(cursor));
      }
    }
    this.samples.push({ ...own, value, exemplars, createdMs });
  }

  private summary(own: Own, cursor: Cursor): void {
    let [count, sum] = [0, 0];
    let createdMs: number | undefined;
    const quantiles: [number, number][] = [];
    while (cursor.next()) {
      const { field, wireType } = cursor;
      if (field === 1 && wireType === VARINT) count = Number(cursor.uint64());
      else if (field === 2 && wireType === FIXED64) sum = cursor.double();
      else {
        cursor.skip();
        if (field === 3 && wireType === LEN) quantiles.push(readPair(inside(cursor)));
        else if (field === 4 && wireType === LEN) createdMs = readTimestampMs(inside(cursor));
      }
    }
    for (const [quantile, value] of quantiles) {
      this.samples.push({ ...own, labels: [...own.labels, ["quantile", decimalText(quantile)]], value, createdMs });
    }
    this.samples.push({ ...own, name: `${own.name}_sum`, value: sum, createdMs });
    this.samples.push({ ...own, name: `${own.name}_count`, value: count, createdMs });
  }

  private histogram(own: Own, cursor: Cursor): void {
    const read = readHistogram(cursor);
    const { createdMs } = read;
    const isNative = this.options.native && read.native !== undefined;
    if (isNative) {
      const exemplars =
        read.exemplars.length > 0 ? read.exemplars : read.buckets.flatMap(({ exemplar }) => exemplar ?? []);
      this.samples.push({ ...own, value: 0, histogram: read.native, exemplars, createdMs });
      if (!this.options.alwaysClassic || read.buckets.length === 0) return;
    }
    for (const { bound, count, exemplar } of read.buckets) {
      const exemplars = exemplar === undefined ? undefined : [exemplar];
      this.bucket(own, decimalText(bound), count, exemplars, createdMs);
    }
    if (read.buckets.at(-1)?.bound !== Number.POSITIVE_INFINITY)
      this.bucket(own, "+Inf", read.count, undefined, createdMs);
    this.samples.push({ ...own, name: `${own.name}_sum`, value: read.sum, createdMs });
    this.samples.push({ ...own, name: `${own.name}_count`, value: read.count, createdMs });
  }

  private bucket(
    own: Own,
    bound: string,
    value: number,
    exemplars: ParsedExemplar[] | undefined,
    createdMs: number | undefined,
  ): void {
    const labels: LabelPairs = [...own.labels, ["le", bound]];
    this.samples.push({ ...own, name: `${own.name}_bucket`, labels, value, exemplars, createdMs });
  }
}

interface Own {
  readonly name: string;
  readonly labels: LabelPairs;
  readonly timestampMs: number | undefined;
}
