import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, rmSync, writevSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES } from "./record.js";
import { readAt } from "./scan-segment.js";

const SUFFIX = ".queue";
const syncFile = promisify(fdatasync);

export function segmentName(number: number): string {
  return `${String(number).padStart(12, "0")}${SUFFIX}`;
}

/** The number in a segment's name; undefined for another file. */
export function segmentNumber(name: string): number | undefined {
  const match = /^(\d{12})\.queue$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** One file of a queue. Only the newest is written to, and none that an earlier process wrote. */
export class Segment {
  readonly number: number;
  readonly path: string;
  bytes: number;
  /** Batches in it that still need delivery. */
  live = 0;
  /** A failed write left bytes behind that could not be cut off: nothing may follow them. */
  spoiled = false;
  private fd: number | undefined;
  private deleted = false;
  /** Whether the folder's entry of this file is on the disk. */
  private entered = false;

  constructor(folder: string, number: number, bytes: number) {
    this.number = number;
    this.path = join(folder, segmentName(number));
    this.bytes = bytes;
  }

  /** @throws Error of the file system; then there is no such file. */
  static create(folder: string, number: number): Segment {
    const segment = new Segment(folder, number, 0);
    segment.fd = openSync(segment.path, "wx+", 0o600);
    try {
      segment.append([encodeSegmentHeader()]);
    } catch (error) {
      segment.delete();
      throw error;
    }
    return segment;
  }

  /**
   * Writes all or nothing: what a full disk cut off is taken away again. Answers where the first part begins.
   * @throws Error of the file system.
   */
  append(parts: readonly Uint8Array[]): number {
    const start = this.bytes;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    try {
      writeFully(this.open(), parts, start);
    } catch (error) {
      this.cut(start);
      throw error;
    }
    this.bytes += length;
    return start;
  }

  /** @throws Error of the file system. */
  read(offset: number, length: number): Buffer {
    return readAt(this.open(), offset, length);
  }

  /** Resolves when everything written so far is on the disk. @throws Error of the file system. */
  async sync(): Promise<void> {
    if (this.deleted) return;
    if (!this.entered) syncFolder(dirname(this.path));
    this.entered = true;
    await syncFile(this.open());
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  delete(): void {
    this.close();
    this.deleted = true;
    rmSync(this.path, { force: true });
  }

  get isEmpty(): boolean {
    return this.bytes <= SEGMENT_HEADER_BYTES;
  }

  private open(): number {
    this.fd ??= openSync(this.path, "r");
    return this.fd;
  }

  private cut(start: number): void {
    try {
      ftruncateSync(this.open(), start);
    } catch {
      this.spoiled = true;
    }
  }
}

function syncFolder(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeFully(fd: number, parts: readonly Uint8Array[], start: number): void {
  let rest = parts;
  let at = start;
  while (rest.length > 0) {
    const written = writevSync(fd, rest, at);
    at += written;
    rest = behind(rest, written);
    if (written === 0) throw new Error("the disk takes no more bytes");
  }
}

/** What is left of the parts after `bytes` of them. */
function behind(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (skip >= part.length) skip -= part.length;
    else {
      rest.push(skip === 0 ? part : part.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}
