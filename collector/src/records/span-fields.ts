import { Cursor, LEN } from "@venturi/otlp";
import { AttributeRanges } from "./attribute-ranges.js";

const ATTRIBUTE_TAG = (9 << 3) | LEN;
const NOTHING = new Uint8Array(0);

/**
 * What decisions need of a span, read in place: 64-bit values as two 32-bit halves, everything else as positions. One
 * object is moved from span to span.
 */
export class SpanFields {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** The trace id as big-endian words; all 0 when there is none. */
  trace0 = 0;
  trace1 = 0;
  trace2 = 0;
  trace3 = 0;
  spanIdStart = 0;
  spanIdEnd = 0;
  parentStart = 0;
  parentEnd = 0;
  traceStateStart = 0;
  traceStateEnd = 0;
  kind = 0;
  flags = 0;
  statusCode = 0;
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;
  /** Where the values of the wanted attributes are. */
  readonly attributes: AttributeRanges;
  private readonly wantsAttributes: boolean;
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();

  /** @param attributes The keys of the attributes that are looked for. */
  constructor(attributes: readonly string[]) {
    this.attributes = new AttributeRanges(attributes);
    this.wantsAttributes = attributes.length > 0;
  }

  /** Has neither a parent nor one of all zeros. */
  get isRoot(): boolean {
    for (let at = this.parentStart; at < this.parentEnd; at++) if (this.bytes[at] !== 0) return false;
    return true;
  }

  /** Reads the Span message in `start`…`end`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.clear(bytes, start, end);
    const { cursor } = this;
    cursor.reset(bytes, start, end);
    for (;;) {
      // Most fields are attributes of less than 128 bytes: they are passed without the cursor's general way.
      if (!this.wantsAttributes) {
        let at = cursor.offset;
        while (at + 1 < end && bytes[at] === ATTRIBUTE_TAG && (bytes[at + 1] as number) < 0x80) {
          at += 2 + (bytes[at + 1] as number);
        }
        cursor.offset = at;
      }
      if (!cursor.next()) return;
      if (cursor.wireType === LEN) {
        cursor.lengthDelimited();
        this.range(cursor.field, cursor.valueStart, cursor.valueEnd);
      } else this.number(cursor);
    }
  }

  private clear(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.trace0 = this.trace1 = this.trace2 = this.trace3 = 0;
    this.spanIdStart = this.spanIdEnd = this.parentStart = this.parentEnd = start;
    this.traceStateStart = this.traceStateEnd = start;
    this.kind = this.flags = this.statusCode = 0;
    this.startLow = this.startHigh = this.endLow = this.endHigh = 0;
    if (this.wantsAttributes) this.attributes.clear();
  }

  private range(field: number, start: number, end: number): void {
    switch (field) {
      case 1:
        this.traceId(start, end);
        return;
      case 2:
        this.spanIdStart = start;
        this.spanIdEnd = end;
        return;
      case 3:
        this.traceStateStart = start;
        this.traceStateEnd = end;
        return;
      case 4:
        this.parentStart = start;
        this.parentEnd = end;
        return;
      case 9:
        if (this.wantsAttributes) this.attributes.note(this.bytes, start, end);
        return;
      case 15:
        this.status(start, end);
    }
  }

  private number(cursor: Cursor): void {
    switch (cursor.field) {
      case 6:
        this.kind = cursor.uint32();
        return;
      case 7:
        this.startLow = cursor.fixed32();
        this.startHigh = cursor.fixed32();
        return;
      case 8:
        this.endLow = cursor.fixed32();
        this.endHigh = cursor.fixed32();
        return;
      case 16:
        this.flags = cursor.fixed32();
        return;
      default:
        cursor.skip();
    }
  }

  private traceId(start: number, end: number): void {
    if (end - start !== 16) return;
    const { bytes } = this;
    this.trace0 = bigEndian(bytes, start);
    this.trace1 = bigEndian(bytes, start + 4);
    this.trace2 = bigEndian(bytes, start + 8);
    this.trace3 = bigEndian(bytes, start + 12);
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

/** A big-endian 32-bit word, unsigned. */
export function bigEndian(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
