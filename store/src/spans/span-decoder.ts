import { Cursor, FIXED64, LEN, MalformedOtlpError } from "@venturi/otlp";
import type { AttributeJson } from "./attribute-json.js";
import { JsonBytes, writeHex } from "./json-bytes.js";

const nothing = new Uint8Array(0);

/**
 * All fields of one Span message, decoded in a single pass into what the database takes: text stays UTF-8 bytes. Storing
 * needs every field, so this walks the bytes once instead of going through the lazy views, and it sees whether a number
 * was an int or a double, which they do not keep. The object and its buffers are reused: read it before the next
 * `decode`.
 */
export class SpanDecoder {
  /** Hex digits; empty when the sender left the id out or it is all zeros. */
  traceId: Uint8Array = nothing;
  spanId: Uint8Array = nothing;
  parentSpanId: Uint8Array = nothing;
  traceState: Uint8Array = nothing;
  name: Uint8Array = nothing;
  kind = 0;
  /** Nanoseconds since 1970 as two unsigned halves: a BigInt would be allocated for every span. */
  startLow = 0;
  startHigh = 0;
  endLow = 0;
  endHigh = 0;
  statusCode = 0;
  statusMessage: Uint8Array = nothing;
  httpMethod: Uint8Array = nothing;
  httpRoute: Uint8Array = nothing;
  httpStatus: number = Number.NaN;
  /** A JSON object. */
  readonly attributes: JsonBytes = new JsonBytes();
  /** JSON arrays; empty when there is none. */
  readonly events: JsonBytes = new JsonBytes();
  readonly links: JsonBytes = new JsonBytes();
  flags = 0;
  /** A JSON object (`stored-span.ts`); empty when there is nothing to say. */
  readonly extra: JsonBytes = new JsonBytes();

  readonly #json: AttributeJson;
  readonly #cursor = new Cursor();
  readonly #inner = new Cursor();
  readonly #traceIdHex = new Uint8Array(32);
  readonly #spanIdHex = new Uint8Array(16);
  readonly #parentIdHex = new Uint8Array(16);

  constructor(json: AttributeJson) {
    this.#json = json;
  }

  /** @param scopeExtra what the scope says beyond name and version, as a JSON object; mostly empty */
  decode(bytes: Uint8Array, start: number, end: number, scopeExtra: Uint8Array = nothing): void {
    this.#clear();
    if (scopeExtra.length > 0) {
      this.extra.ascii('{"scope":');
      this.extra.raw(scopeExtra);
    }
    const cursor = this.#cursor;
    cursor.reset(bytes, start, end);
    this.attributes.byte(0x7b);
    while (cursor.next()) {
      switch (cursor.field) {
        case 6:
          this.kind = cursor.uint32();
          break;
        case 7: {
          const at = timeAt(cursor);
          this.startLow = uint32At(bytes, at);
          this.startHigh = uint32At(bytes, at + 4);
          break;
        }
        case 8: {
          const at = timeAt(cursor);
          this.endLow = uint32At(bytes, at);
          this.endHigh = uint32At(bytes, at + 4);
          break;
        }
        case 10:
          this.#count("dropped_attributes_count", cursor.uint32());
          break;
        case 12:
          this.#count("dropped_events_count", cursor.uint32());
          break;
        case 14:
          this.#count("dropped_links_count", cursor.uint32());
          break;
        case 16:
          this.flags = cursor.fixed32();
          break;
        default:
          if (cursor.wireType !== LEN) cursor.skip();
          else {
            cursor.lengthDelimited();
            this.#field(cursor.field, bytes, cursor.valueStart, cursor.valueEnd);
          }
      }
    }
    this.attributes.byte(0x7d);
    if (this.events.length > 0) this.events.byte(0x5d);
    if (this.links.length > 0) this.links.byte(0x5d);
    if (this.extra.length > 0) this.extra.byte(0x7d);
  }

