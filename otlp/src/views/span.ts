import type { AttributesView } from "../model/attributes.js";
import type { SpanEvent, SpanLink, SpanView } from "../model/views.js";
import { Cursor, FIXED32, FIXED64, LEN, readUint32, VARINT } from "../wire/cursor.js";
import { idToHex } from "../wire/hex.js";
import { decodeValue } from "../wire/interned.js";
import { decodeUtf8 } from "../wire/utf8.js";
import { AttributesInPlace } from "./attributes.js";
import { decodeEvents, decodeLinks } from "./span-parts.js";

const ATTRIBUTES = 9;
const EVENTS = 11;
const LINKS = 13;

/** A SpanView that is moved from span to span: `reset` notes where the fields lie, getters decode them. */
export class SpanInPlace implements SpanView {
  kind = 0;
  flags = 0;
  statusCode = 0;
  readonly attributes: AttributesView;

  private source: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;
  private traceIdStart = 0;
  private traceIdEnd = 0;
  private spanIdStart = 0;
  private spanIdEnd = 0;
  private parentStart = 0;
  private parentEnd = 0;
  private traceStateStart = 0;
  private traceStateEnd = 0;
  private nameStart = 0;
  private nameEnd = 0;
  private messageStart = 0;
  private messageEnd = 0;
  /** Times as two 32-bit halves each: a bigint is made only for who asks. */
  private startLow = 0;
  private startHigh = 0;
  private endLow = 0;
  private endHigh = 0;
  /** Where the first attribute, event and link begin, and the last end; fields between them are skipped. */
  private readonly ranges = {
    attributesStart: 0,
    attributesEnd: 0,
    eventsStart: 0,
    eventsEnd: 0,
    linksStart: 0,
    linksEnd: 0,
  };
  private readonly attributesInPlace = new AttributesInPlace(ATTRIBUTES);
  private readonly cursor = new Cursor();
  private readonly statusCursor = new Cursor();

  constructor() {
    this.attributes = this.attributesInPlace;
  }

  /** Moves to the Span message in `bytes[start, end)`. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.clear(bytes, start, end);
    const { cursor } = this;
    cursor.reset(bytes, start, end);
    let fieldStart = start;
    while (cursor.next()) {
      switch (cursor.wireType) {
        case LEN:
          cursor.lengthDelimited();
          this.noteRange(cursor.field, fieldStart, cursor.valueStart, cursor.valueEnd);
          break;
        case FIXED64:
          cursor.skip();
          this.noteTime(cursor.field, cursor.offset - 8);
          break;
        case VARINT:
          if (cursor.field === 6) this.kind = cursor.uint32();
          else cursor.skip();
          break;
        case FIXED32:
          if (cursor.field === 16) this.flags = cursor.fixed32();
          else cursor.skip();
          break;
        default:
          cursor.skip();
      }
      fieldStart = cursor.offset;
    }
    this.attributesInPlace.reset(bytes, this.ranges.attributesStart, this.ranges.attributesEnd);
  }

  get bytes(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }

  get traceId(): string {
    return idToHex(this.source, this.traceIdStart, this.traceIdEnd);
  }

  get traceIdBytes(): Uint8Array {
    return this.source.subarray(this.traceIdStart, this.traceIdEnd);
  }

  get spanId(): string {
    return idToHex(this.source, this.spanIdStart, this.spanIdEnd);
  }

  get parentSpanId(): string {
    return idToHex(this.source, this.parentStart, this.parentEnd);
  }

  get traceState(): string {
    return decodeUtf8(this.source, this.traceStateStart, this.traceStateEnd);
  }

  get name(): string {
    return decodeValue(this.source, this.nameStart, this.nameEnd);
  }

  get statusMessage(): string {
    return decodeUtf8(this.source, this.messageStart, this.messageEnd);
  }

  get startTimeUnixNano(): bigint {
    return (BigInt(this.startHigh) << 32n) | BigInt(this.startLow);
  }

  get endTimeUnixNano(): bigint {
    return (BigInt(this.endHigh) << 32n) | BigInt(this.endLow);
  }

  /** The difference of the halves is exact for durations below 104 days, where the times themselves would round. */
  get durationNano(): number {
    const nano = (this.endHigh - this.startHigh) * 0x1_0000_0000 + (this.endLow - this.startLow);
    return Math.max(nano, 0);
  }

  get events(): SpanEvent[] {
    return decodeEvents(this.source, this.ranges.eventsStart, this.ranges.eventsEnd, EVENTS);
  }

  get links(): SpanLink[] {
    return decodeLinks(this.source, this.ranges.linksStart, this.ranges.linksEnd, LINKS);
  }

  private clear(bytes: Uint8Array, start: number, end: number): void {
    this.source = bytes;
    this.start = start;
    this.end = end;
    this.kind = this.flags = this.statusCode = 0;
    this.traceIdStart = this.traceIdEnd = this.spanIdStart = this.spanIdEnd = this.parentStart = this.parentEnd = 0;
    this.traceStateStart = this.traceStateEnd = this.nameStart = this.nameEnd = 0;
    this.messageStart = this.messageEnd = 0;
    this.startLow = this.startHigh = this.endLow = this.endHigh = 0;
    const { ranges } = this;
    ranges.attributesStart = ranges.attributesEnd = ranges.eventsStart = ranges.eventsEnd = 0;
    ranges.linksStart = ranges.linksEnd = 0;
  }

  private noteRange(field: number, fieldStart: number, start: number, end: number): void {
    const { ranges } = this;
    switch (field) {
      case 1:
        this.traceIdStart = start;
        this.traceIdEnd = end;
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
      case 5:
        this.nameStart = start;
        this.nameEnd = end;
        return;
      case ATTRIBUTES:
        if (ranges.attributesEnd === 0) ranges.attributesStart = fieldStart;
        ranges.attributesEnd = end;
        return;
      case EVENTS:
        if (ranges.eventsEnd === 0) ranges.eventsStart = fieldStart;
        ranges.eventsEnd = end;
        return;
      case LINKS:
        if (ranges.linksEnd === 0) ranges.linksStart = fieldStart;
        ranges.linksEnd = end;
        return;
      case 15:
        this.readStatus(start, end);
    }
  }

  private noteTime(field: number, at: number): void {
    if (field === 7) {
      this.startLow = readUint32(this.source, at);
      this.startHigh = readUint32(this.source, at + 4);
    } else if (field === 8) {
      this.endLow = readUint32(this.source, at);
      this.endHigh = readUint32(this.source, at + 4);
    }
  }

  private readStatus(start: number, end: number): void {
    const cursor = this.statusCursor;
    cursor.reset(this.source, start, end);
    while (cursor.next()) {
      if (cursor.field === 3 && cursor.wireType === VARINT) this.statusCode = cursor.uint32();
      else if (cursor.field === 2 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        this.messageStart = cursor.valueStart;
        this.messageEnd = cursor.valueEnd;
      } else cursor.skip();
    }
  }
}

const NOTHING = new Uint8Array(0);
