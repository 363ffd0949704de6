import { readdirSync } from "node:fs";
import { crc32 } from "node:zlib";
import { type DoneEntry, encodeDone, encodeRecordHeader, KIND, RECORD_HEADER_BYTES } from "./record.js";
import { type Recovery, recover } from "./recover.js";
import { Segment, segmentNumber } from "./segment.js";
import type { StoredBatch } from "./stored-batch.js";

export interface QueueLogOptions {
  /** A full segment is followed by a new one. */
  readonly segmentBytes?: number;
}

const SEGMENT_BYTES = 16 * 1024 * 1024;
/** An empty queue keeps a file no larger than this. */
const IDLE_BYTES = 1024 * 1024;

/**
 * The batches of a queue as files: appended when accepted, marked when done, deleted by the segment, oldest first. One
 * process at a time (the storage's lock sees to that); no file of an earlier process is written to again.
 * A write is a `write(2)` when `append` returns: it survives the end of the process. `sync` makes it survive the machine's.
 */
export class QueueLog {
  private readonly folder: string;
  private readonly segmentBytes: number;
  /** Oldest first; the last one is written to, unless it is of an earlier process. */
  private readonly segments: Segment[] = [];
  private writable: Segment | undefined;
  private nextNumber = 1;
  private nextSeq = 1;
  private itemsBefore = 0;
  private readonly live = new Map<number, StoredBatch>();
  private liveBytes = 0;
  private unmarked: DoneEntry[] = [];
  /** A write has failed since the files were last given up. */
  private hasFailed = false;
  private marking: NodeJS.Immediate | undefined;
  private readonly dirty = new Set<Segment>();
  private syncing: Promise<void> = Promise.resolve();
  private nextSync: Promise<void> | undefined;

  constructor(folder: string, options: QueueLogOptions = {}) {
    this.folder = folder;
    this.segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
  }

  /** Finds what an earlier process left. @throws Error of the file system. */
  open(): Recovery {
    const numbers = readdirSync(this.folder).flatMap((name) => segmentNumber(name) ?? []);
    const recovery = recover(this.folder, numbers);
    this.segments.push(...recovery.segments);
    for (const batch of recovery.batches) this.track(batch);
    this.nextNumber = Math.max(0, ...numbers) + 1;
    this.nextSeq = recovery.nextSeq;
    this.itemsBefore = recovery.itemsBefore;
    this.deleteDone();
    return recovery;
  }

  /** Bytes of all files. */
  get fileBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** @throws Error of the file system (a full disk); then nothing was written. */
  append(pipeline: string, items: number, request: Uint8Array): StoredBatch {
    const name = Buffer.from(pipeline);
    const seq = this.nextSeq;
    const batch = this.write(KIND.batch, name, request, { seq, items, itemsBefore: this.itemsBefore });
    this.nextSeq++;
    this.itemsBefore += items;
    const stored = { ...batch, seq, items, pipeline, bytes: request.length };
    this.track(stored);
    return stored;
  }

  /** The request's bytes; undefined when they are not what was written. */
  read(batch: StoredBatch): Uint8Array | undefined {
    const nameBytes = Buffer.byteLength(batch.pipeline);
    let payload: Buffer;
    try {
      payload = batch.segment.read(batch.offset, nameBytes + batch.bytes);
    } catch {
      return undefined;
    }
    return crc32(payload) === batch.payloadCrc ? payload.subarray(nameBytes) : undefined;
  }

  /** The batch needs no delivery any more. That is written a little later: what a crash makes of it is a duplicate. */
  done(batch: StoredBatch): void {
    this.untrack(batch);
    this.unmarked.push({ seq: batch.seq, items: batch.items });
    this.marking ??= setImmediate(() => {
      this.marking = undefined;
      this.mark();
    });
  }

  /** Resolves when what was appended is on the disk; calls that come together share one round. @throws Error */
  sync(): Promise<void> {
    // A round that is under way may have begun before our bytes were written: ours is the next one.
    this.nextSync ??= this.syncing
      .catch(() => {})
      .then(() => {
        this.syncing = this.nextSync as Promise<void>;
        this.nextSync = undefined;
        const segments = [...this.dirty];
        this.dirty.clear();
        return Promise.all(segments.map((segment) => segment.sync())).then(() => {});
      });
    return this.nextSync;
  }

