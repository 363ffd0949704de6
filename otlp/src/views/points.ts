import type {
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogramPoint,
  HistogramPoint,
  NumberPoint,
  SummaryPoint,
} from "../model/metric.js";
import { Cursor, exactInteger, FIXED64, LEN, VARINT } from "../wire/cursor.js";
import { idToHex } from "../wire/hex.js";
import { decodeKeyValues } from "./any-value.js";

/** Objects under construction: the model's interfaces without readonly, absent values undefined until they are found. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };

export function decodeNumberPoint(bytes: Uint8Array, start: number, end: number): NumberPoint {
  const point: Draft<NumberPoint> = {
    attributes: decodeKeyValues(bytes, start, end, 7),
    startTimeUnixNano: 0n,
    timeUnixNano: 0n,
    value: 0,
    flags: 0,
  };
  const exemplars: Exemplar[] = [];
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 4 && wireType === FIXED64) point.value = cursor.double();
    else if (field === 6 && wireType === FIXED64) point.value = BigInt.asIntN(64, cursor.fixed64());
    else if (field === 5 && wireType === LEN) exemplars.push(decodeExemplar(cursor));
    else if (field === 8 && wireType === VARINT) point.flags = cursor.uint32();
    else if (!readTimes(point, cursor)) cursor.skip();
  }
  if (exemplars.length > 0) point.exemplars = exemplars;
  return point;
}

export function decodeHistogramPoint(bytes: Uint8Array, start: number, end: number): HistogramPoint {
  const bounds: number[] = [];
  const counts: (number | bigint)[] = [];
  const exemplars: Exemplar[] = [];
  const point: Draft<HistogramPoint> = {
    attributes: decodeKeyValues(bytes, start, end, 9),
    startTimeUnixNano: 0n,
    timeUnixNano: 0n,
    count: 0,
    explicitBounds: bounds,
    bucketCounts: counts,
    flags: 0,
  };
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 6) readPacked(cursor, counts, readCount);
    else if (field === 7) readPacked(cursor, bounds, readDouble);
    else if (field === 8 && wireType === LEN) exemplars.push(decodeExemplar(cursor));
    else if (field === 10 && wireType === VARINT) point.flags = cursor.uint32();
    else if (wireType !== FIXED64) cursor.skip();
    else if (field === 4) point.count = readCount(cursor);
    else if (field === 5) point.sum = cursor.double();
    else if (field === 11) point.min = cursor.double();
    else if (field === 12) point.max = cursor.double();
    else if (!readTimes(point, cursor)) cursor.skip();
  }
  if (exemplars.length > 0) point.exemplars = exemplars;
  return point;
}

export function decodeExponentialPoint(bytes: Uint8Array, start: number, end: number): ExponentialHistogramPoint {
  const exemplars: Exemplar[] = [];
  const point: Draft<ExponentialHistogramPoint> = {
    attributes: decodeKeyValues(bytes, start, end, 1),
    startTimeUnixNano: 0n,
    timeUnixNano: 0n,
    count: 0,
    scale: 0,
    zeroCount: 0,
    zeroThreshold: 0,
    positive: { offset: 0, bucketCounts: [] },
    negative: { offset: 0, bucketCounts: [] },
    flags: 0,
  };
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 6 && wireType === VARINT) point.scale = cursor.sint32();
    else if (field === 8 && wireType === LEN) point.positive = decodeBuckets(cursor);
    else if (field === 9 && wireType === LEN) point.negative = decodeBuckets(cursor);
    else if (field === 10 && wireType === VARINT) point.flags = cursor.uint32();
    else if (field === 11 && wireType === LEN) exemplars.push(decodeExemplar(cursor));
    else if (wireType !== FIXED64) cursor.skip();
    else if (field === 4) point.count = readCount(cursor);
    else if (field === 5) point.sum = cursor.double();
    else if (field === 7) point.zeroCount = readCount(cursor);
    else if (field === 12) point.min = cursor.double();
    else if (field === 13) point.max = cursor.double();
    else if (field === 14) point.zeroThreshold = cursor.double();
    else if (!readTimes(point, cursor)) cursor.skip();
  }
  if (exemplars.length > 0) point.exemplars = exemplars;
  return point;
}

export function decodeSummaryPoint(bytes: Uint8Array, start: number, end: number): SummaryPoint {
  const quantiles: { quantile: number; value: number }[] = [];
  const point: Draft<SummaryPoint> = {
    attributes: decodeKeyValues(bytes, start, end, 7),
    startTimeUnixNano: 0n,
    timeUnixNano: 0n,
    count: 0,
    sum: 0,
    quantiles,
    flags: 0,
  };
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 6 && wireType === LEN) quantiles.push(decodeQuantile(cursor));
    else if (field === 8 && wireType === VARINT) point.flags = cursor.uint32();
    else if (wireType !== FIXED64) cursor.skip();
    else if (field === 4) point.count = readCount(cursor);
    else if (field === 5) point.sum = cursor.double();
    else if (!readTimes(point, cursor)) cursor.skip();
  }
  return point;
}

function decodeQuantile(outer: Cursor): { quantile: number; value: number } {
  const result = { quantile: 0, value: 0 };
  const cursor = inside(outer);
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === FIXED64) result.quantile = cursor.double();
    else if (cursor.field === 2 && cursor.wireType === FIXED64) result.value = cursor.double();
    else cursor.skip();
  }
  return result;
}

function decodeExemplar(outer: Cursor): Exemplar {
  const cursor = inside(outer);
  const { bytes } = cursor;
  const exemplar: Draft<Exemplar> = {
    timeUnixNano: 0n,
    value: 0,
    traceId: "",
    spanId: "",
    filteredAttributes: decodeKeyValues(bytes, cursor.offset, cursor.end, 7),
  };
  while (cursor.next()) {
    const { field, wireType } = cursor;
    if (field === 2 && wireType === FIXED64) exemplar.timeUnixNano = cursor.fixed64();
    else if (field === 3 && wireType === FIXED64) exemplar.value = cursor.double();
    else if (field === 6 && wireType === FIXED64) exemplar.value = BigInt.asIntN(64, cursor.fixed64());
    else {
      cursor.skip();
      if (field === 4 && wireType === LEN) exemplar.spanId = idToHex(bytes, cursor.valueStart, cursor.valueEnd);
      else if (field === 5 && wireType === LEN) exemplar.traceId = idToHex(bytes, cursor.valueStart, cursor.valueEnd);
    }
  }
  return exemplar;
}

function decodeBuckets(outer: Cursor): ExponentialBuckets {
  const bucketCounts: (number | bigint)[] = [];
  let offset = 0;
  const cursor = inside(outer);
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === VARINT) offset = cursor.sint32();
    else if (cursor.field === 2) readPacked(cursor, bucketCounts, (packed) => exactInteger(packed.uint64()));
    else cursor.skip();
  }
  return { offset, bucketCounts };
}

/** All four kinds of points keep their times in fields 2 and 3. */
function readTimes(point: { startTimeUnixNano?: bigint; timeUnixNano: bigint }, cursor: Cursor): boolean {
  if (cursor.wireType !== FIXED64) return false;
  if (cursor.field === 2) point.startTimeUnixNano = cursor.fixed64();
  else if (cursor.field === 3) point.timeUnixNano = cursor.fixed64();
  else return false;
  return true;
}

/** A repeated scalar comes packed into one record or as a record each; protobuf readers take both. */
function readPacked<T>(cursor: Cursor, list: T[], read: (cursor: Cursor) => T): void {
  if (cursor.wireType !== LEN) {
    list.push(read(cursor));
    return;
  }
  const packed = inside(cursor);
  while (packed.offset < packed.end) list.push(read(packed));
}

function readCount(cursor: Cursor): number | bigint {
  return exactInteger(cursor.fixed64());
}

function readDouble(cursor: Cursor): number {
  return cursor.double();
}

function inside(cursor: Cursor): Cursor {
  cursor.lengthDelimited();
  return new Cursor(cursor.bytes, cursor.valueStart, cursor.valueEnd);
}
