import { type Batch, Cursor, LEN } from "@venturi/otlp";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { PendingWrites } from "../ingest/pending-writes.js";
import type { AttributeJson } from "./attribute-json.js";
import type { Resource, Resources } from "./resources.js";
import { SpanDecoder } from "./span-decoder.js";

interface Scope {
  readonly name: string;
  readonly version: string;
}

const noScope: Scope = { name: "", version: "" };

/** int64 of the file format ends in the year 2262; a later time is a broken clock. */
const maxInt64 = 2n ** 63n - 1n;

/** Turns batches of traces into rows of the spans table. */
export class SpanRows {
  readonly #resources: Resources;
  readonly #span: SpanDecoder;
  readonly #stats: IngestStats;
  #pending!: PendingWrites;

  constructor(json: AttributeJson, resources: Resources, stats: IngestStats) {
    this.#resources = resources;
    this.#span = new SpanDecoder(json);
    this.#stats = stats;
  }

  /** Spans without ids, or with times that the file cannot hold, are counted as dropped. */
  append(batch: Batch, pending: PendingWrites): void {
    this.#pending = pending;
    for (const slice of batch.slices) {
      const cursor = new Cursor(slice);
      while (cursor.next()) {
        if (cursor.field === 1 && cursor.wireType === LEN) {
          cursor.lengthDelimited();
          this.#resourceSpans(slice, cursor.valueStart, cursor.valueEnd);
        } else cursor.skip();
      }
    }
  }

  #resourceSpans(bytes: Uint8Array, start: number, end: number): void {
    const cursor = new Cursor(bytes, start, end);
    let resource: Resource | undefined;
    const scopeSpans: [number, number][] = [];
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        resource = this.#resources.intern(bytes, cursor.valueStart, cursor.valueEnd, this.#pending.resources);
      } else if (cursor.field === 2 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        scopeSpans.push([cursor.valueStart, cursor.valueEnd]);
      } else cursor.skip();
    }
    resource ??= this.#resources.intern(bytes, start, start, this.#pending.resources);
    for (const [from, to] of scopeSpans) this.#scopeSpans(bytes, from, to, resource);
  }

  #scopeSpans(bytes: Uint8Array, start: number, end: number, resource: Resource): void {
    const scope = readScope(bytes, start, end);
    const cursor = new Cursor(bytes, start, end);
    while (cursor.next()) {
      if (cursor.field === 2 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        this.#span.decode(bytes, cursor.valueStart, cursor.valueEnd);
        this.#push(resource, scope);
      } else cursor.skip();
    }
  }

  #push(resource: Resource, scope: Scope): void {
    const span = this.#span;
    if (span.traceId.length === 0 || span.spanId.length === 0 || span.startNs > maxInt64 || span.endNs > maxInt64) {
      this.#stats.drop("invalid_span", 1);
      return;
    }
    this.#stats.spans++;
    this.#pending.spans.push([
      span.traceId,
      span.spanId,
      span.parentSpanId,
      resource.service,
      span.name,
      span.kind,
      span.startNs,
      span.endNs > span.startNs ? span.endNs - span.startNs : 0n,
      span.statusCode,
      orNull(span.statusMessage),
      orNull(span.httpMethod),
      orNull(span.httpRoute),
      Number.isInteger(span.httpStatus) && Math.abs(span.httpStatus) < 2 ** 31 ? span.httpStatus : null,
      resource.id,
      scope.name,
      scope.version,
      orNull(span.traceState),
      span.attributes.view(),
      span.events.length === 0 ? null : span.events.view(),
      span.links.length === 0 ? null : span.links.view(),
    ]);
  }
}

function orNull(text: Uint8Array): Uint8Array | null {
  return text.length === 0 ? null : text;
}

/** The scope of a ScopeSpans or ScopeLogs message (field 1 of either). */
export function readScope(bytes: Uint8Array, start: number, end: number): Scope {
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field !== 1 || cursor.wireType !== LEN) {
      cursor.skip();
      continue;
    }
    cursor.lengthDelimited();
    const inner = new Cursor(bytes, cursor.valueStart, cursor.valueEnd);
    let name = "";
    let version = "";
    while (inner.next()) {
      if (inner.field === 1) name = inner.string();
      else if (inner.field === 2) version = inner.string();
      else inner.skip();
    }
    return { name, version };
  }
  return noScope;
}
