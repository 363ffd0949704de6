import { type Batch, Cursor, LEN } from "@venturi/otlp";

export interface SpanVisitor {
  /** A ResourceSpans begins; `start`…`end` is its Resource message. False skips its spans. */
  resource(bytes: Uint8Array, start: number, end: number): boolean;
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
  let resourceStart = start;
  let resourceEnd = start;
  record.reset(bytes, start, end);
  while (record.next()) {
    if (record.field === 1 && record.wireType === LEN) {
      record.lengthDelimited();
      resourceStart = record.valueStart;
      resourceEnd = record.valueEnd;
    } else record.skip();
  }
  if (!visitor.resource(bytes, resourceStart, resourceEnd)) return;
  record.reset(bytes, start, end);
  while (record.next()) {
    if (record.field !== 2 || record.wireType !== LEN) {
      record.skip();
      continue;
    }
    record.lengthDelimited();
    scopes.reset(bytes, record.valueStart, record.valueEnd);
    while (scopes.next()) {
      if (scopes.field === 2 && scopes.wireType === LEN) {
        scopes.lengthDelimited();
        visitor.span(bytes, scopes.valueStart, scopes.valueEnd);
      } else scopes.skip();
    }
  }
}
