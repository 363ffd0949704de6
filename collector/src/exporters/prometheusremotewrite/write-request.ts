import { type PrometheusFamily, type PrometheusLabels, type PrometheusSeries, Writer } from "@venturi/otlp";

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

/**
 * Encodes series, and metadata when given, as prometheus.WriteRequest messages (remote write 1.0) of at most `maxBytes`
 * each. A single series that is larger than that is a request of its own.
 */
export function encodeWriteRequests(
  series: readonly PrometheusSeries[],
  families: readonly PrometheusFamily[],
  maxBytes: number,
): Uint8Array[] {
  const requests: Uint8Array[] = [];
  const writer = new Writer(64 * 1024);
  const add = (field: number, record: Uint8Array): void => {
    if (writer.byteLength > 0 && writer.byteLength + record.length + 6 > maxBytes) {
      requests.push(writer.finish());
      writer.reset();
    }
    writer.bytesField(field, record);
  };
  for (const one of series) add(1, encodeSeries(one));
  for (const family of families) add(3, encodeMetadata(family));
  if (writer.byteLength > 0) requests.push(writer.finish());
  return requests;
}

const record = new Writer(1024);
const inner = new Writer(256);

function encodeSeries(series: PrometheusSeries): Uint8Array {
  record.reset();
  encodeLabels(series.labels, record, inner);
  inner.reset();
  inner.doubleField(1, series.value);
  inner.int64Field(2, BigInt(series.timestampMs));
  record.bytesField(2, inner.finish());
  for (const exemplar of series.exemplars ?? []) {
    const body = new Writer(128);
    encodeLabels(exemplar.labels, body, inner);
    body.doubleField(2, exemplar.value);
    body.int64Field(3, BigInt(exemplar.timestampMs));
    record.bytesField(3, body.finish());
  }
  return record.finish();
}

function encodeLabels(labels: PrometheusLabels, into: Writer, scratch: Writer): void {
  for (const [name, value] of labels) {
    scratch.reset();
    scratch.stringField(1, name);
    scratch.stringField(2, value);
    into.bytesField(1, scratch.finish());
  }
}

function encodeMetadata(family: PrometheusFamily): Uint8Array {
  record.reset();
  record.uint32Field(1, TYPE[family.type]);
  record.stringField(2, family.name);
  record.stringField(4, family.help);
  record.stringField(5, family.unit);
  return record.finish();
}
