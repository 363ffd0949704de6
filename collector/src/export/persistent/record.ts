import { crc32 } from "node:zlib";

/** Bytes of a queue on disk; `docs/formats/persistent-queue.md` is the description. All integers are little-endian. */

export const SEGMENT_MAGIC: Buffer = Buffer.from("VENTURIQ", "latin1");
export const SEGMENT_HEADER_BYTES = 16;
export const FORMAT_VERSION = 1;
export const RECORD_HEADER_BYTES = 48;

const RECORD_MAGIC = 0x31524556; // "VER1"
export const RECORD_MAGIC_BYTES: Buffer = Buffer.from("VER1", "latin1");

/** What a record is. */
export const KIND = {
  /** A batch that was accepted. */
  batch: 1,
  /** Sequence numbers of batches that need no delivery any more. */
  done: 2,
  /** A batch under its old number, moved here so that an old segment could go. */
  moved: 3,
} as const;

export interface RecordHeader {
  readonly kind: number;
  /** Payload without the header. */
  readonly payloadBytes: number;
  readonly payloadCrc: number;
  /** Of a batch: 1, 2, 3, … in the order of acceptance. Of other records: that of the last batch before. */
  readonly seq: number;
  /** Spans, points or log records of this batch. */
  readonly items: number;
  /** Items of all batches before `seq`: a gap between two records tells how many items are missing. */
  readonly itemsBefore: number;
  /** Bytes at the begin of the payload that are the pipeline's id. */
  readonly pipelineBytes: number;
}

export function encodeSegmentHeader(): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(bytes);
  bytes.writeUInt32LE(FORMAT_VERSION, 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
  return bytes;
}

export function isSegmentHeader(bytes: Buffer): boolean {
  return (
    bytes.length >= SEGMENT_HEADER_BYTES &&
    bytes.subarray(0, 8).equals(SEGMENT_MAGIC) &&
    bytes.readUInt32LE(8) === FORMAT_VERSION &&
    bytes.readUInt32LE(12) === crc32(bytes.subarray(0, 12))
  );
}

export function encodeRecordHeader(header: RecordHeader): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES);
  bytes.writeUInt32LE(RECORD_MAGIC, 0);
  bytes.writeUInt8(header.kind, 8);
  bytes.writeUInt16LE(header.pipelineBytes, 10);
  bytes.writeUInt32LE(header.payloadBytes, 12);
  bytes.writeUInt32LE(header.payloadCrc, 16);
  bytes.writeUInt32LE(header.items, 20);
  writeUint53(bytes, header.seq, 24);
  writeUint53(bytes, header.itemsBefore, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

/** Undefined when no intact header begins at `offset`. */
export function decodeRecordHeader(bytes: Buffer, offset: number): RecordHeader | undefined {
  if (offset + RECORD_HEADER_BYTES > bytes.length || bytes.readUInt32LE(offset) !== RECORD_MAGIC) return undefined;
  if (bytes.readUInt32LE(offset + 4) !== crc32(bytes.subarray(offset + 8, offset + RECORD_HEADER_BYTES))) {
    return undefined;
  }
  return {
    kind: bytes.readUInt8(offset + 8),
    pipelineBytes: bytes.readUInt16LE(offset + 10),
    payloadBytes: bytes.readUInt32LE(offset + 12),
    payloadCrc: bytes.readUInt32LE(offset + 16),
    items: bytes.readUInt32LE(offset + 20),
    seq: readUint53(bytes, offset + 24),
    itemsBefore: readUint53(bytes, offset + 32),
  };
}

const DONE_ENTRY_BYTES = 12;

/** A batch that is done: its number and its items. */
export interface DoneEntry {
  readonly seq: number;
  readonly items: number;
}

export function encodeDone(entries: readonly DoneEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.length * DONE_ENTRY_BYTES);
  entries.forEach(({ seq, items }, index) => {
    writeUint53(bytes, seq, index * DONE_ENTRY_BYTES);
    bytes.writeUInt32LE(items, index * DONE_ENTRY_BYTES + 8);
  });
  return bytes;
}

export function decodeDone(bytes: Buffer): DoneEntry[] {
  const entries: DoneEntry[] = [];
  for (let offset = 0; offset + DONE_ENTRY_BYTES <= bytes.length; offset += DONE_ENTRY_BYTES) {
    entries.push({ seq: readUint53(bytes, offset), items: bytes.readUInt32LE(offset + 8) });
  }
  return entries;
}

// Two halves instead of a BigInt: counters stay below 2^53.
function writeUint53(bytes: Buffer, value: number, offset: number): void {
  bytes.writeUInt32LE(value % 2 ** 32, offset);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), offset + 4);
}

function readUint53(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 2 ** 32;
}
