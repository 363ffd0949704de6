import { constants, statSync } from "node:fs";
import { copyFile, rm, stat } from "node:fs/promises";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { type Connections, connect, type DatabaseSettings, explain, isInvalidated } from "./connections.js";
import { registerPath } from "./open-paths.js";
import type { RowBuffer } from "./row-buffer.js";
import type { Table } from "./schema.js";

/** Sizes in bytes. */
export interface DatabaseUsage {
  /** Blocks that hold data, and the write-ahead log. */
  readonly usedBytes: number;
  /** Blocks that are free for new data. */
  readonly freeBytes: number;
  readonly walBytes: number;
}

export type Row = Record<string, DuckDBValue>;

/**
 * DuckDB would write a checkpoint within the commit that makes the log longer than 16 MiB, and each rewrites the last,
 * partly filled row group: a third of the time of ingesting spans. We do it less often, and between transactions. Reading
 * back a log of this size takes about half a second when the store opens after a crash.
 */
const defaultCheckpointWalBytes = 128 * 1024 * 1024;

/** A checkpoint that failed, as on a full disk, is not tried again at once: DuckDB starts anew each time. */
const checkpointRetryMs = 30_000;

/**
 * One DuckDB file: a single writing connection whose transactions run one after the other, and a few reading
 * connections. Each running query holds a thread of Node's pool, hence the small number.
 */
export class Database {
  #connections: Connections;
  #idleReaders: DuckDBConnection[];
  readonly #settings: DatabaseSettings;
  readonly #unregister: () => void;
  #waitingForReader: ((reader: DuckDBConnection) => void)[] = [];
  readonly #reading = new Set<Promise<unknown>>();
  #writing: Promise<void> = Promise.resolve();
  /** While a snapshot is copied, the file must not change under it. */
  #checkpointsHeld = 0;
  #isCheckpointQueued = false;
  #noCheckpointBefore = 0;
  /** The connections are gone; whatever comes next opens the file anew first. */
  #isDown = false;
  #closed = false;

  private constructor(connections: Connections, settings: DatabaseSettings, unregister: () => void) {
    this.#connections = connections;
    this.#idleReaders = [...connections.readers];
    this.#settings = settings;
    this.#unregister = unregister;
  }

