import type { DuckDBValue } from "@duckdb/node-api";
import type { Row } from "../database/database.js";

/** A row of the spans table with its resource; JSON columns still as text. */
export interface StoredSpan {
  /** 32 and 16 lower-case hex digits; the parent's are empty for a root. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  /** OTLP's numbers: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly traceState: string;
  readonly flags: number;
  readonly attributes: string;
  readonly events: string;
  readonly links: string;
  /** {@link SpanExtra} or empty. */
  readonly extra: string;
  readonly resource: StoredResource;
}

export interface StoredResource {
  readonly id: number;
  readonly attributes: string;
  /** {@link ResourceExtra} or empty. */
  readonly extra: string;
}

/** What OTLP can say of a span besides and hardly anybody does. */
export interface SpanExtra {
  readonly dropped_attributes_count?: number;
  readonly dropped_events_count?: number;
  readonly dropped_links_count?: number;
  readonly scope?: {
    readonly schema_url?: string;
    readonly attributes?: Readonly<Record<string, unknown>>;
    readonly dropped_attributes_count?: number;
  };
}

export interface ResourceExtra {
  readonly schema_url?: string;
  readonly dropped_attributes_count?: number;
}

/** An element of the `events` column. */
export interface StoredEvent {
  readonly time_ns: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dropped_attributes_count?: number;
}

/** An element of the `links` column. */
export interface StoredLink {
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly trace_state?: string;
  readonly flags?: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dropped_attributes_count?: number;
}

export const spanColumns: string = [
  "trace_id, span_id, parent_span_id, service, name, kind, start_ns, duration_ns, status_code, status_message",
  "resource_id, scope_name, scope_version, trace_state, flags, attributes, events, links, extra",
].join(", ");

/** A row of `spanColumns`. */
export function storedSpan(row: Row, resources: ReadonlyMap<number, StoredResource>): StoredSpan {
  const id = Number(row.resource_id);
  return {
    traceId: String(row.trace_id),
    spanId: String(row.span_id),
    parentSpanId: text(row.parent_span_id),
    service: text(row.service),
    name: text(row.name),
    kind: Number(row.kind),
    startNs: row.start_ns as bigint,
    durationNs: row.duration_ns as bigint,
    statusCode: Number(row.status_code),
    statusMessage: text(row.status_message),
    scopeName: text(row.scope_name),
    scopeVersion: text(row.scope_version),
    traceState: text(row.trace_state),
    flags: Number(row.flags ?? 0) >>> 0,
    attributes: text(row.attributes),
    events: text(row.events),
    links: text(row.links),
    extra: text(row.extra),
    resource: resources.get(id) ?? { id, attributes: "", extra: "" },
  };
}

function text(value: DuckDBValue | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

/** The parsed value of a JSON column, or the fallback for an empty one. */
export function parsed<T>(json: string, fallback: T): T {
  return json === "" ? fallback : (JSON.parse(json) as T);
}
