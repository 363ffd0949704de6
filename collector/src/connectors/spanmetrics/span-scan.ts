import { Cursor, FIXED64, LEN, VARINT } from "@venturi/otlp";
import { AttributeScan } from "./attribute-scan.js";
import type { GlobNames } from "./glob-names.js";

/** Tags of a span's fields: number and wire type. */
const KIND = (6 << 3) | VARINT;
const START_TIME = (7 << 3) | FIXED64;
const END_TIME = (8 << 3) | FIXED64;
const ATTRIBUTE = (9 << 3) | LEN;

/** What metrics need of a span, as positions in the bytes: read in place, nothing is made per span. */
export class SpanScan {
  bytes: Uint8Array = new Uint8Array(0);
  nameStart = 0;
  nameEnd = 0;
  kind = 0;
  statusCode = 0;
  durationNano = 0;
  traceIdStart = 0;
  traceIdEnd = 0;
  spanIdStart = 0;
  spanIdEnd = 0;
  traceStateStart = 0;
  traceStateEnd = 0;
  readonly attributes: AttributeScan;
  /** Positions of the Event messages, start and end of each; only when they are wanted. */
  eventRanges: Int32Array = new Int32Array(16);
  eventCount = 0;
  private readonly wantsEvents: boolean;
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();

  constructor(attributes: readonly string[], globs: GlobNames | undefined, wantsEvents: boolean) {
    this.attributes = new AttributeScan(attributes, globs);
    this.wantsEvents = wantsEvents;
  }

  /**
   * Reads the Span message at `start`…`end`. The usual records (tags of one byte, lengths below 128) are read right here:
   * of a span with many attributes nearly all that is to be done is to step over them.
   */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.clear(bytes, start);
    const { attributes } = this;
    const { wantsAny } = attributes;
    let startAt = -1;
    let endAt = -1;
    let at = start;
    while (at < end) {
      const tag = bytes[at] as number;
      const length = bytes[at + 1] as number;
      if ((tag & 7) === LEN && tag < 0x80 && length < 0x80) {
        const valueAt = at + 2;
        at = valueAt + length;
        if (tag !== ATTRIBUTE) this.bytesField(tag >>> 3, valueAt, at);
        else if (wantsAny) attributes.attribute(valueAt, at);
      } else if (tag === KIND && length < 0x80) {
        this.kind = length;
        at += 2;
      } else if (tag === START_TIME) {
        startAt = at + 1;
        at += 9;
      } else if (tag === END_TIME) {
        endAt = at + 1;
        at += 9;
      } else at = this.otherRecord(bytes, at, end);
    }
    // The difference is exact where each time as a double is not. A span that ends before it began took no time.
    const high = uint32At(bytes, endAt, 4) - uint32At(bytes, startAt, 4);
    this.durationNano = Math.max(0, high * 4294967296 + (uint32At(bytes, endAt, 0) - uint32At(bytes, startAt, 0)));
  }

  /** Answers where the next record begins. */
  private otherRecord(bytes: Uint8Array, start: number, end: number): number {
    const { cursor } = this;
    cursor.reset(bytes, start, end);
    cursor.next();
    if (cursor.field === KIND >>> 3 && cursor.wireType === VARINT) this.kind = cursor.uint32();
    else if (cursor.wireType !== LEN) cursor.skip();
    else {
      cursor.lengthDelimited();
      if (cursor.field !== ATTRIBUTE >>> 3) this.bytesField(cursor.field, cursor.valueStart, cursor.valueEnd);
      else this.attributes.attribute(cursor.valueStart, cursor.valueEnd);
    }
    return cursor.offset;
  }

  private bytesField(field: number, start: number, end: number): void {
    switch (field) {
      case 1:
        this.traceIdStart = start;
        this.traceIdEnd = end;
        break;
      case 2:
        this.spanIdStart = start;
        this.spanIdEnd = end;
        break;
      case 3:
        this.traceStateStart = start;
        this.traceStateEnd = end;
        break;
      case 5:
        this.nameStart = start;
        this.nameEnd = end;
        break;
      case 11:
        if (this.wantsEvents) this.event(start, end);
        break;
      case 15:
        this.status(start, end);
        break;
    }
  }

  private clear(bytes: Uint8Array, start: number): void {
    this.bytes = bytes;
    this.nameStart = this.nameEnd = start;
    this.traceIdStart = this.traceIdEnd = this.spanIdStart = this.spanIdEnd = start;
    this.traceStateStart = this.traceStateEnd = start;
    this.kind = 0;
    this.statusCode = 0;
    this.eventCount = 0;
    this.attributes.clear(bytes);
  }

  private event(start: number, end: number): void {
    const at = this.eventCount++ * 2;
    if (at >= this.eventRanges.length) {
      const larger = new Int32Array(this.eventRanges.length * 2);
      larger.set(this.eventRanges);
      this.eventRanges = larger;
    }
    this.eventRanges[at] = start;
    this.eventRanges[at + 1] = end;
  }

  private status(start: number, end: number): void {
    const { inner } = this;
    inner.reset(this.bytes, start, end);
    while (inner.next()) {
      if (inner.field === 3) this.statusCode = inner.uint32();
      else inner.skip();
    }
  }
}

/** A word of the fixed64 at `at`, 0 when there is none. */
function uint32At(bytes: Uint8Array, at: number, offset: number): number {
  if (at < 0) return 0;
  const from = at + offset;
  const low = (bytes[from] as number) | ((bytes[from + 1] as number) << 8) | ((bytes[from + 2] as number) << 16);
  return (low | ((bytes[from + 3] as number) << 24)) >>> 0;
}
