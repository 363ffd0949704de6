import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Database } from "../database/database.js";
import { defaultSqlLimits, runReadOnlySql, type SqlAnswer, type SqlLimits } from "../database/read-only-sql.js";
import { tables } from "../database/schema.js";
import { connectToRunningStore } from "./control-client.js";
import { type Verification, verifyDatabase } from "./verify.js";

/** What can be done with a store's file from outside, whether a process has it open or not. */
export interface StoreFile {
  /** A running process has the file open and answers. */
  readonly isRunning: boolean;
  /** @throws {Error} one line: the statement is wrong, does more than reading, or takes too long */
  sql(sql: string, limits: SqlLimits): Promise<SqlAnswer>;
  /** Writes a consistent copy to a file that does not exist yet; answers its size in bytes. */
  backup(target: string): Promise<number>;
  verify(): Promise<Verification>;
  close(): Promise<void>;
}

/**
 * Asks the process that has the file open, through its socket; opens the file for reading when there is none.
 * @throws {Error} one line: there is no such file, or it is not a store
 */
export async function openStoreFile(path: string): Promise<StoreFile> {
  const running = await connectToRunningStore(path);
  if (running !== undefined) return running;
  if (!existsSync(path)) throw new Error(`cannot open store "${path}": there is no such file`);
  const database = await Database.open({ path, readOnly: true });
  return {
    isRunning: false,
    sql: (sql, limits) => runReadOnlySql(database, sql, limits),
    backup: (target) => backupClosed(database, path, target),
    verify: () => verifyDatabase(database),
    close: () => database.close(),
  };
}

/** A file that nobody writes to may still have a log; opening it for writing puts that into the copy. */
async function backupClosed(database: Database, path: string, target: string): Promise<number> {
  await database.close();
  const writable = await Database.open({ path });
  try {
    return await writable.snapshot(target);
  } finally {
    await writable.close();
  }
}

/**
 * Writes one table as Parquet. A running store is copied first, since its process must not write files that a query
 * names; the copy lies beside the target and is deleted afterwards.
 * @returns how many rows
 * @throws {Error} one line
 */
export async function exportParquet(path: string, table: string, target: string): Promise<number> {
  const known = tables.find((one) => one.name === table);
  if (known === undefined) {
    throw new Error(`there is no table "${table}"; tables are ${tables.map((one) => one.name).join(", ")}`);
  }
  if (existsSync(target)) throw new Error(`cannot write ${target}: it exists already`);
  const file = await openStoreFile(path);
  if (!file.isRunning) {
    await file.close();
    return writeParquet(path, known.name, target);
  }
  const directory = await mkdtemp(join(dirname(resolve(target)), ".venturi-export-"));
  try {
    const copy = join(directory, "copy.duckdb");
    await file.backup(copy);
    return await writeParquet(copy, known.name, target);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function writeParquet(path: string, table: string, target: string): Promise<number> {
  const database = await Database.open({ path, readOnly: true, externalAccess: true });
  try {
    const quoted = `'${resolve(target).replaceAll("'", "''")}'`;
    await database.read(`COPY ${table} TO ${quoted} (FORMAT parquet, COMPRESSION zstd)`);
    const answer = await runReadOnlySql(database, `SELECT count(*)::INTEGER FROM ${table}`, defaultSqlLimits);
    return Number(answer.rows[0]?.[0]);
  } finally {
    await database.close();
  }
}
