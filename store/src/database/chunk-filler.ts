import { DuckDBDataChunk, DuckDBTypeId } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { Table } from "./schema.js";
import { TextArena, TextColumn } from "./text-arena.js";

/** DuckDB's vector size: the most rows that one data chunk may hold. */
export const rowsPerChunk = 2048;

const scratchWords = new Uint32Array(rowsPerChunk * 4);

/** Rows of one table in DuckDB's memory layout, in JavaScript's memory until the chunk is sealed. */
export class ChunkFiller {
  readonly #chunk: DuckDBDataChunk;
  readonly #vectors: readonly duckdb.Vector[];
  readonly #texts: readonly (TextColumn | undefined)[];
  /** INTEGER has one word a row, BIGINT and DOUBLE two, the low one first. */
  readonly #numbers: readonly (Int32Array | undefined)[];
  readonly #doubles: readonly (Float64Array | undefined)[];
  readonly #wordsPerRow: readonly number[];
  readonly #validities: (Uint8Array | undefined)[];
  readonly #hasNull: boolean[];
  readonly #arena = new TextArena();
  rowCount = 0;

  constructor(table: Table) {
    const types = table.columns.map((column) => column.type);
    this.#chunk = DuckDBDataChunk.create(types, rowsPerChunk);
    this.#vectors = types.map((_, column) => duckdb.data_chunk_get_vector(this.#chunk.chunk, column));
    const isText = types.map(({ typeId }) => typeId === DuckDBTypeId.VARCHAR || typeId === DuckDBTypeId.BLOB);
    this.#wordsPerRow = types.map(({ typeId }) => (typeId === DuckDBTypeId.INTEGER ? 1 : 2));
    this.#texts = isText.map((text) => (text ? new TextColumn(rowsPerChunk) : undefined));
    this.#numbers = this.#wordsPerRow.map((words, column) =>
      isText[column] ? undefined : new Int32Array(rowsPerChunk * words),
    );
    this.#doubles = types.map(({ typeId }, column) =>
      typeId === DuckDBTypeId.DOUBLE ? new Float64Array((this.#numbers[column] as Int32Array).buffer) : undefined,
    );
    this.#validities = types.map(() => undefined);
    this.#hasNull = types.map(() => false);
  }

  /** Bytes of long text held. */
  get textLength(): number {
    return this.#arena.length;
  }

  text(column: number, bytes: Uint8Array, start: number, end: number): void {
    (this.#texts[column] as TextColumn).set(this.rowCount, this.#arena, bytes, start, end);
  }

  int32(column: number, value: number): void {
    (this.#numbers[column] as Int32Array)[this.rowCount] = value;
  }

  /** For INTEGER and DOUBLE alike. */
  number(column: number, value: number): void {
    const doubles = this.#doubles[column];
    if (doubles === undefined) this.int32(column, value);
    else doubles[this.rowCount] = value;
  }

  /** A 64-bit integer as its two halves: BigInt would allocate for every cell. */
  int64(column: number, low: number, high: number): void {
    const words = this.#numbers[column] as Int32Array;
    words[this.rowCount * 2] = low;
    words[this.rowCount * 2 + 1] = high;
  }

  setNull(column: number): void {
    let bits = this.#validities[column];
    if (bits === undefined) this.#validities[column] = bits = new Uint8Array(rowsPerChunk / 8);
    if (!this.#hasNull[column]) {
      bits.fill(0xff);
      this.#hasNull[column] = true;
    }
    const at = this.rowCount >> 3;
    bits[at] = (bits[at] as number) & ~(1 << (this.rowCount & 7));
    const text = this.#texts[column];
    if (text !== undefined) text.words[this.rowCount * 4] = 0;
  }

  /** The chunk with all rows so far, in native memory; valid until `reset`. May be asked for again when a commit failed. */
  sealed(): DuckDBDataChunk {
    const address = this.#arena.seal();
    for (let column = 0; column < this.#vectors.length; column++) {
      const vector = this.#vectors[column] as duckdb.Vector;
      const text = this.#texts[column];
      if (text !== undefined) {
        text.patch(scratchWords, this.rowCount, address);
        copyWords(vector, scratchWords, this.rowCount * 4);
      } else
        copyWords(vector, this.#numbers[column] as Int32Array, this.rowCount * (this.#wordsPerRow[column] as number));
      if (!this.#hasNull[column]) continue;
      const bits = this.#validities[column] as Uint8Array;
      duckdb.vector_ensure_validity_writable(vector);
      duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, 0, bits.byteLength);
    }
    this.#chunk.rowCount = this.rowCount;
    return this.#chunk;
  }

  reset(): void {
    duckdb.data_chunk_reset(this.#chunk.chunk);
    this.#hasNull.fill(false);
    this.#arena.reset();
    this.rowCount = 0;
  }
}

function copyWords(vector: duckdb.Vector, words: Uint32Array | Int32Array, count: number): void {
  duckdb.copy_data_to_vector(vector, 0, words.buffer as ArrayBuffer, words.byteOffset, count * 4);
}
