import { Cursor, FIXED64, LEN, readUint32, VARINT } from "../wire/cursor.js";
import { KeyBuffer } from "../wire/key-buffer.js";

const TWO_32 = 0x1_0000_0000;

/** A list of doubles that is refilled for every point. */
export class Doubles {
  values: Float64Array = new Float64Array(32);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index] as number;
  }

  /** A copy of exactly the values. */
  copy(): Float64Array {
    return this.values.slice(0, this.length);
  }
}

/** Dense exponential buckets: `counts[i]` is of bucket `offset + i`. */
export class BucketScan {
  offset = 0;
  readonly counts: Doubles = new Doubles();

  reset(): void {
    this.offset = 0;
    this.counts.length = 0;
  }
}

/** Field numbers of a kind of data point message; 0 where it has no such field. */
interface PointFields {
  readonly attributes: number;
  readonly flags: number;
  readonly exemplars: number;
}

export type PointKind = "number" | "histogram" | "exponentialHistogram" | "summary";

const FIELDS: Readonly<Record<PointKind, PointFields>> = {
  number: { attributes: 7, flags: 8, exemplars: 5 },
  histogram: { attributes: 9, flags: 10, exemplars: 8 },
  exponentialHistogram: { attributes: 1, flags: 10, exemplars: 11 },
  summary: { attributes: 7, flags: 8, exemplars: 0 },
};

/**
 * One data point of any kind, read from the wire into fields that the next point overwrites: no object per point.
 * Integers become doubles, as Prometheus has only those; times stay two words, so that they can be compared exactly.
 */
export class PointScan {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  kind: PointKind = "number";
  startHigh = 0;
  startLow = 0;
  timeHigh = 0;
  timeLow = 0;
  flags = 0;
  value = 0;
  count = 0;
  sum = 0;
  hasSum = false;
  scale = 0;
  zeroCount = 0;
  zeroThreshold = 0;
  readonly bounds: Doubles = new Doubles();
  readonly counts: Doubles = new Doubles();
  readonly positive: BucketScan = new BucketScan();
  readonly negative: BucketScan = new BucketScan();
  readonly quantiles: Doubles = new Doubles();
  readonly quantileValues: Doubles = new Doubles();
  /** Where the exemplar messages are: start and end in turns. */
  readonly exemplars: number[] = [];
  /** The attribute messages, after whatever the caller put in before. */
  readonly key: KeyBuffer = new KeyBuffer();
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();

  /** Field number of the attributes in the point's message. */
  get attributesField(): number {
    return FIELDS[this.kind].attributes;
  }

  /** DataPointFlags: the series has no value any more. */
  get isStale(): boolean {
    return (this.flags & 1) !== 0;
  }

