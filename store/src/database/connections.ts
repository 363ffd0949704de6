import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { createTableSql, schemaVersion, tables } from "./schema.js";

export interface DatabaseSettings {
  /** File, or ":memory:". */
  readonly path: string;
  /** DuckDB's own worker threads; they leave the JavaScript thread free but compete with it for cores. */
  readonly threads?: number;
  readonly memoryLimitMiB?: number;
  /** The log is written into the file when it is longer. Default 128 MiB. */
  readonly checkpointWalBytes?: number;
  /** Nothing is written, not even the schema; several processes may read one file so. */
  readonly readOnly?: boolean;
  /** Lets statements read and write other files of this machine: for exports, never for a server. */
  readonly externalAccess?: boolean;
}

const readerCount = 2;

/** One DuckDB instance with a writing connection and a few reading ones. */
export interface Connections {
  readonly writer: DuckDBConnection;
  readonly readers: readonly DuckDBConnection[];
  close(): void;
}

/** @throws {Error} the file is open elsewhere, is not a database, or has another schema version */
export async function connect(settings: DatabaseSettings): Promise<Connections> {
  const instance = await DuckDBInstance.create(settings.path, {
    threads: String(settings.threads ?? 2),
    memory_limit: `${settings.memoryLimitMiB ?? 1024}MiB`,
    // Newer compression than the oldest readers know (DICT_FSST, ZSTD): a third of the bytes.
    storage_compatibility_version: "latest",
    // The database decides when; this one is out of reach.
    checkpoint_threshold: "1TiB",
    // Nothing we run needs extensions from the network or other files of this machine.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    enable_external_access: String(settings.externalAccess === true),
    access_mode: settings.readOnly === true ? "READ_ONLY" : "AUTOMATIC",
  });
  try {
    const writer = await instance.connect();
    if (settings.readOnly === true) await checkVersion(writer);
    else await createSchema(writer);
    const readers = await Promise.all(Array.from({ length: readerCount }, () => instance.connect()));
    return {
      writer,
      readers,
      close: () => {
        for (const reader of readers) reader.closeSync();
        writer.closeSync();
        instance.closeSync();
      },
    };
  } catch (cause) {
    instance.closeSync();
    throw cause;
  }
}

async function createSchema(connection: DuckDBConnection): Promise<void> {
  await connection.run("CREATE TABLE IF NOT EXISTS venturi_meta (schema_version INTEGER)");
  await connection.run("INSERT INTO venturi_meta SELECT $1 WHERE NOT EXISTS (FROM venturi_meta)", [schemaVersion]);
  await checkVersion(connection);
  for (const table of tables) await connection.run(createTableSql(table));
}

async function checkVersion(connection: DuckDBConnection): Promise<void> {
  const existing = await connection.runAndReadAll("SELECT schema_version FROM venturi_meta");
  const version = existing.getRowObjects()[0]?.schema_version;
  if (version !== schemaVersion) {
    throw new Error(`it has schema version ${version}, this release reads version ${schemaVersion}; use another path`);
  }
}

/** DuckDB gave the instance up, as it does when a checkpoint cannot be written; what was committed is in the log. */
export function isInvalidated(cause: unknown): boolean {
  return /FATAL|database has been invalidated/.test(String(cause));
}

/** What DuckDB says about opening and writing, as one line for the user. */
export function explain(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/could not set lock/i.test(message)) {
    const pid = /PID (\d+)/.exec(message)?.[1];
    return `another process${pid === undefined ? "" : ` (PID ${pid})`} has it open; stop that process or choose another path`;
  }
  if (/not a valid DuckDB database|venturi_meta does not exist/i.test(message)) {
    return "the file is not a Venturi store; choose another path";
  }
  return message.split("\n", 1)[0] ?? message;
}
