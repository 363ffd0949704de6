const encoder = new TextEncoder();
const quote = 0x22;
const backslash = 0x5c;
const hexDigits = encoder.encode("0123456789abcdef");

/** Single-character escapes that JSON has for control characters. */
const shortEscapes: Readonly<Record<number, number>> = { 8: 0x62, 9: 0x74, 10: 0x6e, 12: 0x66, 13: 0x72 };

/**
 * JSON text in the making, as UTF-8 bytes in one reused buffer. Attribute text comes as UTF-8 and the database wants
 * UTF-8, so copying bytes saves decoding, concatenating and encoding strings that nobody reads.
 */
export class JsonBytes {
  #bytes = new Uint8Array(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** What was written; valid until the next write or `clear`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  toString(): string {
    return Buffer.from(this.#bytes.buffer, 0, this.#length).toString("utf8");
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** ASCII text that needs no escape: punctuation, numbers, names of ours. */
  ascii(text: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index++) this.#bytes[this.#length++] = text.charCodeAt(index);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    const out = this.#bytes;
    let at = this.#length;
    if (bytes.length > 64) {
      out.set(bytes, at);
      this.#length = at + bytes.length;
      return;
    }
    for (let index = 0; index < bytes.length; index++) out[at++] = bytes[index] as number;
    this.#length = at;
  }

  /** A JSON string of the UTF-8 text `bytes[start, end)`. */
  string(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve((end - start) * 6 + 2);
    const out = this.#bytes;
    let at = this.#length;
    out[at++] = quote;
    for (let index = start; index < end; index++) {
      const byte = bytes[index] as number;
      if (byte >= 0x20 && byte !== quote && byte !== backslash) out[at++] = byte;
      else at = writeEscape(out, at, byte);
    }
    out[at++] = quote;
    this.#length = at;
  }

  /** A JSON string of lower-case hex digits. */
  hexString(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve((end - start) * 2 + 2);
    this.#bytes[this.#length++] = quote;
    this.#length = writeHex(this.#bytes, this.#length, bytes, start, end);
    this.#bytes[this.#length++] = quote;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Writes two hex digits per byte and answers the offset after them. */
export function writeHex(out: Uint8Array, offset: number, bytes: Uint8Array, start: number, end: number): number {
  let at = offset;
  for (let index = start; index < end; index++) {
    const byte = bytes[index] as number;
    out[at++] = hexDigits[byte >> 4] as number;
    out[at++] = hexDigits[byte & 15] as number;
  }
  return at;
}

function writeEscape(out: Uint8Array, start: number, byte: number): number {
  let at = start;
  out[at++] = backslash;
  if (byte === quote || byte === backslash) out[at++] = byte;
  else if (shortEscapes[byte] !== undefined) out[at++] = shortEscapes[byte];
  else {
    out[at++] = 0x75;
    out[at++] = 0x30;
    out[at++] = 0x30;
    at = writeHex(out, at, Uint8Array.of(byte), 0, 1);
  }
  return at;
}
