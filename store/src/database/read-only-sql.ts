import { type DuckDBConnection, type Json, StatementType } from "@duckdb/node-api";
import type { Database } from "./database.js";

export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  /** Values as JSON; what a JSON number cannot hold exactly is text. */
  readonly rows: readonly (readonly Json[])[];
  /** There were more rows, or more bytes, than asked for. */
  readonly isTruncated: boolean;
}

export interface SqlLimits {
  readonly maxRows: number;
  readonly timeoutMs: number;
  /** Of the rows as JSON. Default: any number. */
  readonly maxBytes?: number;
}

export const defaultSqlLimits: SqlLimits = { maxRows: 10_000, timeoutMs: 60_000 };

/** The statement is not one that only reads, or DuckDB refuses it: the fault of whoever wrote it. */
export class SqlError extends Error {
  override readonly name = "SqlError";
}

/**
 * Runs one SELECT (or EXPLAIN, DESCRIBE, SHOW) in a read-only transaction, beside everything else that the store does.
 * Other files of the machine are out of its reach, since the database is opened without external access.
 * @param signal ends the statement early, as when its client went away
 * @throws {SqlError} one line
 */
export function runReadOnlySql(
  database: Database,
  sql: string,
  limits: SqlLimits = defaultSqlLimits,
  signal?: AbortSignal,
): Promise<SqlAnswer> {
  return database.withReader(async (reader) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reader.interrupt();
    }, limits.timeoutMs);
    const onAbort = (): void => reader.interrupt();
    signal?.addEventListener("abort", onAbort);
    try {
      return await select(reader, sql, limits);
    } catch (cause) {
      const message = isLate ? `it took longer than ${limits.timeoutMs / 1000} s` : firstLine(cause);
      throw new SqlError(`cannot run the statement: ${message}`, { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  });
}

async function select(reader: DuckDBConnection, sql: string, limits: SqlLimits): Promise<SqlAnswer> {
  const statements = await reader.extractStatements(sql);
  if (statements.count !== 1) throw new Error(`it is ${statements.count} statements; send one`);
  const prepared = await statements.prepare(0);
  if (prepared.statementType !== StatementType.SELECT && prepared.statementType !== StatementType.EXPLAIN) {
    throw new Error(`only SELECT is allowed, this is ${StatementType[prepared.statementType]}`);
  }
  await reader.run("BEGIN TRANSACTION READ ONLY");
  try {
    const result = await prepared.stream();
    const columns = result.deduplicatedColumnNames();
    const types = result.columnTypes().map(String);
    const rows: Json[][] = [];
    const { maxRows, maxBytes = Number.POSITIVE_INFINITY } = limits;
    let bytes = 0;
    for await (const chunk of result.yieldRowsJson()) {
      for (const row of chunk) {
        if (maxBytes !== Number.POSITIVE_INFINITY) bytes += JSON.stringify(row).length;
        if (rows.length === maxRows || bytes > maxBytes) return { columns, types, rows, isTruncated: true };
        rows.push(row);
      }
    }
    return { columns, types, rows, isTruncated: false };
  } finally {
    await reader.run("ROLLBACK");
  }
}

function firstLine(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split("\n", 1)[0] ?? message;
}
