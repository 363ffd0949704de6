/** Numbers of varying length: seven bits a byte, lowest first. Divides instead of shifting, for more than 32 bits. */
export function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest >= 128) {
    bytes[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}

/** A signed number as a varint, small absolute values first. */
export function writeZigzag(bytes: Uint8Array, start: number, value: number): number {
  return writeVarint(bytes, start, value < 0 ? -2 * value - 1 : 2 * value);
}

/** Moves `position` past the number. @throws {Error} when the bytes end within it */
export function readZigzag(bytes: Uint8Array, position: { at: number }): number {
  const raw = readVarint(bytes, position);
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
}

function readVarint(bytes: Uint8Array, position: { at: number }): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[position.at++];
    if (byte === undefined) throw new Error("the bytes end within a number");
    value += (byte & 127) * factor;
    if (byte < 128) return value;
    factor *= 128;
  }
}

/** Reads what a chunk or a log record holds, front to back. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at: number = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.at++] as number;
  }

  varint(): number {
    return readVarint(this.bytes, this);
  }

  zigzag(): number {
    return readZigzag(this.bytes, this);
  }

  uint32(): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  double(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }
}

/** Bytes in the making, in a buffer that grows. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  length = 0;

  constructor(capacity: number = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.length++] = value;
  }

  varint(value: number): void {
    this.#reserve(10);
    this.length = writeVarint(this.#bytes, this.length, value);
  }

  zigzag(value: number): void {
    this.#reserve(10);
    this.length = writeZigzag(this.#bytes, this.length, value);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Room for `count` bytes at the end, to be filled by `fill`, which answers the offset after what it wrote. */
  block(count: number, fill: (bytes: Uint8Array, at: number) => number): void {
    this.#reserve(count);
    this.length = fill(this.#bytes, this.length);
  }

  /** What was written; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + count));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
