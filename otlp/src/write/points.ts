import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  NumberPoint,
  SummaryPoint,
} from "../model/metric.js";
import type { Writer } from "../wire/writer.js";
import { writeAttributes } from "./attributes.js";

/** The data point messages of opentelemetry.proto.metrics.v1. Each writes the inside of the message. */

export function writeNumberPoint(writer: Writer, point: NumberPoint): void {
  writeTimes(writer, point);
  // A point that says that it has no value has none: a zero there would be one.
  if (((point.flags ?? 0) & 1) === 0 || point.value !== 0) writeValue(writer, point.value, 4, 6);
  writeExemplars(writer, 5, point.exemplars);
  writeAttributes(writer, 7, point.attributes);
  if (point.flags) writer.uint32Field(8, point.flags);
}

export function writeHistogramPoint(writer: Writer, point: HistogramPoint): void {
  writeTimes(writer, point);
  writer.fixed64Field(4, BigInt(point.count));
  if (point.sum !== undefined) writer.doubleField(5, point.sum);
  if (point.bucketCounts.length > 0) {
    const start = writer.open(6);
    for (const count of point.bucketCounts) writeCount(writer, count);
    writer.close(start);
  }
  if (point.explicitBounds.length > 0) {
    const start = writer.open(7);
    for (const bound of point.explicitBounds) writer.double(bound);
    writer.close(start);
  }
  writeExemplars(writer, 8, point.exemplars);
  writeAttributes(writer, 9, point.attributes);
  if (point.flags) writer.uint32Field(10, point.flags);
  if (point.min !== undefined) writer.doubleField(11, point.min);
  if (point.max !== undefined) writer.doubleField(12, point.max);
}

export function writeExponentialPoint(writer: Writer, point: ExponentialHistogramPoint): void {
  writeAttributes(writer, 1, point.attributes);
  writeTimes(writer, point);
  writer.fixed64Field(4, BigInt(point.count));
  if (point.sum !== undefined) writer.doubleField(5, point.sum);
  writer.sint32Field(6, point.scale);
  writer.fixed64Field(7, BigInt(point.zeroCount));
  writeBuckets(writer, 8, point.positive);
  writeBuckets(writer, 9, point.negative);
  if (point.flags) writer.uint32Field(10, point.flags);
  writeExemplars(writer, 11, point.exemplars);
  if (point.min !== undefined) writer.doubleField(12, point.min);
  if (point.max !== undefined) writer.doubleField(13, point.max);
  if (point.zeroThreshold !== 0) writer.doubleField(14, point.zeroThreshold);
}

export function writeSummaryPoint(writer: Writer, point: SummaryPoint): void {
  writeTimes(writer, point);
  writer.fixed64Field(4, BigInt(point.count));
  writer.doubleField(5, point.sum);
  for (const { quantile, value } of point.quantiles) {
    const start = writer.open(6);
    writer.doubleField(1, quantile);
    writer.doubleField(2, value);
    writer.close(start);
  }
  writeAttributes(writer, 7, point.attributes);
  if (point.flags) writer.uint32Field(8, point.flags);
}

function writeTimes(
  writer: Writer,
  point: { readonly startTimeUnixNano?: bigint; readonly timeUnixNano: bigint },
): void {
  if (point.startTimeUnixNano) writer.fixed64Field(2, point.startTimeUnixNano);
  writer.fixed64Field(3, point.timeUnixNano);
}

function writeValue(writer: Writer, value: number | bigint, doubleField: number, intField: number): void {
  if (typeof value === "bigint") writer.fixed64Field(intField, value);
  else writer.doubleField(doubleField, value);
}

function writeExemplars(writer: Writer, field: number, exemplars: readonly Exemplar[] | undefined): void {
  if (exemplars === undefined) return;
  for (const exemplar of exemplars) {
    const start = writer.open(field);
    writer.fixed64Field(2, exemplar.timeUnixNano);
    writeValue(writer, exemplar.value, 3, 6);
    if (exemplar.spanId) writer.bytesField(4, Buffer.from(exemplar.spanId, "hex"));
    if (exemplar.traceId) writer.bytesField(5, Buffer.from(exemplar.traceId, "hex"));
    if (exemplar.filteredAttributes) writeAttributes(writer, 7, exemplar.filteredAttributes);
    writer.close(start);
  }
}

function writeBuckets(writer: Writer, field: number, buckets: ExponentialBuckets): void {
  const start = writer.open(field);
  writer.sint32Field(1, buckets.offset);
  const counts = writer.open(2);
  for (const count of buckets.bucketCounts) writer.varint64(BigInt(count));
  writer.close(counts);
  writer.close(start);
}

function writeCount(writer: Writer, count: number | bigint): void {
  if (typeof count === "number" && count < 0x1_0000_0000) {
    writer.fixed32(count);
    writer.fixed32(0);
  } else writer.fixed64(BigInt(count));
}
