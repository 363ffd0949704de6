import type { Batch } from "../model/batch.js";
import type { ResourceView, ScopeView } from "../model/views.js";
import { Cursor, LEN } from "../wire/cursor.js";
import { decodeName } from "../wire/interned.js";
import { decodeUtf8 } from "../wire/utf8.js";
import { CachedAttributes } from "./attributes.js";

/** Field numbers that Resource* and Scope* of all three signals share. */
const RESOURCE_OR_SCOPE = 1;
const CHILDREN = 2;
const SCHEMA_URL = 3;

/**
 * Walks the spans, metrics or log records of a batch: `visit` gets the range of each message. Resource and scope views
 * are one object per resource and per scope, so that a visitor can tell by identity that it is still in the same one.
 */
export function walk(
  batch: Batch,
  visit: (bytes: Uint8Array, start: number, end: number, scope: ScopeView, resource: ResourceView) => void,
): void {
  for (const bytes of batch.slices) {
    const requests = new Cursor(bytes);
    while (requests.next()) {
      const isResource = requests.field === 1 && requests.wireType === LEN;
      requests.skip();
      if (isResource) walkResource(bytes, requests.valueStart, requests.valueEnd, visit);
    }
  }
}

function walkResource(bytes: Uint8Array, start: number, end: number, visit: Parameters<typeof walk>[1]): void {
  const resource = readHeader(bytes, start, end);
  const view: ResourceView = {
    attributes: new CachedAttributes(bytes, resource.start, resource.end, 1),
    schemaUrl: resource.schemaUrl,
  };
  const scopes = new Cursor(bytes, start, end);
  while (scopes.next()) {
    const isScope = scopes.field === CHILDREN && scopes.wireType === LEN;
    scopes.skip();
    if (isScope) walkScope(bytes, scopes.valueStart, scopes.valueEnd, view, visit);
  }
}

function walkScope(
  bytes: Uint8Array,
  start: number,
  end: number,
  resource: ResourceView,
  visit: Parameters<typeof walk>[1],
): void {
  const scope = readScope(bytes, start, end);
  const items = new Cursor(bytes, start, end);
  while (items.next()) {
    const isItem = items.field === CHILDREN && items.wireType === LEN;
    items.skip();
    if (isItem) visit(bytes, items.valueStart, items.valueEnd, scope, resource);
  }
}

interface Header {
  /** Range of the Resource or InstrumentationScope message; empty when there is none. */
  start: number;
  end: number;
  schemaUrl: string;
}

/** Finds what describes the children. A first pass, since protobuf allows it to come after them. */
function readHeader(bytes: Uint8Array, start: number, end: number): Header {
  const header: Header = { start: 0, end: 0, schemaUrl: "" };
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    cursor.skip();
    if (wireType !== LEN) continue;
    if (field === RESOURCE_OR_SCOPE) {
      header.start = cursor.valueStart;
      header.end = cursor.valueEnd;
    } else if (field === SCHEMA_URL) header.schemaUrl = decodeUtf8(bytes, cursor.valueStart, cursor.valueEnd);
  }
  return header;
}

function readScope(bytes: Uint8Array, start: number, end: number): ScopeView {
  const header = readHeader(bytes, start, end);
  let name = "";
  let version = "";
  const cursor = new Cursor(bytes, header.start, header.end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    cursor.skip();
    if (wireType !== LEN) continue;
    if (field === 1) name = decodeName(bytes, cursor.valueStart, cursor.valueEnd);
    else if (field === 2) version = decodeName(bytes, cursor.valueStart, cursor.valueEnd);
  }
  return { name, version, attributes: new CachedAttributes(bytes, header.start, header.end, 3) };
}
