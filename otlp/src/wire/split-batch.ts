import type { Batch } from "../model/batch.js";
import type { Signal } from "../model/signal.js";
import type { Message } from "../schema/message.js";
import { REQUESTS } from "../schema/requests.js";
import { countItems, isDivided } from "./count-items.js";
import { Cursor, LEN } from "./cursor.js";
import { Writer } from "./writer.js";

/**
 * Cuts a batch into batches of at most `maxItems` items (`firstItems` the first), in order; all but the last are full.
 * Resources that fit keep their bytes; where a cut goes through a resource (or scope, or metric) its own fields are
 * written again on both sides.
 * @throws RangeError when `maxItems` or `firstItems` is below 1.
 */
export function splitBatch(batch: Batch, maxItems: number, firstItems: number = maxItems): Batch[] {
  if (!(maxItems >= 1 && firstItems >= 1)) {
    throw new RangeError(`cannot split a batch into parts of ${maxItems} items, the first of ${firstItems}`);
  }
  if (batch.itemCount <= firstItems) return [batch];
  const splitter = new Splitter(batch.signal, maxItems, firstItems);
  for (const slice of batch.slices) splitter.addSlice(slice);
  return splitter.finish();
}

/** A message that is being written again: its source and where its copy began. */
interface Frame {
  readonly type: Message;
  readonly field: number;
  readonly start: number;
  readonly end: number;
  copyStart: number;
}

class Splitter {
  private readonly signal: Signal;
  private readonly maxItems: number;
  /** Of the batch that is being filled. */
  private limit: number;
  private readonly done: Batch[] = [];
  private slices: Uint8Array[] = [];
  private itemCount = 0;
  private readonly writer = new Writer();
  private readonly frames: Frame[] = [];

  constructor(signal: Signal, maxItems: number, firstItems: number) {
    this.signal = signal;
    this.maxItems = maxItems;
    this.limit = firstItems;
  }

  addSlice(bytes: Uint8Array): void {
    const resource = REQUESTS[this.signal].fields[0]?.message() as Message;
    const cursor = new Cursor(bytes);
    for (let recordStart = 0; cursor.next(); recordStart = cursor.offset) {
      cursor.lengthDelimited();
      const { valueStart, valueEnd } = cursor;
      const count = countItems(resource, bytes, valueStart, valueEnd);
      if (this.isFull() && count > 0) this.flush();
      if (this.itemCount + count <= this.limit) {
        this.slices.push(bytes.subarray(recordStart, valueEnd));
        this.itemCount += count;
      } else {
        this.rewrite(resource, 1, bytes, valueStart, valueEnd);
        this.takeRewritten();
      }
    }
  }

  finish(): Batch[] {
    if (this.slices.length > 0) this.flush();
    return this.done;
  }

  /** Copies a message, flushing and going on in a fresh copy of it and its parents whenever the batch is full. */
  private rewrite(type: Message, field: number, bytes: Uint8Array, start: number, end: number): void {
    const frame: Frame = { type, field, start, end, copyStart: 0 };
    this.openFrame(frame, bytes);
    this.frames.push(frame);
    const cursor = new Cursor(bytes, start, end);
    for (let recordStart = start; cursor.next(); recordStart = cursor.offset) {
      const child = cursor.wireType === LEN ? type.byNumber.get(cursor.field) : undefined;
      cursor.skip();
      if (!isDivided(child)) continue;
      const { valueStart, valueEnd } = cursor;
      const count = child.item ? 1 : countItems(child.message(), bytes, valueStart, valueEnd);
      if (this.isFull() && count > 0) this.flushInside(bytes);
      if (this.itemCount + count <= this.limit) {
        this.writer.rawRange(bytes, recordStart, valueEnd);
        this.itemCount += count;
      } else {
        this.rewrite(child.message(), child.number, bytes, valueStart, valueEnd);
      }
    }
    this.frames.pop();
    this.writer.close(frame.copyStart);
  }

  /** Starts a copy of a message with everything of it that is not an item and holds none. */
  private openFrame(frame: Frame, bytes: Uint8Array): void {
    const { writer } = this;
    frame.copyStart = writer.open(frame.field);
    const cursor = new Cursor(bytes, frame.start, frame.end);
    for (let recordStart = frame.start; cursor.next(); recordStart = cursor.offset) {
      const child = cursor.wireType === LEN ? frame.type.byNumber.get(cursor.field) : undefined;
      cursor.skip();
      if (isDivided(child)) continue;
      writer.rawRange(bytes, recordStart, cursor.offset);
    }
  }

  private flushInside(bytes: Uint8Array): void {
    for (const frame of this.frames.toReversed()) this.writer.close(frame.copyStart);
    this.takeRewritten();
    this.flush();
    for (const frame of this.frames) this.openFrame(frame, bytes);
  }

  private takeRewritten(): void {
    this.slices.push(this.writer.finish());
    this.writer.reset();
  }

  private isFull(): boolean {
    return this.itemCount >= this.limit;
  }

  private flush(): void {
    const { signal, slices, itemCount } = this;
    const byteLength = slices.reduce((sum, slice) => sum + slice.length, 0);
    this.done.push({ signal, slices, itemCount, byteLength });
    this.slices = [];
    this.itemCount = 0;
    this.limit = this.maxItems;
  }
}
