import { Cursor, LEN } from "@venturi/otlp";
import type { AttributeJson } from "./attribute-json.js";
import { hexId } from "./hex.js";

/**
 * All fields of one Span message, decoded in a single pass. Storing needs every field, so this walks the bytes once
 * instead of going through the lazy views, and it sees whether a number was an int or a double, which they do not keep.
 * The object is reused: read it before the next `decode`.
 */
export class SpanDecoder {
  traceId = "";
  spanId = "";
  parentSpanId = "";
  traceState = "";
  name = "";
  kind = 0;
  startNs = 0n;
  endNs = 0n;
  statusCode = 0;
  statusMessage = "";
  httpMethod = "";
  httpRoute = "";
  httpStatus: number = Number.NaN;
  /** JSON texts: an object, and arrays or "" when there is none. */
  attributes = "";
  events = "";
  links = "";

  readonly #json: AttributeJson;
  readonly #cursor = new Cursor();
  readonly #inner = new Cursor();

  constructor(json: AttributeJson) {
    this.#json = json;
  }

  decode(bytes: Uint8Array, start: number, end: number): void {
    this.#clear();
    const cursor = this.#cursor;
    cursor.reset(bytes, start, end);
    let attributes = "";
    let events = "";
    let links = "";
    while (cursor.next()) {
      switch (cursor.field) {
        case 1:
          cursor.lengthDelimited();
          this.traceId = hexId(bytes, cursor.valueStart, cursor.valueEnd);
          break;
        case 2:
          cursor.lengthDelimited();
          this.spanId = hexId(bytes, cursor.valueStart, cursor.valueEnd);
          break;
        case 3:
          this.traceState = cursor.string();
          break;
        case 4:
          cursor.lengthDelimited();
          this.parentSpanId = hexId(bytes, cursor.valueStart, cursor.valueEnd);
          break;
        case 5:
          this.name = cursor.string();
          break;
        case 6:
          this.kind = cursor.uint32();
          break;
        case 7:
          this.startNs = cursor.fixed64();
          break;
        case 8:
          this.endNs = cursor.fixed64();
          break;
        case 9:
          cursor.lengthDelimited();
          attributes += `${attributes === "" ? "" : ","}${this.#attribute(bytes, cursor.valueStart, cursor.valueEnd)}`;
          break;
        case 11:
          cursor.lengthDelimited();
          events += `${events === "" ? "" : ","}${this.#event(bytes, cursor.valueStart, cursor.valueEnd)}`;
          break;
        case 13:
          cursor.lengthDelimited();
          links += `${links === "" ? "" : ","}${this.#link(bytes, cursor.valueStart, cursor.valueEnd)}`;
          break;
        case 15:
          cursor.lengthDelimited();
          this.#status(bytes, cursor.valueStart, cursor.valueEnd);
          break;
        default:
          cursor.skip();
      }
    }
    this.attributes = `{${attributes}}`;
    this.events = events === "" ? "" : `[${events}]`;
    this.links = links === "" ? "" : `[${links}]`;
  }

  #clear(): void {
    this.traceId = this.spanId = this.parentSpanId = this.traceState = this.name = this.statusMessage = "";
    this.httpMethod = this.httpRoute = "";
    this.httpStatus = Number.NaN;
    this.kind = this.statusCode = 0;
    this.startNs = this.endNs = 0n;
  }

  #attribute(bytes: Uint8Array, start: number, end: number): string {
    const json = this.#json;
    const text = json.keyValue(bytes, start, end);
    switch (json.lastKey) {
      case "http.request.method":
      case "http.method":
        this.httpMethod = json.lastText;
        break;
      case "http.route":
        this.httpRoute = json.lastText;
        break;
      case "http.response.status_code":
      case "http.status_code":
        this.httpStatus = json.lastNumber;
        break;
    }
    return text;
  }

  #event(bytes: Uint8Array, start: number, end: number): string {
    const inner = this.#inner;
    inner.reset(bytes, start, end);
    let timeNs = 0n;
    let name = "";
    let attributes = "";
    while (inner.next()) {
      if (inner.field === 1) timeNs = inner.fixed64();
      else if (inner.field === 2) name = inner.string();
      else if (inner.field === 3) {
        inner.lengthDelimited();
        attributes += `${attributes === "" ? "" : ","}${this.#json.keyValue(bytes, inner.valueStart, inner.valueEnd)}`;
      } else inner.skip();
    }
    // Nanoseconds since 1970 do not fit a JSON number that everybody reads exactly.
    return `{"time_ns":"${timeNs}","name":${JSON.stringify(name)},"attributes":{${attributes}}}`;
  }

  #link(bytes: Uint8Array, start: number, end: number): string {
    const inner = this.#inner;
    inner.reset(bytes, start, end);
    let traceId = "";
    let spanId = "";
    let attributes = "";
    while (inner.next()) {
      if (inner.field === 1 || inner.field === 2) {
        inner.lengthDelimited();
        const id = hexId(bytes, inner.valueStart, inner.valueEnd);
        if (inner.field === 1) traceId = id;
        else spanId = id;
      } else if (inner.field === 4 && inner.wireType === LEN) {
        inner.lengthDelimited();
        attributes += `${attributes === "" ? "" : ","}${this.#json.keyValue(bytes, inner.valueStart, inner.valueEnd)}`;
      } else inner.skip();
    }
    return `{"trace_id":"${traceId}","span_id":"${spanId}","attributes":{${attributes}}}`;
  }

  #status(bytes: Uint8Array, start: number, end: number): void {
    const inner = this.#inner;
    inner.reset(bytes, start, end);
    while (inner.next()) {
      if (inner.field === 2) this.statusMessage = inner.string();
      else if (inner.field === 3) this.statusCode = inner.uint32();
      else inner.skip();
    }
  }
}
