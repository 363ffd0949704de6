import { isStaleNaN, type PrometheusHistogram, type PrometheusSpan, type Writer } from "@venturi/otlp";

/** Prometheus' stale marker as the integer that the counts of a stale histogram hold. */
const STALE_BITS = 0x7ff0_0000_0000_0002n;

/** Writes the inside of a Histogram message; it is the same in both versions of remote write. */
export function writeHistogram(writer: Writer, histogram: PrometheusHistogram, timestampMs: number): void {
  const isStale = isStaleNaN(histogram.sum);
  writer.int64Field(1, isStale ? STALE_BITS : BigInt(Math.trunc(histogram.count)));
  writer.doubleField(3, histogram.sum);
  writer.sint32Field(4, histogram.schema);
  writer.doubleField(5, histogram.zeroThreshold);
  writer.int64Field(6, BigInt(Math.trunc(histogram.zeroCount)));
  writeSpans(writer, 8, histogram.negativeSpans);
  writeDeltas(writer, 9, histogram.negativeBuckets);
  writeSpans(writer, 11, histogram.positiveSpans);
  writeDeltas(writer, 12, histogram.positiveBuckets);
  if (histogram.counterResetHint !== 0) writer.uint32Field(14, histogram.counterResetHint);
  writer.int64Field(15, BigInt(timestampMs));
  const { customValues } = histogram;
  if (customValues === undefined || customValues.length === 0) return;
  const start = writer.open(16);
  for (const bound of customValues) writer.double(bound);
  writer.close(start);
}

function writeSpans(writer: Writer, field: number, spans: readonly PrometheusSpan[]): void {
  for (const { offset, length } of spans) {
    const start = writer.open(field);
    writer.sint32Field(1, offset);
    writer.uint32Field(2, length);
    writer.close(start);
  }
}

/** Each count as the difference to the one before it, zigzag. */
function writeDeltas(writer: Writer, field: number, counts: Float64Array): void {
  if (counts.length === 0) return;
  const start = writer.open(field);
  let previous = 0;
  for (const count of counts) {
    const delta = BigInt(Math.trunc(count) - previous);
    writer.varint64((delta << 1n) ^ (delta >> 63n));
    previous = Math.trunc(count);
  }
  writer.close(start);
}