  /** Writes what is to be remembered and closes the files. */
  close(): void {
    clearImmediate(this.marking);
    this.marking = undefined;
    this.mark();
    this.writable = undefined;
    this.deleteDone();
    for (const segment of this.segments) segment.close();
  }

  private track(batch: StoredBatch): void {
    this.live.set(batch.seq, batch);
    batch.segment.live++;
    this.liveBytes += batch.bytes;
  }

  private untrack(batch: StoredBatch): void {
    if (!this.live.delete(batch.seq)) throw new Error(`BUG: batch ${batch.seq} is done twice`);
    batch.segment.live--;
    this.liveBytes -= batch.bytes;
  }

  private mark(): void {
    if (this.live.size === 0 && (this.hasFailed || this.fileBytes > IDLE_BYTES)) {
      // Nothing to remember. This also frees a full disk, where marks cannot be written.
      this.hasFailed = false;
      this.unmarked = [];
      this.writable = undefined;
      this.deleteDone();
      return;
    }
    if (this.unmarked.length > 0) {
      const entries = this.unmarked;
      try {
        this.write(KIND.done, Buffer.alloc(0), encodeDone(entries), this.position());
        this.unmarked = [];
      } catch {
        // A full disk: they are written when there is room again, or are delivered twice.
      }
    }
    this.deleteDone();
    this.compact();
  }

  private position(): { seq: number; items: number; itemsBefore: number } {
    return { seq: this.nextSeq - 1, items: 0, itemsBefore: this.itemsBefore };
  }

  private write(
    kind: number,
    name: Uint8Array,
    body: Uint8Array,
    position: { seq: number; items: number; itemsBefore: number },
  ): { segment: Segment; offset: number; payloadCrc: number } {
    const payloadCrc = crc32(body, crc32(name));
    const payloadBytes = name.length + body.length;
    const header = encodeRecordHeader({ kind, payloadBytes, payloadCrc, pipelineBytes: name.length, ...position });
    try {
      const segment = this.segmentFor(RECORD_HEADER_BYTES + payloadBytes);
      const start = segment.append([header, name, body]);
      this.dirty.add(segment);
      return { segment, offset: start + RECORD_HEADER_BYTES, payloadCrc };
    } catch (error) {
      this.hasFailed = true;
      throw error;
    }
  }

  private segmentFor(bytes: number): Segment {
    const current = this.writable;
    const fits = current !== undefined && (current.isEmpty || current.bytes + bytes <= this.segmentBytes);
    if (current !== undefined && fits && !current.spoiled) return current;
    const segment = Segment.create(this.folder, this.nextNumber);
    this.nextNumber++;
    this.segments.push(segment);
    this.writable = segment;
    return segment;
  }

  /** Marks of a batch stand in its own segment or a later one, so the oldest segment may go when nothing in it is live. */
  private deleteDone(): void {
    for (let oldest = this.segments[0]; oldest !== undefined; oldest = this.segments[0]) {
      if (oldest.live > 0) return;
      if (oldest === this.writable) return;
      this.segments.shift();
      this.dirty.delete(oldest);
      oldest.delete();
    }
  }

  /** A batch that nobody takes must not keep the files of all that came after it. */
  private compact(): void {
    const oldest = this.segments[0];
    if (oldest === undefined || oldest === this.writable) return;
    if (this.fileBytes <= 2 * this.liveBytes + 2 * this.segmentBytes) return;
    for (const batch of [...this.live.values()].filter((one) => one.segment === oldest)) {
      const request = this.read(batch);
      // Damaged bytes stay where they are until the queue comes to them and counts them.
      if (request === undefined) return;
      try {
        const { seq, items } = batch;
        const name = Buffer.from(batch.pipeline);
        const moved = this.write(KIND.moved, name, request, { ...this.position(), seq, items });
        oldest.live--;
        moved.segment.live++;
        batch.segment = moved.segment;
        batch.offset = moved.offset;
      } catch {
        return;
      }
    }
    this.deleteDone();
  }
}
