import { type Batch, Cursor, LEN } from "@venturi/otlp";

export interface SpanVisitor {
  /** A ResourceSpans begins; `start`…`end` is its Resource message. False skips its spans. */
  resource(bytes: Uint8Array, start: number, end: number): boolean;
  /** A ScopeSpans begins; `start`…`end` is its InstrumentationScope message. Absent: nobody asks for it. */
  readonly scope?: ((bytes: Uint8Array, start: number, end: number) => void) | undefined;
  span(bytes: Uint8Array, start: number, end: number): void;
}

const records = new Cursor();
const record = new Cursor();
const scopes = new Cursor();

/** Visits the Span messages of a batch as positions. The bytes were validated at the door. */
export function walkSpans(batch: Batch, visitor: SpanVisitor): void {
  for (const bytes of batch.slices) {
    records.reset(bytes, 0, bytes.length);
    while (records.next()) {
      records.lengthDelimited();
      walkResourceSpans(bytes, records.valueStart, records.valueEnd, visitor);
    }
  }
}

function walkResourceSpans(bytes: Uint8Array, start: number, end: number, visitor: SpanVisitor): void {
  // The resource comes first by convention only: find it before the spans.
  findFirst(record, bytes, start, end);
  if (!visitor.resource(bytes, foundStart, foundEnd)) return;
  record.reset(bytes, start, end);
  while (record.next()) {
    if (record.field === 2 && record.wireType === LEN) {
      record.lengthDelimited();
      walkScopeSpans(bytes, record.valueStart, record.valueEnd, visitor);
    } else record.skip();
  }
}

function walkScopeSpans(bytes: Uint8Array, start: number, end: number, visitor: SpanVisitor): void {
  if (visitor.scope !== undefined) {
    findFirst(scopes, bytes, start, end);
    visitor.scope(bytes, foundStart, foundEnd);
  }
  scopes.reset(bytes, start, end);
  while (scopes.next()) {
    if (scopes.field === 2 && scopes.wireType === LEN) {
      scopes.lengthDelimited();
      visitor.span(bytes, scopes.valueStart, scopes.valueEnd);
    } else scopes.skip();
  }
}

let foundStart = 0;
let foundEnd = 0;

/** Finds the message in field 1, the resource or the scope; of several the last counts. Empty when there is none. */
function findFirst(cursor: Cursor, bytes: Uint8Array, start: number, end: number): void {
  foundStart = foundEnd = start;
  cursor.reset(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) {
      cursor.lengthDelimited();
      foundStart = cursor.valueStart;
      foundEnd = cursor.valueEnd;
    } else cursor.skip();
  }
}