  /** Reads the point in `bytes[start, end)` and appends its attributes to `key`. */
  read(kind: PointKind, bytes: Uint8Array, start: number, end: number): void {
    this.reset(kind, bytes, start, end);
    const fields = FIELDS[kind];
    const { cursor } = this;
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      const { field, wireType } = cursor;
      if (wireType === FIXED64) this.readFixed(field);
      else if (wireType === LEN) {
        cursor.lengthDelimited();
        if (field === fields.attributes) this.key.range(bytes, cursor.valueStart, cursor.valueEnd);
        else if (field === fields.exemplars) this.exemplars.push(cursor.valueStart, cursor.valueEnd);
        else this.readMessage(field, cursor.valueStart, cursor.valueEnd);
      } else if (wireType === VARINT && field === fields.flags) this.flags = cursor.uint32();
      else if (wireType === VARINT && kind === "exponentialHistogram" && field === 6) this.scale = cursor.sint32();
      else cursor.skip();
    }
  }

  private reset(kind: PointKind, bytes: Uint8Array, start: number, end: number): void {
    this.kind = kind;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.startHigh = this.startLow = this.timeHigh = this.timeLow = 0;
    this.flags = this.value = this.count = this.sum = this.scale = this.zeroCount = this.zeroThreshold = 0;
    this.hasSum = false;
    this.exemplars.length = 0;
    if (kind === "number") return;
    this.bounds.length = this.counts.length = this.quantiles.length = this.quantileValues.length = 0;
    this.positive.reset();
    this.negative.reset();
  }

  private readFixed(field: number): void {
    const { cursor, kind } = this;
    const at = cursor.offset;
    if (field === 2 || field === 3) {
      cursor.skip();
      const low = readUint32(this.bytes, at);
      const high = readUint32(this.bytes, at + 4);
      if (field === 2) {
        this.startHigh = high;
        this.startLow = low;
      } else {
        this.timeHigh = high;
        this.timeLow = low;
      }
    } else if (kind === "number") {
      if (field === 4) this.value = cursor.double();
      else {
        cursor.skip();
        if (field === 6) this.value = readInt64(this.bytes, at);
      }
    } else if (field === 4) {
      cursor.skip();
      this.count = readUint64(this.bytes, at);
    } else if (field === 5) {
      this.sum = cursor.double();
      this.hasSum = true;
    } else if (kind === "histogram" && field === 6) this.counts.push(readUint64(this.bytes, this.skipped()));
    else if (kind === "histogram" && field === 7) this.bounds.push(cursor.double());
    else if (kind === "exponentialHistogram" && field === 7) this.zeroCount = readUint64(this.bytes, this.skipped());
    else if (kind === "exponentialHistogram" && field === 14) this.zeroThreshold = cursor.double();
    else cursor.skip();
  }

  /** Moves over the value and answers where it was. */
  private skipped(): number {
    const at = this.cursor.offset;
    this.cursor.skip();
    return at;
  }

  private readMessage(field: number, start: number, end: number): void {
    if (this.kind === "histogram") {
      if (field === 6) for (let at = start; at + 8 <= end; at += 8) this.counts.push(readUint64(this.bytes, at));
      else if (field === 7) {
        this.inner.reset(this.bytes, start, end - ((end - start) % 8));
        while (this.inner.offset < this.inner.end) this.bounds.push(this.inner.double());
      }
    } else if (this.kind === "exponentialHistogram") {
      if (field === 8) this.readBuckets(this.positive, start, end);
      else if (field === 9) this.readBuckets(this.negative, start, end);
    } else if (this.kind === "summary" && field === 6) this.readQuantile(start, end);
  }

  private readBuckets(buckets: BucketScan, start: number, end: number): void {
    const { inner } = this;
    inner.reset(this.bytes, start, end);
    buckets.reset();
    while (inner.next()) {
      if (inner.field === 1 && inner.wireType === VARINT) buckets.offset = inner.sint32();
      else if (inner.field === 2 && inner.wireType === VARINT) buckets.counts.push(Number(inner.uint64()));
      else {
        inner.skip();
        if (inner.field === 2 && inner.wireType === LEN) this.readVarints(buckets.counts, inner);
      }
    }
  }

  /** A packed list. Most counts take one byte and are read without a bigint. */
  private readVarints(into: Doubles, { valueStart, valueEnd }: Cursor): void {
    const { bytes, cursor } = this;
    const { offset, end } = cursor;
    for (let at = valueStart; at < valueEnd; ) {
      const byte = bytes[at] as number;
      if (byte < 0x80) {
        into.push(byte);
        at++;
        continue;
      }
      cursor.offset = at;
      cursor.end = valueEnd;
      into.push(Number(cursor.uint64()));
      at = cursor.offset;
    }
    cursor.offset = offset;
    cursor.end = end;
  }

  private readQuantile(start: number, end: number): void {
    const { inner } = this;
    let quantile = 0;
    let value = 0;
    inner.reset(this.bytes, start, end);
    while (inner.next()) {
      if (inner.field === 1 && inner.wireType === FIXED64) quantile = inner.double();
      else if (inner.field === 2 && inner.wireType === FIXED64) value = inner.double();
      else inner.skip();
    }
    this.quantiles.push(quantile);
    this.quantileValues.push(value);
  }
}

function readUint64(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at + 4) * TWO_32 + readUint32(bytes, at);
}

function readInt64(bytes: Uint8Array, at: number): number {
  return (readUint32(bytes, at + 4) | 0) * TWO_32 + readUint32(bytes, at);
}
