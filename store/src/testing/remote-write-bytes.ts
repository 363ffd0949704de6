import { Writer } from "@venturi/otlp";
import { compress } from "snappyjs";

export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [timestampMs: number, value: number])[];
  readonly exemplars?: readonly { labels: Record<string, string>; value: number; timestampMs: number }[];
  /** Encoded prometheus.Histogram messages. */
  readonly histograms?: readonly Uint8Array[];
}

export interface TestMetadata {
  /** prometheus.MetricMetadata.MetricType by number: 1 counter, 2 gauge. */
  readonly type: number;
  readonly name: string;
  readonly help: string;
}

/** A remote-write 1.0 request as Prometheus' protobuf defines it, not yet compressed. */
export function writeRequestBytes(series: readonly TestSeries[], metadata: readonly TestMetadata[] = []): Uint8Array {
  const request = new Writer();
  for (const one of series) request.bytesField(1, seriesBytes(one));
  for (const { type, name, help } of metadata) {
    const message = new Writer();
    message.uint32Field(1, type);
    message.stringField(2, name);
    message.stringField(4, help);
    request.bytesField(3, message.finish());
  }
  return request.finish();
}

function seriesBytes(series: TestSeries): Uint8Array {
  const message = new Writer();
  for (const [name, value] of Object.entries(series.labels)) message.bytesField(1, labelBytes(name, value));
  for (const [timestampMs, value] of series.samples) {
    const sample = new Writer();
    sample.doubleField(1, value);
    sample.int64Field(2, BigInt(timestampMs));
    message.bytesField(2, sample.finish());
  }
  for (const exemplar of series.exemplars ?? []) {
    const inner = new Writer();
    for (const [name, value] of Object.entries(exemplar.labels)) inner.bytesField(1, labelBytes(name, value));
    inner.doubleField(2, exemplar.value);
    inner.int64Field(3, BigInt(exemplar.timestampMs));
    message.bytesField(3, inner.finish());
  }
  for (const histogram of series.histograms ?? []) message.bytesField(4, histogram);
  return message.finish();
}

function labelBytes(name: string, value: string): Uint8Array {
  const label = new Writer();
  label.stringField(1, name);
  label.stringField(2, value);
  return label.finish();
}

export function postRemoteWrite(
  url: string,
  series: readonly TestSeries[],
  metadata: readonly TestMetadata[] = [],
): Promise<Response> {
  return postBytes(url, compress(writeRequestBytes(series, metadata)));
}

export function postBytes(url: string, body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/api/v1/write`, {
    method: "POST",
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
      ...headers,
    },
    body: new Uint8Array(body),
  });
}
