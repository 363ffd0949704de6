import { Writer } from "@venturi/otlp";
import type { FloatHistogram, Span } from "@venturi/promql";
import { type Escaping, escapedName } from "./names.js";
import { classicBuckets, type Family, type NewestSample } from "./newest-samples.js";

/** `io.prometheus.client.MetricType`. */
const typeNumbers: Readonly<Record<Family["type"], number>> = { untyped: 3, histogram: 4, gauge_histogram: 5 };

/** One family as a length and an `io.prometheus.client.MetricFamily` message. */
export function familyBytes({ name, type, samples }: Family, escaping: Escaping): Uint8Array {
  const message = new Writer();
  message.stringField(1, escapedName(name, escaping));
  message.uint32Field(3, typeNumbers[type]);
  for (const sample of samples) {
    const start = message.open(4);
    writeMetric(message, sample, escaping);
    message.close(start);
  }
  const bytes = message.finish();
  const delimited = new Writer(bytes.length + 5);
  delimited.varint(bytes.length);
  delimited.raw(bytes);
  return delimited.finish();
}

function writeMetric(
  message: Writer,
  { labels, value, histogram, timestampMs }: NewestSample,
  escaping: Escaping,
): void {
  for (const [name, text] of labels) {
    const start = message.open(1);
    message.stringField(1, escapedName(name, escaping));
    message.stringField(2, text);
    message.close(start);
  }
  if (histogram === undefined) {
    const start = message.open(5);
    message.doubleField(1, value);
    message.close(start);
  }
  message.int64Field(6, BigInt(timestampMs));
  if (histogram === undefined) return;
  const start = message.open(7);
  writeHistogram(message, histogram);
  message.close(start);
}

function writeHistogram(message: Writer, histogram: FloatHistogram): void {
  const buckets = classicBuckets(histogram);
  message.doubleField(2, histogram.sum);
  for (const [bound, cumulative] of buckets ?? []) {
    const start = message.open(3);
    message.doubleField(2, bound);
    message.doubleField(4, cumulative);
    message.close(start);
  }
  message.doubleField(4, histogram.count);
  if (buckets !== undefined) return;
  message.sint32Field(5, histogram.schema);
  message.doubleField(6, histogram.zeroThreshold);
  message.doubleField(8, histogram.zeroCount);
  writeSpans(message, 9, histogram.negativeSpans);
  for (const count of histogram.negativeBuckets) message.doubleField(11, count);
  writeSpans(message, 12, histogram.positiveSpans);
  for (const count of histogram.positiveBuckets) message.doubleField(14, count);
}

function writeSpans(message: Writer, field: number, spans: readonly Span[]): void {
  for (const { offset, length } of spans) {
    const start = message.open(field);
    message.sint32Field(1, offset);
    message.uint32Field(2, length);
    message.close(start);
  }
}
