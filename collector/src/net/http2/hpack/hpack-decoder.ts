import { ConnectionError, H2 } from "../http2-error.js";
import { HeaderField, STATIC_TABLE } from "./header-field.js";
import { decodeHuffman } from "./huffman.js";

/** What SETTINGS_HEADER_TABLE_SIZE is as long as nobody says otherwise; we do not. */
const MAX_TABLE_BYTES = 4096;
/** Beyond this an integer is no index, length or size that anybody needs. */
const MAX_INTEGER = 0x0fff_ffff;

/** Decodes the header blocks of one direction of a connection, in their order (RFC 7541). */
export class HpackDecoder {
  /** The oldest first. */
  #fields: HeaderField[] = [];
  /** Fields before this one are evicted. */
  #first = 0;
  #bytes = 0;
  #maxBytes = MAX_TABLE_BYTES;
  #block: Buffer = EMPTY;
  #at = 0;

  /**
   * Calls `visit` for each header of a whole block; nothing of `block` is kept.
   * @throws ConnectionError COMPRESSION_ERROR: the table is out of step, and no later block can be read
   */
  decode(block: Buffer, visit: (field: HeaderField) => void): void {
    this.#block = block;
    this.#at = 0;
    let mayResize = true;
    while (this.#at < block.length) {
      const first = block[this.#at] as number;
      if ((first & 0xe0) === 0x20) {
        if (!mayResize) throw broken("table size update behind a header");
        this.#resize(this.#integer(5));
        continue;
      }
      mayResize = false;
      if ((first & 0x80) !== 0) visit(this.#fieldAt(this.#integer(7)));
      else if ((first & 0x40) !== 0) visit(this.#add(this.#literal(6)));
      else visit(this.#literal(4));
    }
    this.#block = EMPTY;
  }

  #fieldAt(index: number): HeaderField {
    const field =
      index <= STATIC_TABLE.length
        ? STATIC_TABLE[index - 1]
        : index - STATIC_TABLE.length <= this.#fields.length - this.#first
          ? this.#fields[this.#fields.length - (index - STATIC_TABLE.length)]
          : undefined;
    if (field === undefined) throw broken(`no header has the index ${index}`);
    return field;
  }

  #literal(prefixBits: number): HeaderField {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#string() : this.#fieldAt(index).name;
    return new HeaderField(name, this.#string());
  }

  #string(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const from = this.#at;
    if (length > this.#block.length - from) throw broken("string longer than its block");
    this.#at += length;
    if (!isHuffman) return this.#block.toString("latin1", from, this.#at);
    const text = decodeHuffman(this.#block, from, this.#at);
    if (text === undefined) throw broken("malformed Huffman code");
    return text;
  }

  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    const block = this.#block;
    if (this.#at >= block.length) throw broken("block is cut");
    let value = (block[this.#at++] as number) & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= block.length) throw broken("block is cut");
      const byte = block[this.#at++] as number;
      if (shift > 21) throw broken("integer too large");
      value += (byte & 0x7f) << shift;
      if (value > MAX_INTEGER) throw broken("integer too large");
      if ((byte & 0x80) === 0) return value;
    }
  }

  #resize(bytes: number): void {
    if (bytes > MAX_TABLE_BYTES) throw broken(`table of ${bytes} bytes`);
    this.#maxBytes = bytes;
    this.#evict(0);
  }

  #add(field: HeaderField): HeaderField {
    this.#evict(field.size);
    // One larger than the table empties it, and that is all.
    if (field.size > this.#maxBytes) return field;
    this.#fields.push(field);
    this.#bytes += field.size;
    return field;
  }

  /** Makes room for `bytes` more. */
  #evict(bytes: number): void {
    while (this.#first < this.#fields.length && this.#bytes + bytes > this.#maxBytes) {
      this.#bytes -= (this.#fields[this.#first++] as HeaderField).size;
    }
    if (this.#first > 64 && this.#first * 2 > this.#fields.length) {
      this.#fields = this.#fields.slice(this.#first);
      this.#first = 0;
    }
  }
}

const EMPTY: Buffer = Buffer.alloc(0);

function broken(why: string): ConnectionError {
  return new ConnectionError(H2.compressionError, why);
}
