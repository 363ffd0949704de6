import { type DuckDBValue, listValue } from "@duckdb/node-api";
import type { Database, Row } from "../database/database.js";
import { type StoredResource, type StoredSpan, spanColumns, storedSpan } from "./stored-span.js";
import { searchConditions, type TraceSearch } from "./trace-search.js";

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

/**
 * All spans of the given traces, in the order of the ids; ids without any span are left out, and the last ones when there
 * are too many spans. Of a single trace with too many, some are left out.
 */
export async function readTraces(database: Database, traceIds: readonly string[]): Promise<StoredSpan[][]> {
  if (traceIds.length === 0) return [];
  // Finding the rows by one column first keeps the scan from decompressing every column of every span: 3 times faster.
  const rows = await database.read(
    `SELECT ${spanColumns} FROM spans
     WHERE rowid IN (SELECT rowid FROM spans WHERE trace_id IN (SELECT unnest($1::VARCHAR[])) LIMIT ${maxSpans + 1})`,
    [listValue([...traceIds])],
  );
  if (rows.length > maxSpans && traceIds.length > 1) {
    return readTraces(database, await firstThatFit(database, traceIds));
  }
  const resources = await readResources(database, rows);
  const traces = new Map<string, StoredSpan[]>(traceIds.map((id) => [id, []]));
  for (const row of rows) traces.get(String(row.trace_id))?.push(storedSpan(row, resources));
  return [...traces.values()].filter((spans) => spans.length > 0).map(inOrderOfStart);
}

/** The first ids whose traces have no more than `maxSpans` together; at least one. */
async function firstThatFit(database: Database, traceIds: readonly string[]): Promise<string[]> {
  const rows = await database.read(
    "SELECT trace_id, count(*) AS spans FROM spans WHERE trace_id IN (SELECT unnest($1::VARCHAR[])) GROUP BY trace_id",
    [listValue([...traceIds])],
  );
  const counts = new Map(rows.map((row) => [String(row.trace_id), Number(row.spans)]));
  let total = 0;
  const fit = traceIds.filter((id) => {
    total += counts.get(id) ?? 0;
    return total <= maxSpans;
  });
  return fit.length > 0 ? fit : traceIds.slice(0, 1);
}

/** Resources are few, so their text is read once and not with every span. */
async function readResources(database: Database, rows: readonly Row[]): Promise<Map<number, StoredResource>> {
  const ids = [...new Set(rows.map((row) => Number(row.resource_id)))];
  if (ids.length === 0) return new Map();
  const found = await database.read(
    "SELECT id, attributes, extra FROM resources WHERE id IN (SELECT unnest($1::INTEGER[]))",
    [listValue(ids)],
  );
  return new Map(
    found.map((row) => {
      const id = Number(row.id);
      return [id, { id, attributes: String(row.attributes), extra: String(row.extra ?? "") }];
    }),
  );
}

function inOrderOfStart(spans: StoredSpan[]): StoredSpan[] {
  return spans.sort((a, b) => {
    if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
    return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
  });
}

/**
 * Calls between services: a span whose parent is in the trace, and a span that links to one of another service (how
 * messaging connects a consumer with its producer when they are not parent and child). As in Jaeger, traces count that
 * lie within the time as a whole, and a service may call itself.
 */
export async function findDependencies(database: Database, startNs: bigint, endNs: bigint): Promise<DependencyLink[]> {
  const rows = await database.read(
    `WITH inside AS (
       SELECT trace_id FROM spans WHERE trace_id IN (SELECT trace_id FROM spans WHERE start_ns BETWEEN $1 AND $2)
       GROUP BY trace_id HAVING min(start_ns) > $1 AND max(start_ns + duration_ns) < $2
     ),
     recent AS (
       SELECT service, trace_id, span_id, parent_span_id, links FROM spans WHERE trace_id IN (SELECT trace_id FROM inside)
     ),
     parents AS (SELECT trace_id, span_id, first(service) AS service FROM recent GROUP BY trace_id, span_id),
     linked AS (
       SELECT service, trace_id AS own_id, parent_span_id, json_extract_string(link, '$.trace_id') AS trace_id,
         json_extract_string(link, '$.span_id') AS span_id
       FROM (
         SELECT service, trace_id, parent_span_id, unnest(json_extract(links, '$[*]')) AS link
         FROM recent WHERE links IS NOT NULL
       )
     ),
     calls AS (
       SELECT p.service AS parent, c.service AS child
       FROM recent c JOIN parents p ON p.trace_id = c.trace_id AND p.span_id = c.parent_span_id
       UNION ALL
       SELECT p.service, l.service FROM linked l JOIN parents p ON p.trace_id = l.trace_id AND p.span_id = l.span_id
       WHERE p.service <> l.service AND NOT (l.own_id = l.trace_id AND l.parent_span_id = l.span_id)
     )
     SELECT parent, child, count(*)::DOUBLE AS calls FROM calls GROUP BY 1, 2 ORDER BY 1, 2`,
    [startNs, endNs],
  );
  return rows.map((row) => ({
    parent: String(row.parent),
    child: String(row.child),
    callCount: Number(row.calls),
  }));
}
