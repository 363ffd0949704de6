import type { Signal } from "../model/signal.js";
import type { Field, Message } from "../schema/message.js";
import { REQUESTS } from "../schema/requests.js";
import { Cursor, LEN } from "../wire/cursor.js";
import { validateMessage } from "../wire/validate.js";

type Json = string | number | boolean | Json[] | { [name: string]: Json };

/**
 * An export request as an OTLP/JSON object: hex ids, enums as numbers, 64-bit integers as strings, bytes as base64,
 * lowerCamelCase names. Fields that are absent or unknown stay out.
 * @throws MalformedOtlpError
 */
export function protobufToJson(signal: Signal, bytes: Uint8Array): object {
  const request = REQUESTS[signal];
  validateMessage(request, bytes, 0, bytes.length);
  return decode(request, bytes, 0, bytes.length);
}

function decode(type: Message, bytes: Uint8Array, start: number, end: number): { [name: string]: Json } {
  const object: { [name: string]: Json } = {};
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const field = type.byNumber.get(cursor.field);
    if (field === undefined) cursor.skip();
    else if (field.repeated) append(object, field, cursor);
    else object[field.name] = decodeField(field, cursor);
  }
  return object;
}

function append(object: { [name: string]: Json }, field: Field, cursor: Cursor): void {
  const list = (object[field.name] ??= []) as Json[];
  if (field.kind === "message" || field.kind === "string" || cursor.wireType !== LEN) {
    list.push(decodeField(field, cursor));
    return;
  }
  cursor.lengthDelimited();
  const packed = new Cursor(cursor.bytes, cursor.valueStart, cursor.valueEnd);
  while (packed.offset < packed.end) list.push(decodeField(field, packed));
}

function decodeField(field: Field, cursor: Cursor): Json {
  switch (field.kind) {
    case "message":
      cursor.lengthDelimited();
      return decode(field.message(), cursor.bytes, cursor.valueStart, cursor.valueEnd);
    case "string":
      return cursor.string();
    case "traceId":
    case "spanId":
      return Buffer.from(cursor.subarray()).toString("hex");
    case "bytes":
      return Buffer.from(cursor.subarray()).toString("base64");
    case "bool":
      return cursor.bool();
    case "double":
      return doubleToJson(cursor.double());
    case "fixed64":
      return cursor.fixed64().toString();
    case "sfixed64":
      return BigInt.asIntN(64, cursor.fixed64()).toString();
    case "uint64":
      return cursor.uint64().toString();
    case "int64":
      return BigInt.asIntN(64, cursor.uint64()).toString();
    case "fixed32":
      return cursor.fixed32();
    case "sint32":
      return cursor.sint32();
    case "uint32":
      return cursor.uint32();
    default:
      return cursor.uint32() | 0;
  }
}

function doubleToJson(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}
