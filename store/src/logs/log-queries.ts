import type { DuckDBValue } from "@duckdb/node-api";
import type { Database, Row } from "../database/database.js";
import { LogConditions, selectedResources } from "./log-conditions.js";
import {
  detectedLevel,
  type LogLabels,
  type LogResource,
  labelName,
  labelText,
  readLogResources,
} from "./log-labels.js";
import type { LogExpr } from "./logql/ast.js";

export interface LogLine {
  readonly timeNs: bigint;
  readonly line: string;
  readonly stream: LogLabels;
  readonly metadata: LogLabels;
}

export interface LogWindow {
  readonly startNs: bigint;
  /** Exclusive. */
  readonly endNs: bigint;
}

/** Lines that a query takes, the newest first or the oldest. */
export async function findLogs(
  database: Database,
  logs: LogExpr,
  { startNs, endNs }: LogWindow,
  { limit, isForward }: { limit: number; isForward: boolean },
): Promise<LogLine[]> {
  const resources = selectedResources(await readLogResources(database), logs);
  if (resources.length === 0 || limit === 0) return [];
  const conditions = new LogConditions(resources);
  conditions.within(startNs, endNs);
  for (const stage of logs.stages) conditions.add(stage);
  const order = isForward ? "ASC" : "DESC";
  const rows = await database.read(
    `SELECT time_ns, body, ${lineColumns} FROM logs
     WHERE ${conditions.sql} ORDER BY time_ns ${order}, rowid ${order} LIMIT ${limit}`,
    conditions.values,
  );
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const dropped = droppedLabels(logs);
  return rows.map((row) => ({
    timeNs: row.time_ns as bigint,
    line: text(row.body),
    ...lineLabels(row, byId.get(Number(row.resource_id)), dropped),
  }));
}

/** What the labels of a line are made of. */
export const lineColumns = "resource_id, severity_number, severity_text, trace_id, span_id, scope_name, attributes";

export function droppedLabels({ stages }: LogExpr): string[] {
  return stages.flatMap((stage) => (stage.kind === "drop" ? stage.labels : []));
}

/** @param row has `lineColumns` */
export function lineLabels(
  row: Row,
  resource: LogResource | undefined,
  dropped: readonly string[],
): { stream: LogLabels; metadata: LogLabels } {
  const stream = { ...resource?.stream };
  const metadata: LogLabels = { ...resource?.metadata };
  for (const [key, value] of Object.entries(JSON.parse(text(row.attributes) || "{}") as Record<string, unknown>)) {
    metadata[labelName(key)] ??= labelText(value);
  }
  const add = (name: string, value: string): void => {
    if (value !== "") metadata[name] = value;
  };
  const severityNumber = Number(row.severity_number);
  const severityText = text(row.severity_text);
  add("severity_number", severityNumber === 0 ? "" : String(severityNumber));
  add("severity_text", severityText);
  add("detected_level", detectedLevel(severityNumber, severityText));
  add("trace_id", text(row.trace_id));
  add("span_id", text(row.span_id));
  add("scope_name", text(row.scope_name));
  for (const name of dropped) {
    delete stream[name];
    delete metadata[name];
  }
  return { stream, metadata };
}

function text(value: DuckDBValue | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

export interface LogStatistics {
  readonly streams: number;
  readonly entries: number;
  readonly bytes: number;
}

/** How much a selector would read. */
export async function countLogs(
  database: Database,
  logs: LogExpr,
  { startNs, endNs }: LogWindow,
): Promise<LogStatistics> {
  const resources = selectedResources(await readLogResources(database), logs);
  const conditions = new LogConditions(resources);
  conditions.within(startNs, endNs);
  const [row] = await database.read(
    `SELECT count(DISTINCT resource_id) AS streams, count(*) AS entries, coalesce(sum(strlen(body)), 0)::BIGINT AS bytes
     FROM logs WHERE ${conditions.sql}`,
    conditions.values,
  );
  return { streams: Number(row?.streams), entries: Number(row?.entries), bytes: Number(row?.bytes) };
}

/** The streams with a line in the time. */
export async function findStreams(database: Database, { startNs, endNs }: LogWindow): Promise<LogResource[]> {
  const rows = await database.read("SELECT DISTINCT resource_id FROM logs WHERE time_ns >= $1 AND time_ns < $2", [
    startNs,
    endNs,
  ]);
  const ids = new Set(rows.map((row) => Number(row.resource_id)));
  return (await readLogResources(database)).filter(({ id }) => ids.has(id));
}
