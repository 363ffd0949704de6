import { type PrometheusFamily, type PrometheusLabels, type PrometheusSeries, Writer } from "@venturi/otlp";
import { writeHistogram } from "./histogram-record.js";
import { type EncodedRequest, RequestCounts } from "./write-request.js";

/** io.prometheus.write.v2.Metadata.MetricType */
const TYPE: Readonly<Record<PrometheusFamily["type"], number>> = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 5,
  info: 6,
  stateset: 7,
};

/**
 * Encodes series with their metadata as io.prometheus.write.v2.Request messages (remote write 2.0) of about `maxBytes`
 * each; every request has the symbols that it uses. A single series that is larger than that is a request of its own.
 */
export function encodeWriteRequestsV2(
  groups: readonly (readonly PrometheusSeries[])[],
  maxBytes: number,
): EncodedRequest[] {
  const requests: EncodedRequest[] = [];
  const builder = new RequestBuilder();
  for (const group of groups) {
    const estimate = builder.byteLength + builder.cost(group);
    if (builder.byteLength > 0 && estimate > maxBytes) requests.push(builder.take());
    builder.add(group);
  }
  if (builder.byteLength > 0) requests.push(builder.take());
  return requests;
}

/** Bytes of a sample besides its labels. */
const SAMPLE_BYTES = 24;

class RequestBuilder {
  private readonly series = new Writer(64 * 1024);
  private readonly symbolRecords = new Writer(16 * 1024);
  private symbols = new Map<string, number>();
  private readonly counts = new RequestCounts();

  get byteLength(): number {
    return this.series.byteLength + this.symbolRecords.byteLength;
  }

  /** About how many bytes a series will add: what is not known as a symbol yet, and some for each reference and sample. */
  cost(group: readonly PrometheusSeries[]): number {
    let bytes = group.length * SAMPLE_BYTES;
    for (const [name, value] of (group[0] as PrometheusSeries).labels) {
      bytes += 4 + (this.symbols.has(name) ? 0 : name.length) + (this.symbols.has(value) ? 0 : value.length);
    }
    for (const { histogram, exemplars } of group) {
      bytes += (exemplars?.length ?? 0) * 64;
      if (histogram !== undefined)
        bytes += 64 + histogram.positiveBuckets.length * 2 + histogram.negativeBuckets.length * 2;
    }
    return bytes;
  }

  add(group: readonly PrometheusSeries[]): void {
    const { series } = this;
    // The first symbol is the empty one, by the protocol.
    if (this.symbols.size === 0) this.symbol("");
    const { labels, family } = group[0] as PrometheusSeries;
    const start = series.open(5);
    this.references(labels);
    for (const sample of group) if (sample.histogram === undefined) this.sample(sample);
    for (const sample of group) if (sample.histogram !== undefined) this.histogram(sample);
    for (const sample of group) this.exemplars(sample);
    const metadata = series.open(5);
    series.uint32Field(1, TYPE[family.type]);
    series.uint32Field(3, this.symbol(family.help));
    series.uint32Field(4, this.symbol(family.unit));
    series.close(metadata);
    series.close(start);
    this.counts.add(group);
  }

  take(): EncodedRequest {
    const body = Buffer.concat([this.symbolRecords.finish(), this.series.finish()]);
    this.symbolRecords.reset();
    this.series.reset();
    this.symbols = new Map();
    return this.counts.take(body);
  }

  private sample({ value, timestampMs, startTimestampMs }: PrometheusSeries): void {
    const { series } = this;
    const start = series.open(2);
    series.doubleField(1, value);
    series.int64Field(2, BigInt(timestampMs));
    if (startTimestampMs > 0) series.int64Field(3, BigInt(startTimestampMs));
    series.close(start);
  }

  private histogram({ histogram, timestampMs, startTimestampMs }: PrometheusSeries): void {
    if (histogram === undefined) return;
    const { series } = this;
    const start = series.open(3);
    writeHistogram(series, histogram, timestampMs);
    if (startTimestampMs > 0) series.int64Field(17, BigInt(startTimestampMs));
    series.close(start);
  }

  private exemplars({ exemplars }: PrometheusSeries): void {
    const { series } = this;
    for (const { labels, value, timestampMs } of exemplars ?? []) {
      const start = series.open(4);
      this.references(labels);
      series.doubleField(2, value);
      series.int64Field(3, BigInt(timestampMs));
      series.close(start);
    }
  }

  /** Labels as numbers of symbols, name and value in turns. */
  private references(labels: PrometheusLabels): void {
    const { series } = this;
    const start = series.open(1);
    for (const [name, value] of labels) {
      series.varint(this.symbol(name));
      series.varint(this.symbol(value));
    }
    series.close(start);
  }

  private symbol(text: string): number {
    let number = this.symbols.get(text);
    if (number === undefined) {
      number = this.symbols.size;
      this.symbols.set(text, number);
      this.symbolRecords.stringField(4, text);
    }
    return number;
  }
}