  /** @throws {Error} one line: the file is open elsewhere, is not a database, or has another schema version */
  static async open(settings: DatabaseSettings): Promise<Database> {
    const unregister = registerPath(settings.path);
    try {
      return new Database(await connect(settings), settings, unregister);
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
      // After a new start of the database, the old connection is of no use.
      if (this.#connections.readers.includes(reader)) this.#giveBack(reader);
    }
  }

  /** Appends whole buffers and runs statements as one transaction: all of it is durable when this resolves, or none. */
  transaction(work: {
    readonly append?: readonly (readonly [Table, RowBuffer])[];
    readonly statements?: readonly (readonly [sql: string, values: DuckDBValue[]])[];
  }): Promise<void> {
    const done = this.#exclusively(async (connection) => {
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
        if (isInvalidated(cause)) await this.#restart();
        throw cause;
      }
    });
    // Whoever waits for this transaction does not wait for the checkpoint behind it.
    done.then(() => this.#checkpointWhenDue()).catch(() => undefined);
    return done;
  }

  /** Writes the log into the file and gives emptied blocks back; leaves it to a later time while queries hold on to them. */
  checkpoint(): Promise<void> {
    return this.#exclusively((connection) => this.#checkpoint(connection));
  }

  /**
   * Writes a copy of the whole database, as of now, to a file that does not exist yet. Reading and writing go on: new
   * rows only go to the log while the file is copied.
   * @returns its size in bytes
   * @throws {Error} one line; nothing is left behind
   */
  async snapshot(target: string): Promise<number> {
    if (this.#settings.path === ":memory:") throw new Error("cannot back up a store that is only in memory");
    this.#checkpointsHeld++;
    try {
      await this.#exclusively(async (connection) => {
        await connection.run("CHECKPOINT");
      });
      // Where the file system can share blocks between files, this takes no time and no space.
      await copyFile(this.#settings.path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      return (await stat(target)).size;
    } catch (cause) {
      const error = cause as NodeJS.ErrnoException;
      if (error.code === "EEXIST") throw new Error(`cannot write ${target}: it exists already`, { cause });
      await rm(target, { force: true });
      throw new Error(`cannot write ${target}: ${explain(cause)}`, { cause });
    } finally {
      this.#checkpointsHeld--;
    }
  }

  async usage(): Promise<DatabaseUsage> {
    const [row] = await this.read("SELECT block_size, used_blocks, free_blocks FROM pragma_database_size()");
    const blockBytes = Number(row?.block_size ?? 0);
    const walBytes = this.#walBytes();
    return {
      usedBytes: blockBytes * Number(row?.used_blocks ?? 0) + walBytes,
      freeBytes: blockBytes * Number(row?.free_blocks ?? 0),
      walBytes,
    };
  }

  /** Waits for the running transaction, ends running queries, checkpoints and closes. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#isDown) await this.#endQueries();
    try {
      if (this.#settings.readOnly !== true) {
        // When the disk is full, everything stays in the log, which the next start reads.
        const checkpointed = this.#exclusively(async (connection) => void (await connection.run("CHECKPOINT")));
        await checkpointed.catch(() => undefined);
      }
    } finally {
      if (!this.#isDown) this.#connections.close();
      this.#unregister();
    }
  }

  #checkpointWhenDue(): void {
    if (this.#isCheckpointQueued || this.#closed || Date.now() < this.#noCheckpointBefore) return;
    if (this.#walBytes() < (this.#settings.checkpointWalBytes ?? defaultCheckpointWalBytes)) return;
    this.#isCheckpointQueued = true;
    this.#exclusively(async (connection) => {
      this.#isCheckpointQueued = false;
      await this.#checkpoint(connection);
    }).catch(() => undefined);
  }

  async #checkpoint(connection: DuckDBConnection): Promise<void> {
    if (this.#checkpointsHeld > 0) return;
    try {
      await connection.run("CHECKPOINT");
    } catch (cause) {
      if (/other (write )?transactions/i.test(String(cause))) return;
      this.#noCheckpointBefore = Date.now() + checkpointRetryMs;
      if (isInvalidated(cause)) await this.#restart();
      throw cause;
    }
  }

  /**
   * Opens the file anew after DuckDB has given the instance up, which it does when the disk is full during a checkpoint.
   * Everything committed is in the log, so queries see it again; only those that were running fail.
   */
  async #restart(): Promise<void> {
    if (!this.#isDown) {
      this.#idleReaders = [];
      await this.#endQueries();
      this.#connections.close();
      this.#isDown = true;
    }
    this.#connections = await connect(this.#settings);
    this.#isDown = false;
    for (const reader of this.#connections.readers) this.#giveBack(reader);
  }

  async #endQueries(): Promise<void> {
    for (const reader of this.#connections.readers) reader.interrupt();
    await Promise.allSettled([...this.#reading]);
  }

  #walBytes(): number {
    if (this.#settings.path === ":memory:") return 0;
    return statSync(`${this.#settings.path}.wal`, { throwIfNoEntry: false })?.size ?? 0;
  }

  #takeReader(): Promise<DuckDBConnection> {
    if (this.#closed) return Promise.reject(new Error("cannot query the store: it is closed"));
    const reader = this.#idleReaders.pop();
    if (reader !== undefined) return Promise.resolve(reader);
    return new Promise((resolve, reject) => {
      this.#waitingForReader.push(resolve);
      if (!this.#isDown) return;
      this.#exclusively(() => Promise.resolve()).catch((cause: unknown) => {
        this.#waitingForReader = this.#waitingForReader.filter((waiting) => waiting !== resolve);
        reject(cause);
      });
    });
  }

  #giveBack(reader: DuckDBConnection): void {
    const next = this.#waitingForReader.shift();
    if (next !== undefined) next(reader);
    else this.#idleReaders.push(reader);
  }

  #exclusively(work: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    const run = this.#writing.then(async () => {
      if (this.#isDown) await this.#restart();
      await work(this.#connections.writer);
    });
    this.#writing = run.catch(() => undefined);
    return run;
  }
}