  #count(name: string, count: number): void {
    if (count > 0) this.extra.ascii(`${this.extra.length === 0 ? "{" : ","}"${name}":${count}`);
  }

  #field(field: number, bytes: Uint8Array, start: number, end: number): void {
    switch (field) {
      case 1:
        this.traceId = hexId(this.#traceIdHex, bytes, start, end);
        return;
      case 2:
        this.spanId = hexId(this.#spanIdHex, bytes, start, end);
        return;
      case 3:
        this.traceState = bytes.subarray(start, end);
        return;
      case 4:
        this.parentSpanId = hexId(this.#parentIdHex, bytes, start, end);
        return;
      case 5:
        this.name = bytes.subarray(start, end);
        return;
      case 9:
        this.#attribute(bytes, start, end);
        return;
      case 11:
        this.#event(bytes, start, end);
        return;
      case 13:
        this.#link(bytes, start, end);
        return;
      case 15:
        this.#status(bytes, start, end);
    }
  }

  #clear(): void {
    this.traceId = this.spanId = this.parentSpanId = this.traceState = this.name = nothing;
    this.statusMessage = this.httpMethod = this.httpRoute = nothing;
    this.httpStatus = Number.NaN;
    this.kind = this.statusCode = this.flags = 0;
    this.startLow = this.startHigh = this.endLow = this.endHigh = 0;
    this.attributes.clear();
    this.events.clear();
    this.links.clear();
    this.extra.clear();
  }

  #attribute(bytes: Uint8Array, start: number, end: number): void {
    const json = this.#json;
    const { name, isHttp } = json.keyValue(this.attributes, bytes, start, end, this.attributes.length === 1);
    if (!isHttp) return;
    switch (name) {
      case "http.request.method":
      case "http.method":
        if (json.textEnd >= 0) this.httpMethod = bytes.subarray(json.textStart, json.textEnd);
        return;
      case "http.route":
        if (json.textEnd >= 0) this.httpRoute = bytes.subarray(json.textStart, json.textEnd);
        return;
      case "http.response.status_code":
      case "http.status_code":
        this.httpStatus = json.lastNumber;
    }
  }

  /** Nanoseconds since 1970 do not fit a JSON number that everybody reads exactly, so the time is a string. */
  #event(bytes: Uint8Array, start: number, end: number): void {
    const out = this.events;
    const inner = this.#inner;
    let timeNs = 0n;
    let nameStart = 0;
    let nameEnd = 0;
    let dropped = 0;
    inner.reset(bytes, start, end);
    while (inner.next()) {
      if (inner.field === 1) timeNs = inner.fixed64();
      else if (inner.field === 4) dropped = inner.uint32();
      else if (inner.field === 2) {
        inner.lengthDelimited();
        nameStart = inner.valueStart;
        nameEnd = inner.valueEnd;
      } else inner.skip();
    }
    out.ascii(`${out.length === 0 ? "[" : ","}{"time_ns":"${timeNs}","name":`);
    out.string(bytes, nameStart, nameEnd);
    this.#attributesOf(out, bytes, start, end, 3);
    if (dropped > 0) out.ascii(`,"dropped_attributes_count":${dropped}`);
    out.byte(0x7d);
  }

  #link(bytes: Uint8Array, start: number, end: number): void {
    const out = this.links;
    const inner = this.#inner;
    out.ascii(out.length === 0 ? "[{" : ",{");
    inner.reset(bytes, start, end);
    let isFirst = true;
    while (inner.next()) {
      const name = linkFields[inner.field];
      if (name === undefined) {
        inner.skip();
        continue;
      }
      out.ascii(`${isFirst ? "" : ","}"${name}":`);
      isFirst = false;
      if (inner.wireType !== LEN) {
        out.ascii(String(inner.field === 6 ? inner.fixed32() : inner.uint32()));
        continue;
      }
      inner.lengthDelimited();
      if (inner.field === 3) out.string(bytes, inner.valueStart, inner.valueEnd);
      else out.hexString(bytes, inner.valueStart, inner.valueEnd);
    }
    if (isFirst) out.ascii('"trace_id":""');
    this.#attributesOf(out, bytes, start, end, 4);
    out.byte(0x7d);
  }

  /** Appends `,"attributes":{…}` from the KeyValues in `field` of the message. */
  #attributesOf(out: JsonBytes, bytes: Uint8Array, start: number, end: number, field: number): void {
    out.ascii(',"attributes":{');
    const inner = this.#inner;
    inner.reset(bytes, start, end);
    let isFirst = true;
    while (inner.next()) {
      if (inner.field !== field || inner.wireType !== LEN) {
        inner.skip();
        continue;
      }
      inner.lengthDelimited();
      this.#json.keyValue(out, bytes, inner.valueStart, inner.valueEnd, isFirst);
      isFirst = false;
    }
    out.byte(0x7d);
  }

  #status(bytes: Uint8Array, start: number, end: number): void {
    const inner = this.#inner;
    inner.reset(bytes, start, end);
    while (inner.next()) {
      if (inner.field === 2) this.statusMessage = inner.subarray();
      else if (inner.field === 3) this.statusCode = inner.uint32();
      else inner.skip();
    }
  }
}

/** Fields of a link by number, attributes (4) aside. */
const linkFields: Readonly<Record<number, string>> = {
  1: "trace_id",
  2: "span_id",
  3: "trace_state",
  5: "dropped_attributes_count",
  6: "flags",
};

/** Offset of the fixed64 value that the cursor stands before; moves past it. */
function timeAt(cursor: Cursor): number {
  if (cursor.wireType !== FIXED64) throw new MalformedOtlpError("a time that is no fixed64", cursor.offset);
  cursor.skip();
  return cursor.offset - 8;
}

function uint32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
}

function hexId(out: Uint8Array, bytes: Uint8Array, start: number, end: number): Uint8Array {
  if ((end - start) * 2 !== out.length) return nothing;
  let bits = 0;
  for (let index = start; index < end; index++) bits |= bytes[index] as number;
  if (bits === 0) return nothing;
  writeHex(out, 0, bytes, start, end);
  return out;
}
