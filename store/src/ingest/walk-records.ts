import { type Batch, Cursor, LEN } from "@venturi/otlp";
import type { Resource, Resources } from "../spans/resources.js";
import type { PendingWrites } from "./pending-writes.js";
import { readScope, type Scope } from "./scope.js";

/** Gets the bytes of one span or log record, with what it belongs to. */
export type VisitRecord = (bytes: Uint8Array, start: number, end: number, resource: Resource, scope: Scope) => void;

/**
 * Visits every span or log record of a batch in place; both requests nest alike: resource (fields 1 and 2), scope
 * (fields 1 and 2), record. New resources are appended to `pending`.
 */
export function walkRecords(batch: Batch, resources: Resources, pending: PendingWrites, visit: VisitRecord): void {
  for (const bytes of batch.slices) {
    const cursor = new Cursor(bytes);
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        walkResource(bytes, cursor.valueStart, cursor.valueEnd, resources, pending, visit);
      } else cursor.skip();
    }
  }
}

function walkResource(
  bytes: Uint8Array,
  start: number,
  end: number,
  resources: Resources,
  pending: PendingWrites,
  visit: VisitRecord,
): void {
  const cursor = new Cursor(bytes, start, end);
  let from = start;
  let to = start;
  let schemaUrl = "";
  const scopes: [number, number][] = [];
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      from = cursor.valueStart;
      to = cursor.valueEnd;
    } else if (cursor.field === 2 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      scopes.push([cursor.valueStart, cursor.valueEnd]);
    } else if (cursor.field === 3 && cursor.wireType === LEN) schemaUrl = cursor.string();
    else cursor.skip();
  }
  const resource = resources.intern(bytes, from, to, schemaUrl, pending.resources);
  for (const [scopeStart, scopeEnd] of scopes) {
    walkScope(bytes, scopeStart, scopeEnd, resource, readScope(bytes, scopeStart, scopeEnd, resources.json), visit);
  }
}

function walkScope(
  bytes: Uint8Array,
  start: number,
  end: number,
  resource: Resource,
  scope: Scope,
  visit: VisitRecord,
): void {
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field === 2 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      visit(bytes, cursor.valueStart, cursor.valueEnd, resource, scope);
    } else cursor.skip();
  }
}
