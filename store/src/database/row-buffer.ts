import type { DuckDBAppender } from "@duckdb/node-api";
import { ChunkFiller, rowsPerChunk } from "./chunk-filler.js";
import type { Table } from "./schema.js";

/** VARCHAR: a string or its UTF-8 bytes; BIGINT: bigint; INTEGER and DOUBLE: number; BLOB: bytes; null in any column. */
export type Cell = string | bigint | number | Uint8Array | null;

/** Rows waiting for the database, already in DuckDB's own memory layout. */
export class RowBuffer {
  readonly #table: Table;
  readonly #chunks: ChunkFiller[] = [];
  #last: ChunkFiller | undefined;
  #sealedTextLength = 0;
  rowCount = 0;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Bytes of text held: what the buffer's memory bound is measured by. */
  get textLength(): number {
    return this.#sealedTextLength + (this.#last?.textLength ?? 0);
  }

  /**
   * The hot path: set every column of the next row on what this answers, then call `endRow`.
   */
  beginRow(): ChunkFiller {
    if (this.#last === undefined || this.#last.rowCount === rowsPerChunk) {
      this.#sealedTextLength += this.#last?.textLength ?? 0;
      this.#last = takeFiller(this.#table);
      this.#chunks.push(this.#last);
    }
    return this.#last;
  }

  endRow(): void {
    if (this.#last !== undefined) this.#last.rowCount++;
    this.rowCount++;
  }

  /** One value per column, in the table's order. */
  push(row: readonly Cell[]): void {
    const filler = this.beginRow();
    for (let column = 0; column < row.length; column++) {
      const value = row[column] as Cell;
      if (value === null) filler.setNull(column);
      else if (typeof value === "number") filler.number(column, value);
      else if (typeof value === "bigint") {
        filler.int64(column, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      } else {
        const bytes = typeof value === "string" ? encoder.encode(value) : value;
        filler.text(column, bytes, 0, bytes.length);
      }
    }
    this.endRow();
  }

  /** Copies every row into the appender's transaction; the buffer keeps them, so that a failed commit can be retried. */
  appendTo(appender: DuckDBAppender): void {
    for (const chunk of this.#chunks) if (chunk.rowCount > 0) appender.appendDataChunk(chunk.sealed());
    appender.flushSync();
  }

  /** Gives the memory back for other buffers; this one must not be used any more. */
  release(): void {
    const idle = idleFillers.get(this.#table) ?? [];
    idleFillers.set(this.#table, idle);
    for (const filler of this.#chunks.splice(0)) {
      filler.reset();
      if (idle.length < maxIdleFillers) idle.push(filler);
    }
    this.#last = undefined;
  }
}

const encoder = new TextEncoder();

/**
 * Chunks wait here to be filled again. Their memory is native, so the collector does not see it and lets hundreds of
 * megabytes of them pile up.
 */
const idleFillers = new Map<Table, ChunkFiller[]>();
const maxIdleFillers = 16;

function takeFiller(table: Table): ChunkFiller {
  return idleFillers.get(table)?.pop() ?? new ChunkFiller(table);
}
