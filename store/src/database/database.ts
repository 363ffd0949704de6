import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { registerPath } from "./open-paths.js";
import type { RowBuffer } from "./row-buffer.js";
import { createTableSql, schemaVersion, type Table, tables } from "./schema.js";

export interface DatabaseSettings {
  /** File, or ":memory:". */
  readonly path: string;
  /** DuckDB's own worker threads; they leave the JavaScript thread free but compete with it for cores. */
  readonly threads?: number;
  readonly memoryLimitMiB?: number;
}

export type Row = Record<string, DuckDBValue>;

const readerCount = 2;

/**
 * One DuckDB file: a single writing connection whose transactions run one after the other, and a few reading
 * connections. Each running query holds a thread of Node's pool, hence the small number.
 */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #writer: DuckDBConnection;
  readonly #idleReaders: DuckDBConnection[];
  readonly #allReaders: readonly DuckDBConnection[];
  readonly #waitingForReader: ((reader: DuckDBConnection) => void)[] = [];
  readonly #unregister: () => void;
  readonly #reading = new Set<Promise<unknown>>();
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    readers: DuckDBConnection[],
    unregister: () => void,
  ) {
    this.#instance = instance;
    this.#writer = writer;
    this.#allReaders = readers;
    this.#idleReaders = [...readers];
    this.#unregister = unregister;
  }

  /** @throws {Error} one line: the file is open elsewhere, is not a database, or has another schema version */
  static async open(settings: DatabaseSettings): Promise<Database> {
    const unregister = registerPath(settings.path);
    try {
      const instance = await DuckDBInstance.create(settings.path, {
        threads: String(settings.threads ?? 2),
        memory_limit: `${settings.memoryLimitMiB ?? 1024}MiB`,
        // Newer compression than the oldest readers know (DICT_FSST, ZSTD): a third of the bytes.
        storage_compatibility_version: "latest",
        checkpoint_threshold: "256MiB",
        // Nothing we run needs extensions from the network or other files of this machine.
        autoinstall_known_extensions: "false",
        autoload_known_extensions: "false",
        enable_external_access: "false",
      });
      try {
        const writer = await instance.connect();
        await createSchema(writer);
        const readers = await Promise.all(Array.from({ length: readerCount }, () => instance.connect()));
        return new Database(instance, writer, readers, unregister);
      } catch (cause) {
        instance.closeSync();
        throw cause;
      }
    } catch (cause) {
      unregister();
      throw new Error(`cannot open store "${settings.path}": ${explain(cause)}`, { cause });
    }
  }

  /** Runs one SELECT on a reading connection; waits while all of them are busy. */
  read(sql: string, values: DuckDBValue[] = []): Promise<Row[]> {
    return this.withReader(async (reader) => (await reader.runAndReadAll(sql, values)).getRowObjects());
  }

  /** The same as columns: for many rows, an object for each would cost more than the query. */
  readColumns(sql: string, values: DuckDBValue[] = []): Promise<DuckDBValue[][]> {
    return this.withReader(async (reader) => (await reader.runAndReadAll(sql, values)).getColumns());
  }

  /** Lends a reading connection; waits while all of them are busy. */
  async withReader<T>(work: (reader: DuckDBConnection) => Promise<T>): Promise<T> {
    const reader = await this.#takeReader();
    const running = work(reader);
    this.#reading.add(running);
    try {
      return await running;
    } finally {
      this.#reading.delete(running);
      const next = this.#waitingForReader.shift();
      if (next !== undefined) next(reader);
      else this.#idleReaders.push(reader);
    }
  }

  /** Appends whole buffers and runs statements as one transaction: all of it is durable when this resolves, or none. */
  transaction(work: {
    readonly append?: readonly (readonly [Table, RowBuffer])[];
    readonly statements?: readonly (readonly [sql: string, values: DuckDBValue[]])[];
  }): Promise<void> {
    return this.#exclusively(async (connection) => {
      await connection.run("BEGIN TRANSACTION");
      try {
        for (const [table, rows] of work.append ?? []) {
          if (rows.rowCount === 0) continue;
          const appender = await connection.createAppender(table.name);
          try {
            rows.appendTo(appender);
          } finally {
            appender.closeSync();
          }
        }
        for (const [sql, values] of work.statements ?? []) await connection.run(sql, values);
        // The commit writes and syncs the log on a DuckDB thread; only the copying above costs the JavaScript thread.
        await connection.run("COMMIT");
      } catch (cause) {
        await connection.run("ROLLBACK").catch(() => undefined);
        throw cause;
      }
    });
  }

  /** Gives emptied blocks back; leaves it to a later time while queries hold on to them. */
  checkpoint(): Promise<void> {
    return this.#exclusively(async (connection) => {
      await connection.run("CHECKPOINT").catch((cause: unknown) => {
        if (!/other (write )?transactions/i.test(String(cause))) throw cause;
      });
    });
  }

  /** Waits for the running transaction, ends running queries, checkpoints and closes. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const reader of this.#allReaders) reader.interrupt();
    await Promise.allSettled([...this.#reading]);
    try {
      await this.#exclusively(async (connection) => {
        await connection.run("CHECKPOINT");
      });
    } finally {
      for (const reader of this.#allReaders) reader.closeSync();
      this.#writer.closeSync();
      this.#instance.closeSync();
      this.#unregister();
    }
  }

  #takeReader(): Promise<DuckDBConnection> {
    if (this.#closed) return Promise.reject(new Error("cannot query the store: it is closed"));
    const reader = this.#idleReaders.pop();
    if (reader !== undefined) return Promise.resolve(reader);
    return new Promise((resolve) => this.#waitingForReader.push(resolve));
  }

  #exclusively(work: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    const run = this.#writing.then(() => work(this.#writer));
    this.#writing = run.catch(() => undefined);
    return run;
  }
}

async function createSchema(connection: DuckDBConnection): Promise<void> {
  await connection.run("CREATE TABLE IF NOT EXISTS venturi_meta (schema_version INTEGER)");
  const existing = await connection.runAndReadAll("SELECT schema_version FROM venturi_meta");
  const version = existing.getRowObjects()[0]?.schema_version;
  if (version === undefined) await connection.run("INSERT INTO venturi_meta VALUES ($1)", [schemaVersion]);
  else if (version !== schemaVersion) {
    throw new Error(`it has schema version ${version}, this release reads version ${schemaVersion}; use another path`);
  }
  for (const table of tables) await connection.run(createTableSql(table));
}

function explain(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/could not set lock/i.test(message)) {
    const pid = /PID (\d+)/.exec(message)?.[1];
    return `another process${pid === undefined ? "" : ` (PID ${pid})`} has it open; stop that process or choose another path`;
  }
  if (/not a valid DuckDB database/i.test(message)) return "the file is not a Venturi store; choose another path";
  return message.split("\n", 1)[0] ?? message;
}
