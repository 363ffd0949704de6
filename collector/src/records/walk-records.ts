import { type Batch, Cursor, LEN } from "@venturi/otlp";
import { CHILDREN, ResourceHeader, ScopeHeader, Slice } from "./scope-header.js";

export interface RecordVisitor {
  /** A Resource* begins. */
  resource(header: ResourceHeader): void;
  scope(header: ScopeHeader): void;
  /**
   * An item of the scope: its message is `start`…`end`; its whole record, with tag and length, is `recordStart`…`end`.
   * `bytes` are those of the headers.
   */
  record(bytes: Uint8Array, recordStart: number, start: number, end: number): void;
}

/**
 * Visits the spans, metrics or log records of a batch as positions in its bytes: nothing is made per item. The bytes were
 * validated at the door.
 */
export function walkRecords(batch: Batch, visitor: RecordVisitor): void {
  for (const bytes of batch.slices) walkSlice(new Slice(bytes), visitor);
}

/** As `walkRecords`, for one slice. */
export function walkSlice(slice: Slice, visitor: RecordVisitor): void {
  const { bytes } = slice;
  const resources = new Cursor(bytes, 0, bytes.length);
  const scopes = new Cursor();
  const items = new Cursor();
  while (resources.next()) {
    resources.lengthDelimited();
    const resource = new ResourceHeader(slice, resources.valueStart, resources.valueEnd);
    findResource(resource, scopes);
    visitor.resource(resource);
    scopes.reset(bytes, resource.start, resource.end);
    while (scopes.next()) {
      if (scopes.field !== CHILDREN || scopes.wireType !== LEN) {
        scopes.skip();
        continue;
      }
      scopes.lengthDelimited();
      const scope = new ScopeHeader(resource, scopes.valueStart, scopes.valueEnd);
      visitor.scope(scope);
      walkScope(bytes, scope, items, visitor);
    }
  }
}

function walkScope(bytes: Uint8Array, scope: ScopeHeader, items: Cursor, visitor: RecordVisitor): void {
  items.reset(bytes, scope.start, scope.end);
  let first = -1;
  let endsWithItems = true;
  for (let recordStart = scope.start; items.next(); recordStart = items.offset) {
    if (items.field !== CHILDREN || items.wireType !== LEN) {
      items.skip();
      endsWithItems &&= first < 0;
      continue;
    }
    items.lengthDelimited();
    if (first < 0) first = recordStart;
    visitor.record(bytes, recordStart, items.valueStart, items.valueEnd);
  }
  if (endsWithItems) scope.itemsStart = first;
}

/** The resource comes first by convention only: it is found before the items. The last one counts, as in any parser. */
function findResource(header: ResourceHeader, cursor: Cursor): void {
  cursor.reset(header.bytes, header.start, header.end);
  while (cursor.next()) {
    if (cursor.field !== 1 || cursor.wireType !== LEN) {
      cursor.skip();
      continue;
    }
    cursor.lengthDelimited();
    header.resourceStart = cursor.valueStart;
    header.resourceEnd = cursor.valueEnd;
  }
}
