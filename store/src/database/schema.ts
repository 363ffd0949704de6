import { BIGINT, BLOB, DOUBLE, type DuckDBType, INTEGER, VARCHAR } from "@duckdb/node-api";

/** Bumped when a column changes meaning; a file of another version is refused rather than misread. */
export const schemaVersion = 3;

export interface Column {
  readonly name: string;
  readonly type: DuckDBType;
  /**
   * Attribute JSON repeats itself over thousands of spans, beyond what a dictionary of whole values sees: ZSTD makes it
   * 4 bytes a span where DuckDB's own choice takes 38.
   */
  readonly compression?: "ZSTD";
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

/**
 * One row per span. The columns are what searches and the analysis filter on; everything else stays in JSON text, which
 * the row appender writes an order of magnitude faster than MAP. No index: a search scans compressed columns.
 */
export const spanTable: Table = {
  name: "spans",
  columns: [
    { name: "trace_id", type: VARCHAR },
    { name: "span_id", type: VARCHAR },
    { name: "parent_span_id", type: VARCHAR },
    { name: "service", type: VARCHAR },
    { name: "name", type: VARCHAR },
    { name: "kind", type: INTEGER },
    { name: "start_ns", type: BIGINT },
    { name: "duration_ns", type: BIGINT },
    { name: "status_code", type: INTEGER },
    { name: "status_message", type: VARCHAR },
    { name: "http_method", type: VARCHAR },
    { name: "http_route", type: VARCHAR },
    { name: "http_status", type: INTEGER },
    { name: "resource_id", type: INTEGER },
    { name: "scope_name", type: VARCHAR },
    { name: "scope_version", type: VARCHAR },
    { name: "trace_state", type: VARCHAR },
    { name: "attributes", type: VARCHAR, compression: "ZSTD" },
    { name: "events", type: VARCHAR, compression: "ZSTD" },
    { name: "links", type: VARCHAR, compression: "ZSTD" },
    { name: "flags", type: INTEGER },
    // What OTLP can say besides and hardly anybody does (`spans/stored-span.ts`), as a JSON object or NULL.
    { name: "extra", type: VARCHAR, compression: "ZSTD" },
  ],
};

/** Resources repeat on every span of a process, so they are kept once and referred to. */
export const resourceTable: Table = {
  name: "resources",
  columns: [
    { name: "id", type: INTEGER },
    { name: "service", type: VARCHAR },
    { name: "instance", type: VARCHAR },
    { name: "attributes", type: VARCHAR, compression: "ZSTD" },
    { name: "extra", type: VARCHAR, compression: "ZSTD" },
  ],
};

export const logTable: Table = {
  name: "logs",
  columns: [
    { name: "time_ns", type: BIGINT },
    { name: "trace_id", type: VARCHAR },
    { name: "span_id", type: VARCHAR },
    { name: "service", type: VARCHAR },
    { name: "severity_number", type: INTEGER },
    { name: "severity_text", type: VARCHAR },
    { name: "body", type: VARCHAR },
    { name: "attributes", type: VARCHAR, compression: "ZSTD" },
    { name: "resource_id", type: INTEGER },
    { name: "scope_name", type: VARCHAR },
  ],
};

export const seriesTable: Table = {
  name: "metric_series",
  columns: [
    { name: "id", type: INTEGER },
    { name: "labels", type: VARCHAR },
  ],
};

const chunkColumns: readonly Column[] = [
  { name: "series_id", type: INTEGER },
  { name: "min_ms", type: BIGINT },
  { name: "max_ms", type: BIGINT },
  { name: "samples", type: INTEGER },
  { name: "data", type: BLOB },
];

/** Compressed samples of one series (docs/formats/store-file.md has the bytes), some hours a row. */
export const chunkTable: Table = { name: "metric_chunks", columns: chunkColumns };

/**
 * Chunks of some minutes, as they leave memory; later they are joined and move to `metric_chunks`. A table of its own,
 * so that what is deleted after hours does not lie between what stays for days.
 */
export const recentChunkTable: Table = { name: "metric_recent_chunks", columns: chunkColumns };

/** One row: all series in a blob (`metrics/series-snapshot.ts`), for a quick start. */
export const snapshotTable: Table = {
  name: "metric_snapshot",
  columns: [
    { name: "max_id", type: INTEGER },
    { name: "data", type: BLOB },
  ],
};

export const exemplarTable: Table = {
  name: "metric_exemplars",
  columns: [
    { name: "series_id", type: INTEGER },
    { name: "time_ms", type: BIGINT },
    { name: "value", type: DOUBLE },
    { name: "labels", type: VARCHAR },
  ],
};

/** Samples that are in memory and not yet in a chunk (`metrics/sample-log.ts`), so that a crash does not lose them. */
export const sampleLogTable: Table = {
  name: "metric_log",
  columns: [
    { name: "sequence", type: BIGINT },
    { name: "max_ms", type: BIGINT },
    { name: "data", type: BLOB },
  ],
};

export const metadataTable: Table = {
  name: "metric_metadata",
  columns: [
    { name: "name", type: VARCHAR },
    { name: "type", type: VARCHAR },
    { name: "help", type: VARCHAR },
    { name: "unit", type: VARCHAR },
  ],
};

export const tables: readonly Table[] = [
  spanTable,
  resourceTable,
  logTable,
  seriesTable,
  chunkTable,
  recentChunkTable,
  snapshotTable,
  exemplarTable,
  sampleLogTable,
  metadataTable,
];

/** Position of a column that the table has. */
export function columnOf(table: Table, name: string): number {
  const at = table.columns.findIndex((column) => column.name === name);
  if (at < 0) throw new Error(`BUG: table ${table.name} has no column ${name}`);
  return at;
}

export function createTableSql(table: Table): string {
  const columns = table.columns
    .map(({ name, type, compression }) => `${name} ${type}${compression ? ` USING COMPRESSION ${compression}` : ""}`)
    .join(", ");
  return `CREATE TABLE IF NOT EXISTS ${table.name} (${columns})`;
}
