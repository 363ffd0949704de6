import { type PrometheusFamily, type PrometheusLabels, type PrometheusSeries, Writer } from "@venturi/otlp";
import { writeHistogram } from "./histogram-record.js";

/** A request, ready to be compressed, and what is in it. */
export interface EncodedRequest {
  readonly body: Uint8Array;
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** prometheus.MetricMetadata.MetricType */
const TYPE: Readonly<Record<PrometheusFamily["type"], number>> = {
  unknown: 0,
  counter: 1,
  gauge: 2,
  histogram: 3,
  summary: 5,
  info: 6,
  stateset: 7,
};

/** Counts what goes into a request. */
export class RequestCounts {
  samples = 0;
  histograms = 0;
  exemplars = 0;

  add(group: readonly PrometheusSeries[]): void {
    for (const { histogram, exemplars } of group) {
      if (histogram === undefined) this.samples++;
      else this.histograms++;
      this.exemplars += exemplars?.length ?? 0;
    }
  }

  take(body: Uint8Array): EncodedRequest {
    const { samples, histograms, exemplars } = this;
    this.samples = this.histograms = this.exemplars = 0;
    return { body, samples, histograms, exemplars };
  }
}

/**
 * Encodes series, and metadata when given, as prometheus.WriteRequest messages (remote write 1.0) of at most `maxBytes`
 * each. A single series that is larger than that is a request of its own.
 */
export function encodeWriteRequests(
  groups: readonly (readonly PrometheusSeries[])[],
  families: readonly PrometheusFamily[],
  maxBytes: number,
): EncodedRequest[] {
  const requests: EncodedRequest[] = [];
  const writer = new Writer(64 * 1024);
  const record = new Writer(1024);
  const counts = new RequestCounts();
  const flush = (): void => {
    if (writer.byteLength > 0) requests.push(counts.take(writer.finish()));
    writer.reset();
  };
  const add = (field: number): void => {
    if (writer.byteLength + record.byteLength + 6 > maxBytes) flush();
    writer.bytesField(field, record.finish());
  };
  for (const group of groups) {
    record.reset();
    writeSeries(record, group);
    add(1);
    counts.add(group);
  }
  // Metadata has requests of its own, as in the Collector: a destination may take one and not the other.
  flush();
  for (const family of families) {
    record.reset();
    writeMetadata(record, family);
    add(3);
  }
  flush();
  return requests;
}

function writeSeries(writer: Writer, group: readonly PrometheusSeries[]): void {
  writeLabels(writer, (group[0] as PrometheusSeries).labels);
  for (const { histogram, value, timestampMs } of group) {
    if (histogram !== undefined) continue;
    const start = writer.open(2);
    writer.doubleField(1, value);
    writer.int64Field(2, BigInt(timestampMs));
    writer.close(start);
  }
  for (const { exemplars } of group) {
    for (const exemplar of exemplars ?? []) {
      const start = writer.open(3);
      writeLabels(writer, exemplar.labels);
      writer.doubleField(2, exemplar.value);
      writer.int64Field(3, BigInt(exemplar.timestampMs));
      writer.close(start);
    }
  }
  for (const { histogram, timestampMs } of group) {
    if (histogram === undefined) continue;
    const start = writer.open(4);
    writeHistogram(writer, histogram, timestampMs);
    writer.close(start);
  }
}

function writeLabels(writer: Writer, labels: PrometheusLabels): void {
  for (const [name, value] of labels) {
    const start = writer.open(1);
    writer.stringField(1, name);
    writer.stringField(2, value);
    writer.close(start);
  }
}

function writeMetadata(writer: Writer, family: PrometheusFamily): void {
  writer.uint32Field(1, TYPE[family.type]);
  writer.stringField(2, family.name);
  writer.stringField(4, family.help);
  writer.stringField(5, family.unit);
}
