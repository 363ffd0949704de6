import type { SpanEvent, SpanLink } from "../model/views.js";
import { Cursor, FIXED32, FIXED64, LEN, VARINT } from "../wire/cursor.js";
import { idToHex } from "../wire/hex.js";
import { decodeUtf8 } from "../wire/utf8.js";
import { decodeKeyValues } from "./any-value.js";

/** Decodes the Event records of field `field` in a range of a Span. */
export function decodeEvents(bytes: Uint8Array, start: number, end: number, field: number): SpanEvent[] {
  return decodeEach(bytes, start, end, field, (from, to) => {
    let timeUnixNano = 0n;
    let name = "";
    let droppedAttributesCount = 0;
    const cursor = new Cursor(bytes, from, to);
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === FIXED64) timeUnixNano = cursor.fixed64();
      else if (cursor.field === 2 && cursor.wireType === LEN) name = cursor.string();
      else if (cursor.field === 4 && cursor.wireType === VARINT) droppedAttributesCount = cursor.uint32();
      else cursor.skip();
    }
    return { timeUnixNano, name, attributes: decodeKeyValues(bytes, from, to, 3), droppedAttributesCount };
  });
}

/** Decodes the Link records of field `field` in a range of a Span. */
export function decodeLinks(bytes: Uint8Array, start: number, end: number, field: number): SpanLink[] {
  return decodeEach(bytes, start, end, field, (from, to) => {
    const link = { traceId: "", spanId: "", traceState: "", droppedAttributesCount: 0, flags: 0 };
    const cursor = new Cursor(bytes, from, to);
    while (cursor.next()) {
      const { field: number, wireType } = cursor;
      if (wireType === LEN) {
        cursor.lengthDelimited();
        const { valueStart, valueEnd } = cursor;
        if (number === 1) link.traceId = idToHex(bytes, valueStart, valueEnd);
        else if (number === 2) link.spanId = idToHex(bytes, valueStart, valueEnd);
        else if (number === 3) link.traceState = decodeUtf8(bytes, valueStart, valueEnd);
      } else if (number === 5 && wireType === VARINT) link.droppedAttributesCount = cursor.uint32();
      else if (number === 6 && wireType === FIXED32) link.flags = cursor.fixed32();
      else cursor.skip();
    }
    return { ...link, attributes: decodeKeyValues(bytes, from, to, 4) };
  });
}

function decodeEach<T>(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  decode: (start: number, end: number) => T,
): T[] {
  const list: T[] = [];
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const wanted = cursor.field === field && cursor.wireType === LEN;
    cursor.skip();
    if (wanted) list.push(decode(cursor.valueStart, cursor.valueEnd));
  }
  return list;
}
