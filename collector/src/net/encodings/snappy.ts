import snappy from "snappyjs";
import { crc32c } from "./crc32c.js";
import { inflateSnappyBlock } from "./snappy-block.js";
import { TooLargeError } from "./too-large.js";

/** The framing format: chunks of a type, three bytes of length, a checksum and up to 64 KiB of content. */
const STREAM_HEADER = Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);
const COMPRESSED = 0x00;
const PLAIN = 0x01;
/** Types from here on up to the stream header may be skipped. */
const FIRST_SKIPPABLE = 0x80;
const CHUNK_CONTENT_BYTES = 65_536;

/**
 * Inflates snappy: one block, or the framing format, which older Collectors sent under the same name.
 * @throws TooLargeError above the bound, Error for a corrupt body
 */
export async function inflateSnappy(body: Buffer, maxBytes: number): Promise<Buffer> {
  if (body.subarray(0, STREAM_HEADER.length).equals(STREAM_HEADER)) return inflateFramed(body, maxBytes);
  return inflateSnappyBlock(body, maxBytes);
}

/** @throws TooLargeError above the bound, Error for a corrupt body */
export async function inflateFramedSnappy(body: Buffer, maxBytes: number): Promise<Buffer> {
  return inflateFramed(body, maxBytes);
}

function inflateFramed(body: Buffer, maxBytes: number): Buffer {
  if (!body.subarray(0, STREAM_HEADER.length).equals(STREAM_HEADER)) throw new Error("no snappy stream header");
  const parts: Buffer[] = [];
  let bytes = 0;
  for (let at = 0; at < body.length; ) {
    if (at + 4 > body.length) throw new Error("snappy chunk is cut");
    const type = body[at] as number;
    const end = at + 4 + body.readUIntLE(at + 1, 3);
    if (end > body.length) throw new Error("snappy chunk is cut");
    if (type === COMPRESSED || type === PLAIN) {
      const part = readChunk(type, body.subarray(at + 4, end));
      bytes += part.length;
      if (bytes > maxBytes) throw new TooLargeError(maxBytes);
      parts.push(part);
    } else if (type < FIRST_SKIPPABLE) throw new Error(`unknown snappy chunk ${type}`);
    at = end;
  }
  return Buffer.concat(parts, bytes);
}

function readChunk(type: number, chunk: Buffer): Buffer {
  if (chunk.length < 4) throw new Error("snappy chunk is cut");
  const content = chunk.subarray(4);
  if (type === PLAIN && content.length > CHUNK_CONTENT_BYTES) throw new Error("snappy chunk is too large");
  const part = type === PLAIN ? content : inflateSnappyBlock(content, CHUNK_CONTENT_BYTES);
  if (maskedChecksum(part) !== chunk.readUInt32LE(0)) throw new Error("snappy checksum is wrong");
  return part;
}

/** One snappy block. */
export async function compressSnappy(body: Uint8Array): Promise<Uint8Array> {
  return snappy.compress(body);
}

/** Snappy's framing format. */
export async function compressFramedSnappy(body: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [STREAM_HEADER];
  for (let at = 0; at < body.length; at += CHUNK_CONTENT_BYTES) {
    const content = body.subarray(at, at + CHUNK_CONTENT_BYTES);
    const block = snappy.compress(content);
    const head = Buffer.alloc(8);
    head[0] = COMPRESSED;
    head.writeUIntLE(block.length + 4, 1, 3);
    head.writeUInt32LE(maskedChecksum(content), 4);
    parts.push(head, block);
  }
  return Buffer.concat(parts);
}

/** Rotated and shifted, since a checksum of data that holds checksums is weak. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282_ead8) >>> 0;
}
