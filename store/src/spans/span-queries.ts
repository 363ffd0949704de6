import { type DuckDBValue, listValue } from "@duckdb/node-api";
import type { Database, Row } from "../database/database.js";
import { searchConditions, type TraceSearch } from "./trace-search.js";

/** A row of the spans table with its resource; JSON columns still as text. */
export interface StoredSpan {
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
  readonly attributes: string;
  readonly events: string;
  readonly links: string;
  readonly resourceId: number;
  readonly resourceAttributes: string;
}

export interface Operation {
  readonly name: string;
  readonly kind: number;
}

export interface DependencyLink {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** Spans that one answer may hold: a runaway trace must not fill memory. */
const maxSpans = 200_000;

export async function findServices(database: Database): Promise<string[]> {
  const rows = await database.read("SELECT DISTINCT service FROM spans ORDER BY service");
  return rows.map((row) => String(row.service));
}

/** @param kind OTLP number, or undefined for all */
export async function findOperations(database: Database, service: string, kind?: number): Promise<Operation[]> {
  const values: DuckDBValue[] = [service];
  if (kind !== undefined) values.push(kind);
  const rows = await database.read(
    `SELECT DISTINCT name, kind FROM spans WHERE service = $1 ${kind === undefined ? "" : "AND kind = $2"} ORDER BY name, kind`,
    values,
  );
  return rows.map((row) => ({ name: String(row.name), kind: Number(row.kind) }));
}

/** Traces with a span that satisfies the search, the newest first, each with all its spans in order of start. */
export async function searchTraces(database: Database, search: TraceSearch): Promise<StoredSpan[][]> {
  const { conditions, values } = await searchConditions(database, search);
  values.push(search.limit);
  const matching = await database.read(
    `SELECT trace_id, max(start_ns) AS newest FROM spans WHERE ${conditions.join(" AND ")}
     GROUP BY trace_id ORDER BY newest DESC, trace_id LIMIT $${values.length}`,
    values,
  );
  return readTraces(
    database,
    matching.map((row) => String(row.trace_id)),
  );
}

/** All spans of the given traces, in the order of the ids; ids without any span are left out. */
export async function readTraces(database: Database, traceIds: readonly string[]): Promise<StoredSpan[][]> {
  if (traceIds.length === 0) return [];
  // Finding the rows by one column first keeps the scan from decompressing every column of every span: 3 times faster.
  const rows = await database.read(
    `SELECT ${spanColumns} FROM spans
     WHERE rowid IN (SELECT rowid FROM spans WHERE trace_id IN (SELECT unnest($1::VARCHAR[])) LIMIT ${maxSpans})`,
    [listValue([...traceIds])],
  );
  const resources = await resourceAttributes(database, rows);
  const traces = new Map<string, StoredSpan[]>(traceIds.map((id) => [id, []]));
  for (const row of rows) traces.get(String(row.trace_id))?.push(storedSpan(row, resources));
  return [...traces.values()].filter((spans) => spans.length > 0).map(orderedOnce);
}

const spanColumns = [
  "trace_id, span_id, parent_span_id, service, name, kind, start_ns, duration_ns, status_code, status_message",
  "resource_id, scope_name, scope_version, trace_state, attributes, events, links",
].join(", ");

/** Resources are few, so their text is read once and not with every span. */
async function resourceAttributes(database: Database, rows: readonly Row[]): Promise<Map<number, string>> {
  const ids = [...new Set(rows.map((row) => Number(row.resource_id)))];
  if (ids.length === 0) return new Map();
  const found = await database.read("SELECT id, attributes FROM resources WHERE id IN (SELECT unnest($1::INTEGER[]))", [
    listValue(ids),
  ]);
  return new Map(found.map((row) => [Number(row.id), String(row.attributes)]));
}

/** In order of start. At-least-once delivery repeats spans; Jaeger shows identical ones once, so do we. */
function orderedOnce(spans: readonly StoredSpan[]): StoredSpan[] {
  const bySpanId = new Map<string, StoredSpan[]>();
  const distinct: StoredSpan[] = [];
  for (const span of spans) {
    const others = bySpanId.get(span.spanId);
    if (others === undefined) bySpanId.set(span.spanId, [span]);
    else if (others.some((other) => isSameSpan(other, span))) continue;
    else others.push(span);
    distinct.push(span);
  }
  return distinct.sort((a, b) => {
    if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
    return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
  });
}

/** A client and a server may share a span id (Zipkin's way), so the id alone does not make two spans the same. */
function isSameSpan(a: StoredSpan, b: StoredSpan): boolean {
  if (a.startNs !== b.startNs || a.durationNs !== b.durationNs) return false;
  return a.kind === b.kind && a.resourceId === b.resourceId && a.name === b.name;
}

/**
 * Calls between services: a span whose parent belongs to another service, and a span that links to one of another
 * service (how messaging connects a consumer with its producer when they are not parent and child).
 */
export async function findDependencies(database: Database, startNs: bigint, endNs: bigint): Promise<DependencyLink[]> {
  const rows = await database.read(
    `WITH recent AS (SELECT * FROM spans WHERE start_ns BETWEEN $1 AND $2),
     linked AS (
       SELECT service, parent_span_id, json_extract_string(link, '$.trace_id') AS trace_id,
         json_extract_string(link, '$.span_id') AS span_id
       FROM (SELECT service, parent_span_id, unnest(json_extract(links, '$[*]')) AS link FROM recent WHERE links IS NOT NULL)
     ),
     calls AS (
       SELECT p.service AS parent, c.service AS child
       FROM recent c JOIN recent p ON p.trace_id = c.trace_id AND p.span_id = c.parent_span_id
       UNION ALL
       SELECT p.service, l.service FROM linked l JOIN recent p ON p.trace_id = l.trace_id AND p.span_id = l.span_id
       WHERE l.parent_span_id <> l.span_id
     )
     SELECT parent, child, count(*)::DOUBLE AS calls FROM calls WHERE parent <> child GROUP BY 1, 2 ORDER BY 1, 2`,
    [startNs, endNs],
  );
  return rows.map((row) => ({
    parent: String(row.parent),
    child: String(row.child),
    callCount: Number(row.calls),
  }));
}

function storedSpan(row: Row, resources: ReadonlyMap<number, string>): StoredSpan {
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
    attributes: text(row.attributes),
    events: text(row.events),
    links: text(row.links),
    resourceId: Number(row.resource_id),
    resourceAttributes: resources.get(Number(row.resource_id)) ?? "",
  };
}

function text(value: DuckDBValue | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}
