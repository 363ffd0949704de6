import { type Batch, Cursor, LEN } from "@venturi/otlp";
import type { Resource, Resources } from "../spans/resources.js";
import type { PendingWrites } from "./pending-writes.js";

/** Name and version of the instrumentation scope, in UTF-8. */
export interface Scope {
  readonly name: Uint8Array;
  readonly version: Uint8Array;
}

const nothing = new Uint8Array(0);
const noScope: Scope = { name: nothing, version: nothing };

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
  let resource: Resource | undefined;
  const scopes: [number, number][] = [];
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      resource = resources.intern(bytes, cursor.valueStart, cursor.valueEnd, pending.resources);
    } else if (cursor.field === 2 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      scopes.push([cursor.valueStart, cursor.valueEnd]);
    } else cursor.skip();
  }
  resource ??= resources.intern(bytes, start, start, pending.resources);
  for (const [from, to] of scopes) walkScope(bytes, from, to, resource, visit);
}

function walkScope(bytes: Uint8Array, start: number, end: number, resource: Resource, visit: VisitRecord): void {
  const scope = readScope(bytes, start, end);
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field === 2 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      visit(bytes, cursor.valueStart, cursor.valueEnd, resource, scope);
    } else cursor.skip();
  }
}

/** The scope of a ScopeSpans or ScopeLogs message (field 1 of either). */
function readScope(bytes: Uint8Array, start: number, end: number): Scope {
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field !== 1 || cursor.wireType !== LEN) {
      cursor.skip();
      continue;
    }
    cursor.lengthDelimited();
    const inner = new Cursor(bytes, cursor.valueStart, cursor.valueEnd);
    let name: Uint8Array = nothing;
    let version: Uint8Array = nothing;
    while (inner.next()) {
      if (inner.field === 1 && inner.wireType === LEN) name = inner.subarray();
      else if (inner.field === 2 && inner.wireType === LEN) version = inner.subarray();
      else inner.skip();
    }
    return { name, version };
  }
  return noScope;
}
