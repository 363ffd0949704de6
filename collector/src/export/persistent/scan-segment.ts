import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import {
  decodeRecordHeader,
  isSegmentHeader,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC_BYTES,
  type RecordHeader,
  SEGMENT_HEADER_BYTES,
} from "./record.js";

export interface FoundRecord {
  readonly header: RecordHeader;
  /** Of the payload, in the file. */
  readonly offset: number;
  /** The payload does not fit into the file any more: its writing was cut off. */
  readonly torn: boolean;
}

export interface SegmentScan {
  readonly records: readonly FoundRecord[];
  readonly bytes: number;
  /** Bytes that belong to no intact record. */
  readonly damagedBytes: number;
}

/** How far a look for the next record reads at a time. */
const SEARCH_BYTES = 1024 * 1024;

/**
 * Finds the records of a segment by their headers; payloads are not read. Behind damaged bytes it goes on at the next
 * intact header. @throws Error of the file system.
 */
export function scanSegment(path: string): SegmentScan {
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    const records: FoundRecord[] = [];
    const head = readAt(fd, 0, Math.min(SEGMENT_HEADER_BYTES, size));
    const intact = isSegmentHeader(head);
    let damagedBytes = intact ? 0 : head.length;
    // What has no header of ours is searched from the start all the same: only its first bytes may be damaged.
    let offset = intact ? SEGMENT_HEADER_BYTES : 0;
    while (offset < size) {
      const header = decodeRecordHeader(readAt(fd, offset, Math.min(RECORD_HEADER_BYTES, size - offset)), 0);
      if (header === undefined) {
        const next = findRecord(fd, offset + 1, size);
        damagedBytes += Math.max(0, next - Math.max(offset, intact ? 0 : head.length));
        offset = next;
        continue;
      }
      const start = offset + RECORD_HEADER_BYTES;
      const torn = start + header.payloadBytes > size;
      records.push({ header, offset: start, torn });
      offset = torn ? size : start + header.payloadBytes;
    }
    return { records, bytes: size, damagedBytes };
  } finally {
    closeSync(fd);
  }
}

/** Where the next intact header begins, or the end of the file. */
function findRecord(fd: number, from: number, size: number): number {
  // Blocks overlap by a header, so that one across their border is found.
  for (let at = from; at < size; at += SEARCH_BYTES) {
    const block = readAt(fd, at, Math.min(SEARCH_BYTES + RECORD_HEADER_BYTES, size - at));
    for (let hit = block.indexOf(RECORD_MAGIC_BYTES); hit >= 0; hit = block.indexOf(RECORD_MAGIC_BYTES, hit + 1)) {
      if (decodeRecordHeader(block, hit) !== undefined) return at + hit;
    }
  }
  return size;
}

/** @throws Error when the file ends before. */
export function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const read = readSync(fd, bytes, done, length - done, offset + done);
    if (read === 0) throw new Error(`cannot read ${length} bytes at ${offset}: the file ends before`);
    done += read;
  }
  return bytes;
}
