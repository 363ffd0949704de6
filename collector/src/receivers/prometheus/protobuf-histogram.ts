import { type Cursor, FIXED64, LEN, type PrometheusHistogram, type PrometheusSpan, VARINT } from "@venturi/otlp";
import { ExpositionError, type ParsedExemplar } from "./exposition.js";
import { inside, readExemplar, readTimestampMs } from "./protobuf-fields.js";

interface Bucket {
  readonly bound: number;
  readonly count: number;
  readonly exemplar: ParsedExemplar | undefined;
}

export interface ReadHistogram {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly Bucket[];
  readonly native: PrometheusHistogram | undefined;
  readonly exemplars: ParsedExemplar[];
  readonly createdMs: number | undefined;
}

/** Reads an io.prometheus.client.Histogram. @throws ExpositionError when spans and counts do not fit. */
export function readHistogram(cursor: Cursor): ReadHistogram {
  let [count, sum, schema, zeroThreshold, zeroCount] = [0, 0, 0, 0, 0];
  let createdMs: number | undefined;
  const buckets: Bucket[] = [];
  const exemplars: ParsedExemplar[] = [];
  const negative = new Side();
  const positive = new Side();
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 1 && wireType === VARINT) count = Number(cursor.uint64());
    else if (field === 2 && wireType === FIXED64) sum = cursor.double();
    else if (field === 4 && wireType === FIXED64) count = cursor.double() || count;
    else if (field === 5 && wireType === VARINT) schema = cursor.sint32();
    else if (field === 6 && wireType === FIXED64) zeroThreshold = cursor.double();
    else if (field === 7 && wireType === VARINT) zeroCount = Number(cursor.uint64());
    else if (field === 8 && wireType === FIXED64) zeroCount = cursor.double() || zeroCount;
    else if (field >= 9 && field <= 11) negative.read(field - 9, cursor);
    else if (field >= 12 && field <= 14) positive.read(field - 12, cursor);
    else {
      cursor.skip();
      if (wireType !== LEN) continue;
      if (field === 3) buckets.push(readBucket(inside(cursor)));
      else if (field === 15) createdMs = readTimestampMs(inside(cursor));
      else if (field === 16) exemplars.push(readExemplar(inside(cursor)));
    }
  }
  const isNative = zeroThreshold > 0 || zeroCount > 0 || positive.spans.length > 0 || negative.spans.length > 0;
  const native: PrometheusHistogram | undefined = isNative
    ? {
        schema,
        zeroThreshold,
        zeroCount,
        count,
        sum,
        positiveSpans: positive.spans,
        negativeSpans: negative.spans,
        positiveBuckets: positive.counts(),
        negativeBuckets: negative.counts(),
        counterResetHint: 0,
      }
    : undefined;
  return { count, sum, buckets, native, exemplars, createdMs };
}

/** One side of a native histogram: spans, and differences (integers) or counts (floats). */
class Side {
  readonly spans: PrometheusSpan[] = [];
  private readonly values: number[] = [];

  /** `kind` 0: span, 1: packed or single differences, 2: packed or single counts. */
  read(kind: number, cursor: Cursor): void {
    const { wireType } = cursor;
    if (kind === 1 && wireType === VARINT) this.addDelta(cursor);
    else if (kind === 2 && wireType === FIXED64) this.values.push(cursor.double());
    else {
      cursor.skip();
      if (wireType !== LEN) return;
      const inner = inside(cursor);
      if (kind === 0) this.spans.push(readSpan(inner));
      while (kind === 1 && inner.offset < inner.end) this.addDelta(inner);
      while (kind === 2 && inner.offset < inner.end) this.values.push(inner.double());
    }
  }

  /** @throws ExpositionError when spans and counts do not fit. */
  counts(): Float64Array {
    const length = this.spans.reduce((sum, span) => sum + span.length, 0);
    if (length !== this.values.length) {
      throw new ExpositionError(
        `spans of a native histogram have ${length} buckets, but there are ${this.values.length}`,
      );
    }
    return Float64Array.from(this.values);
  }

  private addDelta(cursor: Cursor): void {
    const raw = cursor.uint64();
    const delta = Number((raw >> 1n) ^ -(raw & 1n));
    this.values.push((this.values.at(-1) ?? 0) + delta);
  }
}

function readSpan(cursor: Cursor): PrometheusSpan {
  let [offset, length] = [0, 0];
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === VARINT) offset = cursor.sint32();
    else if (cursor.field === 2 && cursor.wireType === VARINT) length = cursor.uint32();
    else cursor.skip();
  }
  return { offset, length };
}

function readBucket(cursor: Cursor): Bucket {
  let [count, bound] = [0, 0];
  let exemplar: ParsedExemplar | undefined;
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 1 && wireType === VARINT) count = Number(cursor.uint64());
    else if (field === 2 && wireType === FIXED64) bound = cursor.double();
    else if (field === 4 && wireType === FIXED64) count = cursor.double() || count;
    else {
      cursor.skip();
      if (field === 3 && wireType === LEN) exemplar = readExemplar(inside(cursor));
    }
  }
  return { bound, count, exemplar };
}
