import { Cursor, LEN } from "@venturi/otlp";
import type { AttributeJson } from "../spans/attribute-json.js";
import { JsonBytes } from "../spans/json-bytes.js";

/** The instrumentation scope of a group of spans or log records, in UTF-8. */
export interface Scope {
  readonly name: Uint8Array;
  readonly version: Uint8Array;
  /** The rest as a JSON object with `attributes`, `dropped_attributes_count`, `schema_url`; mostly empty. */
  readonly extra: Uint8Array;
}

const nothing = new Uint8Array(0);

/** Reads the scope (field 1) and the schema's URL (field 3) of a ScopeSpans or ScopeLogs message. */
export function readScope(bytes: Uint8Array, start: number, end: number, json: AttributeJson): Scope {
  const cursor = new Cursor(bytes, start, end);
  let scope: Scope = { name: nothing, version: nothing, extra: nothing };
  let schemaUrl = "";
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      scope = readFields(bytes, cursor.valueStart, cursor.valueEnd, json);
    } else if (cursor.field === 3 && cursor.wireType === LEN) schemaUrl = cursor.string();
    else cursor.skip();
  }
  if (schemaUrl === "") return scope;
  const others = scope.extra.length === 0 ? "" : `,${Buffer.from(scope.extra.subarray(1, -1)).toString("utf8")}`;
  return { ...scope, extra: Buffer.from(`{"schema_url":${JSON.stringify(schemaUrl)}${others}}`) };
}

function readFields(bytes: Uint8Array, start: number, end: number, json: AttributeJson): Scope {
  const cursor = new Cursor(bytes, start, end);
  let name: Uint8Array = nothing;
  let version: Uint8Array = nothing;
  let dropped = 0;
  let attributes: JsonBytes | undefined;
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) name = cursor.subarray();
    else if (cursor.field === 2 && cursor.wireType === LEN) version = cursor.subarray();
    else if (cursor.field === 3 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      const isFirst = attributes === undefined;
      attributes ??= new JsonBytes();
      if (isFirst) attributes.ascii('"attributes":{');
      json.keyValue(attributes, bytes, cursor.valueStart, cursor.valueEnd, isFirst);
    } else if (cursor.field === 4) dropped = cursor.uint32();
    else cursor.skip();
  }
  const parts: string[] = [];
  if (attributes !== undefined) parts.push(`${attributes.toString()}}`);
  if (dropped > 0) parts.push(`"dropped_attributes_count":${dropped}`);
  return { name, version, extra: parts.length === 0 ? nothing : Buffer.from(`{${parts.join(",")}}`) };
}
