import type { AttributesView, AttributeValue } from "../model/attributes.js";
import type { LogRecordView } from "../model/views.js";
import { Cursor, FIXED32, FIXED64, LEN, VARINT } from "../wire/cursor.js";
import { idToHex } from "../wire/hex.js";
import { decodeValue } from "../wire/interned.js";
import { decodeAnyValue } from "./any-value.js";
import { AttributesInPlace } from "./attributes.js";

const ATTRIBUTES = 6;
const TRACE_ID = 9;
const SPAN_ID = 10;

/** A LogRecordView that is moved from record to record. Numbers are read on `reset`, the rest when asked for. */
export class LogRecordInPlace implements LogRecordView {
  timeUnixNano = 0n;
  observedTimeUnixNano = 0n;
  severityNumber = 0;
  flags = 0;
  readonly attributes: AttributesView;

  private source: Uint8Array = new Uint8Array(0);
  private start = 0;
  private end = 0;
  /** Start and end of length-delimited fields by field number, which ends at 12. */
  private readonly starts = new Uint32Array(13);
  private readonly ends = new Uint32Array(13);
  private readonly attributesInPlace = new AttributesInPlace(ATTRIBUTES);
  private readonly cursor = new Cursor();

  constructor() {
    this.attributes = this.attributesInPlace;
  }

  /** Moves to the LogRecord message in `bytes[start, end)`. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    const { cursor } = this;
    this.source = bytes;
    this.start = start;
    this.end = end;
    this.timeUnixNano = this.observedTimeUnixNano = 0n;
    this.severityNumber = this.flags = 0;
    this.starts.fill(0);
    this.ends.fill(0);
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      const { field, wireType } = cursor;
      if (wireType === LEN) {
        cursor.lengthDelimited();
        this.starts[field] = cursor.valueStart;
        this.ends[field] = cursor.valueEnd;
      } else if (field === 1 && wireType === FIXED64) this.timeUnixNano = cursor.fixed64();
      else if (field === 11 && wireType === FIXED64) this.observedTimeUnixNano = cursor.fixed64();
      else if (field === 2 && wireType === VARINT) this.severityNumber = cursor.uint32();
      else if (field === 8 && wireType === FIXED32) this.flags = cursor.fixed32();
      else cursor.skip();
    }
    this.attributesInPlace.reset(bytes, start, end);
  }

  get bytes(): Uint8Array {
    return this.source.subarray(this.start, this.end);
  }

  get severityText(): string {
    return this.text(3);
  }

  get eventName(): string {
    return this.text(12);
  }

  get body(): AttributeValue {
    return decodeAnyValue(this.source, this.starts[5] as number, this.ends[5] as number);
  }

  get traceId(): string {
    return this.hex(TRACE_ID);
  }

  get spanId(): string {
    return this.hex(SPAN_ID);
  }

  private text(field: number): string {
    return decodeValue(this.source, this.starts[field] as number, this.ends[field] as number);
  }

  private hex(field: number): string {
    return idToHex(this.source, this.starts[field] as number, this.ends[field] as number);
  }
}
