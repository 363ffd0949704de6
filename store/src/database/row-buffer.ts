import { type DuckDBAppender, DuckDBDataChunk, DuckDBTypeId } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { Table } from "./schema.js";

/** DuckDB's vector size: the most rows that one data chunk may hold. */
const rowsPerChunk = 2048;

/** VARCHAR: a string or its UTF-8 bytes; BIGINT: bigint; INTEGER: number; BLOB: bytes; null in any column. */
export type Cell = string | bigint | number | Uint8Array | null;

/** Rows waiting for the database, already in DuckDB's own memory layout. */
export class RowBuffer {
  readonly #table: Table;
  readonly #chunks: ChunkFiller[] = [];
  #last: ChunkFiller | undefined;
  rowCount = 0;
  /** Characters and bytes held: what the buffer's memory bound is measured by. */
  textLength = 0;

  constructor(table: Table) {
    this.#table = table;
  }

  /** One value per column, in the table's order. */
  push(row: readonly Cell[]): void {
    if (this.#last === undefined || this.#last.rowCount === rowsPerChunk) {
      this.#last = takeFiller(this.#table);
      this.#chunks.push(this.#last);
    }
    this.textLength += this.#last.push(row);
    this.rowCount++;
  }

  /** Copies every row into the appender's transaction; the buffer keeps them, so that a failed commit can be retried. */
  appendTo(appender: DuckDBAppender): void {
    for (const chunk of this.#chunks) appender.appendDataChunk(chunk.sealed());
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

/**
 * Chunks wait here to be filled again. Their memory is native, so the collector does not see it and lets hundreds of
 * megabytes of them pile up.
 */
const idleFillers = new Map<Table, ChunkFiller[]>();
const maxIdleFillers = 16;

function takeFiller(table: Table): ChunkFiller {
  return idleFillers.get(table)?.pop() ?? new ChunkFiller(table.columns.map((column) => column.type));
}

type Setter = (row: number, value: Cell) => number;

/**
 * Fills one chunk through the low-level binding: text goes to native memory at once. The high-level vectors keep every
 * cell as a JavaScript value until the flush, and collecting those halved the ingest rate (24k spans/s
 * against 45k).
 */
class ChunkFiller {
  readonly #chunk: DuckDBDataChunk;
  readonly #vectors: duckdb.Vector[];
  readonly #setters: Setter[];
  readonly #validities: (Uint8Array | undefined)[] = [];
  readonly #finishers: (() => void)[] = [];
  rowCount = 0;

  constructor(types: Table["columns"][number]["type"][]) {
    this.#chunk = DuckDBDataChunk.create(types, rowsPerChunk);
    this.#vectors = types.map((_, column) => duckdb.data_chunk_get_vector(this.#chunk.chunk, column));
    this.#setters = types.map((type, column) => this.#setter(type.typeId, this.#vectors[column] as duckdb.Vector));
  }

  push(row: readonly Cell[]): number {
    let length = 0;
    for (let column = 0; column < this.#setters.length; column++) {
      const value = row[column] as Cell;
      if (value === null) this.#setNull(column);
      else length += (this.#setters[column] as Setter)(this.rowCount, value);
    }
    this.rowCount++;
    return length;
  }

  /** The chunk with all rows so far; nothing may be pushed afterwards. */
  sealed(): DuckDBDataChunk {
    for (const finish of this.#finishers) finish();
    this.#validities.forEach((bits, column) => {
      const vector = this.#vectors[column] as duckdb.Vector;
      if (bits === undefined) return;
      duckdb.vector_ensure_validity_writable(vector);
      duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, 0, bits.byteLength);
    });
    this.#chunk.rowCount = this.rowCount;
    return this.#chunk;
  }

  reset(): void {
    duckdb.data_chunk_reset(this.#chunk.chunk);
    this.#validities.length = 0;
    this.rowCount = 0;
  }

  /** Answers the length of what it stored. */
  #setter(typeId: DuckDBTypeId, vector: duckdb.Vector): Setter {
    if (typeId === DuckDBTypeId.VARCHAR || typeId === DuckDBTypeId.BLOB) {
      return (row, value) => {
        if (typeof value === "string") duckdb.vector_assign_string_element(vector, row, value);
        else duckdb.vector_assign_string_element_len(vector, row, value as Uint8Array);
        return (value as string | Uint8Array).length;
      };
    }
    const numbers = typeId === DuckDBTypeId.BIGINT ? new BigInt64Array(rowsPerChunk) : new Int32Array(rowsPerChunk);
    this.#finishers.push(() => duckdb.copy_data_to_vector(vector, 0, numbers.buffer, 0, numbers.byteLength));
    return (row, value) => {
      numbers[row] = value as number;
      return 0;
    };
  }

  #setNull(column: number): void {
    const bits = (this.#validities[column] ??= new Uint8Array(rowsPerChunk / 8).fill(0xff));
    const at = this.rowCount >> 3;
    bits[at] = (bits[at] as number) & ~(1 << (this.rowCount & 7));
  }
}
