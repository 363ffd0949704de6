import { BLOB, DuckDBDataChunk } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";

/** `duckdb_string_t` keeps so many bytes in itself; longer text is a four-byte prefix and a pointer. */
const maxInlineBytes = 12;
export const bytesPerString = 16;

const firstCapacity = 64 * 1024;
const maxIdleBytes = 4 * 1024 * 1024;

/**
 * The long texts of one data chunk, back to back. They become native memory with one call for the whole chunk, and every
 * cell gets a `duckdb_string_t` (the layout is part of DuckDB's C API) that points into it. One call per cell took 40 % of
 * the time of ingesting spans.
 */
export class TextArena {
  #bytes = new Uint8Array(firstCapacity);
  #length = 0;
  readonly #native = DuckDBDataChunk.create([BLOB], 1);

  get length(): number {
    return this.#length;
  }

  /** Appends `source[start, end)`; answers where it lies. */
  add(source: Uint8Array, start: number, end: number): number {
    const count = end - start;
    const at = this.#reserve(count);
    const bytes = this.#bytes;
    // A view object and a call cost more than copying a short text by hand.
    if (count > 48) bytes.set(source.subarray(start, end), at);
    else for (let index = start, to = at; index < end; index++) bytes[to++] = source[index] as number;
    return at;
  }

  /** Copies all texts to native memory; answers its address. The memory lives until `reset` or the next call. */
  seal(): number {
    duckdb.data_chunk_reset(this.#native.chunk);
    const vector = duckdb.data_chunk_get_vector(this.#native.chunk, 0);
    // Short content would be kept inline and have no address.
    const length = Math.max(this.#length, maxInlineBytes + 1);
    duckdb.vector_assign_string_element_len(vector, 0, this.#bytes.subarray(0, length));
    const cell = duckdb.vector_get_data(vector, bytesPerString);
    const view = new DataView(cell.buffer, cell.byteOffset, bytesPerString);
    return view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32;
  }

  reset(): void {
    this.#length = 0;
    duckdb.data_chunk_reset(this.#native.chunk);
    if (this.#bytes.length > maxIdleBytes) this.#bytes = new Uint8Array(firstCapacity);
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length = at + count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    return at;
  }
}

/** The cells of one text column in `duckdb_string_t` layout; long ones hold an offset into the arena until `patch`. */
export class TextColumn {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;

  constructor(rows: number) {
    this.words = new Uint32Array((rows * bytesPerString) / 4);
    this.bytes = new Uint8Array(this.words.buffer);
  }

  set(row: number, arena: TextArena, source: Uint8Array, start: number, end: number): void {
    const { words, bytes } = this;
    const count = end - start;
    const word = row * 4;
    words[word] = count;
    words[word + 1] = words[word + 2] = words[word + 3] = 0;
    let to = row * bytesPerString + 4;
    if (count <= maxInlineBytes) {
      for (let index = start; index < end; index++) bytes[to++] = source[index] as number;
      return;
    }
    for (let index = start; index < start + 4; index++) bytes[to++] = source[index] as number;
    words[word + 2] = arena.add(source, start, end);
  }

  /** The cells as DuckDB wants them, with addresses for offsets; `out` has as many words. */
  patch(out: Uint32Array, rows: number, address: number): void {
    const { words } = this;
    out.set(words.subarray(0, rows * 4));
    for (let word = 0; word < rows * 4; word += 4) {
      if ((words[word] as number) <= maxInlineBytes) continue;
      const target = address + (words[word + 2] as number);
      out[word + 2] = target % 2 ** 32;
      out[word + 3] = Math.floor(target / 2 ** 32);
    }
  }
}
