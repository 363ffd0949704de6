import { Cursor, LEN } from "../wire/cursor.js";
import type { Writer } from "../wire/writer.js";
import { MessageEdit } from "./message-edit.js";

const NONE = -1;

/**
 * A message on the way down to records (Resource*, Scope*, a metric, …) while its children are walked and changed. It is
 * written only when something in it changed, from there on and once: runs of children that stay are copied as they are.
 * Own fields may be changed as long as the level is open, also after children were written.
 */
export class LevelEdit {
  /** The fields of the message other than its children. */
  readonly message: MessageEdit = new MessageEdit();
  /** Children that were not dropped. */
  kept = 0;
  private readonly writer: Writer;
  private readonly parent: LevelEdit | undefined;
  private bytes: Uint8Array = EMPTY;
  private end = 0;
  private field = 0;
  private recordStart = 0;
  /** Where this message begins in the writer; NONE while nothing of it was written. */
  private mark = NONE;
  private runStart = 0;
  /** Runs before the current one that were not written: between them children were dropped. */
  private readonly pending: number[] = [];
  /** Children that were added, still to be walked. */
  private readonly added: { readonly field: number; readonly bytes: Uint8Array }[] = [];
  private readonly cursor = new Cursor();

  constructor(writer: Writer, parent?: LevelEdit) {
    this.writer = writer;
    this.parent = parent;
  }

  /** Begins with the message `start`…`end`, which is field `field` of the parent, whose tag is at `recordStart`. */
  open(field: number, bytes: Uint8Array, recordStart: number, start: number, end: number): void {
    this.bytes = bytes;
    this.end = end;
    this.field = field;
    this.recordStart = recordStart;
    this.runStart = start;
    this.mark = NONE;
    this.kept = 0;
    this.pending.length = 0;
    this.added.length = 0;
    this.message.open(bytes, start, end);
  }

  /**
   * Walks the children that `isChild` says, and then those that are added meanwhile. `visit` must settle each by
   * `keep`, `drop`, `replace` or the `close` of a deeper level.
   */
  walk(isChild: (field: number) => boolean, visit: Visit): void {
    const { cursor, bytes } = this;
    cursor.reset(bytes, this.runStart, this.end);
    for (let recordStart = this.runStart; cursor.next(); recordStart = cursor.offset) {
      const { field, wireType } = cursor;
      cursor.skip();
      if (wireType !== LEN || !isChild(field)) continue;
      visit(field, bytes, recordStart, cursor.valueStart, cursor.valueEnd);
    }
    for (let next = this.added.shift(); next !== undefined; next = this.added.shift()) {
      visit(next.field, next.bytes, ADDED, 0, next.bytes.length);
    }
  }

  /** Adds a child message behind the others. */
  add(field: number, bytes: Uint8Array): void {
    this.added.push({ field, bytes });
  }

  /** The child stays as it is. */
  keep(field: number, bytes: Uint8Array, recordStart: number, start: number, end: number): void {
    this.kept++;
    if (recordStart === ADDED) this.beginBehind().rangeField(field, bytes, start, end);
  }

  drop(recordStart: number, end: number): void {
    if (recordStart === ADDED) return;
    this.cut(recordStart, end);
  }

  /** The child is written as `message` is now. */
  replace(field: number, recordStart: number, end: number, message: MessageEdit): void {
    this.kept++;
    if (recordStart !== ADDED) this.cut(recordStart, end);
    const writer = recordStart === ADDED ? this.beginBehind() : this.begin();
    const start = writer.open(field);
    message.writeTo(writer);
    writer.close(start);
  }

  /** Ends the message, which stays. */
  close(): void {
    const { parent, writer, message, field, recordStart } = this;
    const isTouched = this.mark !== NONE || this.pending.length > 0;
    if (!isTouched && !message.isChanged) {
      parent?.keep(field, this.bytes, recordStart, message.start, this.end);
      return;
    }
    if (!isTouched && parent !== undefined) {
      parent.replace(field, recordStart, this.end, message);
      return;
    }
    this.begin();
    this.flush(this.end);
    if (message.isChanged) {
      const written = writer.takeFrom(this.mark);
      message.rewrite(writer, written, 0, written.length);
    }
    writer.close(this.mark);
    if (parent !== undefined) parent.kept++;
  }

  /** Whether `close` would write the message anew. */
  get isChanged(): boolean {
    return this.mark !== NONE || this.pending.length > 0 || this.message.isChanged;
  }

  /** Ends the message and leaves it out; none of its children may have been written. */
  discard(): void {
    this.parent?.drop(this.recordStart, this.end);
  }

  /** Writes everything up to the current child, beginning with the parents. */
  private begin(): Writer {
    const { writer } = this;
    if (this.mark === NONE) {
      if (this.parent !== undefined) {
        if (this.recordStart === ADDED) this.parent.beginBehind();
        else {
          this.parent.begin();
          this.parent.skip(this.recordStart, this.end);
        }
      }
      this.mark = writer.open(this.field);
      const { pending, bytes } = this;
      for (let at = 0; at < pending.length; at += 2) {
        writer.rawRange(bytes, pending[at] as number, pending[at + 1] as number);
      }
      pending.length = 0;
    }
    return writer;
  }

  /** Writes all children that came with the message: what is written next comes behind them. */
  private beginBehind(): Writer {
    const writer = this.begin();
    this.flush(this.end);
    return writer;
  }

  /** Leaves out what lies in `recordStart`…`end`. */
  private cut(recordStart: number, end: number): void {
    if (this.mark === NONE) {
      this.pending.push(this.runStart, recordStart);
      this.runStart = end;
    } else this.skip(recordStart, end);
  }

  private skip(recordStart: number, end: number): void {
    this.flush(recordStart);
    this.runStart = end;
  }

  private flush(until: number): void {
    this.writer.rawRange(this.bytes, this.runStart, until);
    this.runStart = until;
  }
}

export type Visit = (field: number, bytes: Uint8Array, recordStart: number, start: number, end: number) => void;

/** Stands for the `recordStart` of a child that was added: it lies in bytes of its own. */
export const ADDED = -1;
const EMPTY = new Uint8Array(0);
