import { isUtf8 } from "node:buffer";
import { MalformedOtlpError } from "../model/errors.js";
import type { Signal } from "../model/signal.js";
import { REQUESTS } from "../schema/requests.js";
import { Transcoder } from "./transcoder.js";

/**
 * OTLP/JSON to the same request in protobuf. Follows protobuf's JSON mapping with OTLP's changes: trace and span ids are
 * hex, enums are numbers (names are accepted too); 64-bit integers are decimal strings or numbers, bytes are base64,
 * names are lowerCamelCase (snake_case is accepted), unknown members and nulls are left out.
 * @throws MalformedOtlpError for bad JSON and for a value of a wrong type; its message says where, its offset too.
 */
export function jsonToProtobuf(signal: Signal, json: Uint8Array): Uint8Array {
  if (!isUtf8(json)) throw new MalformedOtlpError("cannot read OTLP/JSON: not valid UTF-8", 0);
  return new Transcoder(json).run(REQUESTS[signal]);
}
