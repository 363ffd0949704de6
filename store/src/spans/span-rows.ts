import type { Batch } from "@venturi/otlp";
import type { ChunkFiller } from "../database/chunk-filler.js";
import { columnOf, spanTable } from "../database/schema.js";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { PendingWrites } from "../ingest/pending-writes.js";
import type { Scope } from "../ingest/scope.js";
import { walkRecords } from "../ingest/walk-records.js";
import type { AttributeJson } from "./attribute-json.js";
import type { Resource, Resources } from "./resources.js";
import { SpanDecoder } from "./span-decoder.js";

const traceId = columnOf(spanTable, "trace_id");
const spanId = columnOf(spanTable, "span_id");
const parentSpanId = columnOf(spanTable, "parent_span_id");
const service = columnOf(spanTable, "service");
const name = columnOf(spanTable, "name");
const kind = columnOf(spanTable, "kind");
const startNs = columnOf(spanTable, "start_ns");
const durationNs = columnOf(spanTable, "duration_ns");
const statusCode = columnOf(spanTable, "status_code");
const statusMessage = columnOf(spanTable, "status_message");
const httpMethod = columnOf(spanTable, "http_method");
const httpRoute = columnOf(spanTable, "http_route");
const httpStatus = columnOf(spanTable, "http_status");
const resourceId = columnOf(spanTable, "resource_id");
const scopeName = columnOf(spanTable, "scope_name");
const scopeVersion = columnOf(spanTable, "scope_version");
const traceState = columnOf(spanTable, "trace_state");
const attributes = columnOf(spanTable, "attributes");
const events = columnOf(spanTable, "events");
const links = columnOf(spanTable, "links");
const flags = columnOf(spanTable, "flags");
const extra = columnOf(spanTable, "extra");

/** The upper half of int64's end, the year 2262; a later time is a broken clock. */
const maxInt64High = 0x7fffffff;

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
    walkRecords(batch, this.#resources, pending, (bytes, start, end, resource, scope) => {
      this.#span.decode(bytes, start, end, scope.extra);
      this.#push(resource, scope);
    });
  }

  #push(resource: Resource, scope: Scope): void {
    const span = this.#span;
    const isBadTime = span.startHigh > maxInt64High || span.endHigh > maxInt64High;
    if (span.traceId.length === 0 || span.spanId.length === 0 || isBadTime) {
      this.#stats.drop("invalid_span", 1);
      return;
    }
    this.#stats.spans++;
    const row = this.#pending.spans.beginRow();
    set(row, traceId, span.traceId);
    set(row, spanId, span.spanId);
    set(row, parentSpanId, span.parentSpanId);
    set(row, service, resource.serviceBytes);
    set(row, name, span.name);
    row.int32(kind, span.kind);
    row.int64(startNs, span.startLow, span.startHigh);
    setDuration(row, span);
    row.int32(statusCode, span.statusCode);
    setOrNull(row, statusMessage, span.statusMessage);
    setOrNull(row, httpMethod, span.httpMethod);
    setOrNull(row, httpRoute, span.httpRoute);
    if (span.httpStatus === (span.httpStatus | 0)) row.int32(httpStatus, span.httpStatus);
    else row.setNull(httpStatus);
    row.int32(resourceId, resource.id);
    set(row, scopeName, scope.name);
    set(row, scopeVersion, scope.version);
    setOrNull(row, traceState, span.traceState);
    set(row, attributes, span.attributes.view());
    setOrNull(row, events, span.events.view());
    setOrNull(row, links, span.links.view());
    if (span.flags === 0) row.setNull(flags);
    else row.int32(flags, span.flags | 0);
    setOrNull(row, extra, span.extra.view());
    this.#pending.spans.endRow();
  }
}

function set(row: ChunkFiller, column: number, text: Uint8Array): void {
  row.text(column, text, 0, text.length);
}

function setOrNull(row: ChunkFiller, column: number, text: Uint8Array): void {
  if (text.length === 0) row.setNull(column);
  else row.text(column, text, 0, text.length);
}

/** End minus start on 32-bit halves; 0 when the span ends before it starts. */
function setDuration(row: ChunkFiller, span: SpanDecoder): void {
  const low = span.endLow - span.startLow;
  const high = span.endHigh - span.startHigh - (low < 0 ? 1 : 0);
  if (high < 0) row.int64(durationNs, 0, 0);
  else row.int64(durationNs, low, high);
}
