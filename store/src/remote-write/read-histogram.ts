import { Cursor, LEN, staleNaN } from "@venturi/otlp";
import type { CounterResetHint, FloatHistogram, Span } from "@venturi/promql";

export interface HistogramSample {
  readonly timestampMs: number;
  readonly histogram: FloatHistogram;
  /** Whether the sender counted whole observations. */
  readonly isInteger: boolean;
}

/** prometheus.Histogram.ResetHint by number: unknown, reset, none, gauge. */
const hints: readonly CounterResetHint[] = [0, 1, 2, 3];

/**
 * A `prometheus.Histogram` of remote write: integer histograms carry their buckets as differences, float ones as counts.
 * @throws {MalformedOtlpError} when the bytes are not protobuf
 */
export function readHistogram(bytes: Uint8Array): HistogramSample {
  const cursor = new Cursor(bytes);
  const positive = new Buckets();
  const negative = new Buckets();
  const customValues: number[] = [];
  let timestampMs = 0;
  let schema = 0;
  let zeroThreshold = 0;
  let zeroCount = 0;
  let count = 0;
  let isInteger = false;
  let sum = 0;
  let counterResetHint: CounterResetHint = 0;
  while (cursor.next()) {
    switch (cursor.field) {
      case 1:
        count = Number(cursor.uint64());
        isInteger = true;
        break;
      case 2:
        count = cursor.double();
        break;
      case 3:
        sum = readSum(cursor, bytes);
        break;
      case 4:
        schema = cursor.sint32();
        break;
      case 5:
        zeroThreshold = cursor.double();
        break;
      case 6:
        zeroCount = Number(cursor.uint64());
        break;
      case 7:
        zeroCount = cursor.double();
        break;
      case 8:
        negative.spans.push(readSpan(cursor.subarray()));
        break;
      case 9:
        readDeltas(cursor, negative);
        break;
      case 10:
        readDoubles(cursor, negative.counts);
        break;
      case 11:
        positive.spans.push(readSpan(cursor.subarray()));
        break;
      case 12:
        readDeltas(cursor, positive);
        break;
      case 13:
        readDoubles(cursor, positive.counts);
        break;
      case 14:
        counterResetHint = hints[cursor.uint32()] ?? 0;
        break;
      case 15:
        timestampMs = Number(BigInt.asIntN(64, cursor.uint64()));
        break;
      case 16:
        readDoubles(cursor, customValues);
        break;
      default:
        cursor.skip();
    }
  }
  const histogram: FloatHistogram = {
    schema,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    positiveSpans: positive.spans,
    negativeSpans: negative.spans,
    positiveBuckets: Float64Array.from(positive.counts),
    negativeBuckets: Float64Array.from(negative.counts),
    counterResetHint,
    ...(customValues.length > 0 ? { customValues: Float64Array.from(customValues) } : {}),
  };
  return { timestampMs, histogram, isInteger };
}

class Buckets {
  readonly spans: Span[] = [];
  readonly counts: number[] = [];
  /** The count before, to which the next difference is added. */
  last = 0;
}

/** The staleness marker is told by its bits, before it becomes a JavaScript number. */
function readSum(cursor: Cursor, bytes: Uint8Array): number {
  const at = cursor.offset;
  const sum = cursor.double();
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  const isStale = view.getUint32(0, true) === 2 && view.getUint32(4, true) === 0x7ff00000;
  return isStale ? staleNaN : sum;
}

function readSpan(bytes: Uint8Array): Span {
  const cursor = new Cursor(bytes);
  let offset = 0;
  let length = 0;
  while (cursor.next()) {
    if (cursor.field === 1) offset = cursor.sint32();
    else if (cursor.field === 2) length = cursor.uint32();
    else cursor.skip();
  }
  return { offset, length };
}

/** Zigzag varints of 64 bits, packed or one by one. */
function readDeltas(cursor: Cursor, buckets: Buckets): void {
  const add = (zigzag: bigint): void => {
    const delta = Number((zigzag >> 1n) ^ -(zigzag & 1n));
    buckets.last += delta;
    buckets.counts.push(buckets.last);
  };
  if (cursor.wireType !== LEN) {
    add(cursor.uint64());
    return;
  }
  cursor.lengthDelimited();
  const packed = new Cursor(cursor.bytes, cursor.valueStart, cursor.valueEnd);
  while (packed.offset < cursor.valueEnd) add(packed.uint64());
}

function readDoubles(cursor: Cursor, into: number[]): void {
  if (cursor.wireType !== LEN) {
    into.push(cursor.double());
    return;
  }
  const bytes = cursor.subarray();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; at += 8) into.push(view.getFloat64(at, true));
}
