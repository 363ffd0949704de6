import type { Batch } from "../model/batch.js";
import { REQUESTS } from "../schema/requests.js";
import { countItems } from "../wire/count-items.js";
import { Cursor, LEN } from "../wire/cursor.js";
import { Writer } from "../wire/writer.js";
import { LevelEdit } from "./level-edit.js";

/** The fields that Resource* and Scope* messages of all signals have in common. */
export const RESOURCE_OR_SCOPE = 1;
export const CHILDREN = 2;
export const SCHEMA_URL = 3;

/** Writer memory that is kept between batches. */
const KEPT_BYTES = 4 << 20;

/**
 * Rewrites batches with as little copying as can be: a resource in which nothing changes keeps its bytes, in the others the
 * runs of records that do not change are copied, and only what changed is encoded. Unknown fields stay where they are.
 * Changes are made through the levels and what they hold; a batch is never written into.
 */
export class BatchEditor {
  private writer = new Writer(4096);
  private levels: LevelEdit[] = [];

  /** The Resource* that is open. */
  get resource(): LevelEdit {
    return this.level(0);
  }

  /** The Scope* that is open, in `resource`. */
  get scope(): LevelEdit {
    return this.level(1);
  }

  /** The level `depth` steps below the request: 0 is `resource`, from 2 on lies what is inside of records. */
  level(depth: number): LevelEdit {
    let level = this.levels[depth];
    if (level === undefined) {
      level = new LevelEdit(this.writer, depth === 0 ? undefined : this.level(depth - 1));
      this.levels[depth] = level;
    }
    return level;
  }

  /**
   * Calls `visit` for each Resource*, which is open in `resource`; it answers whether it stays.
   * @param countChanges Whether items may be added or dropped. Otherwise they are not counted again.
   */
  edit(batch: Batch, countChanges: boolean, visit: () => boolean): Batch {
    const pieces = new Pieces();
    this.writer.reset();
    for (const bytes of batch.slices) this.editSlice(bytes, visit, pieces);
    if (!pieces.isChanged) return batch;
    const written = this.writer.finish();
    if (written.length > KEPT_BYTES) {
      this.writer = new Writer(4096);
      this.levels = [];
    }
    const slices = pieces.slices(written);
    let byteLength = 0;
    for (const slice of slices) byteLength += slice.length;
    const { signal } = batch;
    let itemCount = batch.itemCount;
    if (countChanges) {
      itemCount = 0;
      for (const slice of slices) itemCount += countItems(REQUESTS[signal], slice, 0, slice.length);
    }
    return { signal, slices, itemCount, byteLength };
  }

  /** Calls `visit` for each Scope* of the open resource, open in `scope`; it answers whether it stays. */
  walkScopes(visit: () => boolean): void {
    const { resource, scope } = this;
    resource.walk(isChild, (field, bytes, recordStart, start, end) => {
      scope.open(field, bytes, recordStart, start, end);
      if (visit()) scope.close();
      else scope.discard();
    });
  }

  private editSlice(bytes: Uint8Array, visit: () => boolean, pieces: Pieces): void {
    const { resource, writer } = this;
    const cursor = new Cursor(bytes);
    for (let recordStart = 0; cursor.next(); recordStart = cursor.offset) {
      const isResource = cursor.field === 1 && cursor.wireType === LEN;
      cursor.skip();
      if (!isResource) continue;
      resource.open(1, bytes, recordStart, cursor.valueStart, cursor.valueEnd);
      const written = writer.byteLength;
      const stays = visit();
      if (!stays) {
        pieces.drop();
        continue;
      }
      resource.close();
      if (writer.byteLength > written) pieces.write(written, writer.byteLength);
      else pieces.keep(bytes, recordStart, cursor.valueEnd);
    }
  }
}

function isChild(field: number): boolean {
  return field === CHILDREN;
}

/** The resources of the new batch in their order: kept ones as ranges of the old slices, others as ranges of the writer. */
class Pieces {
  isChanged = false;
  private readonly sources: (Uint8Array | undefined)[] = [];
  private readonly ranges: number[] = [];

  drop(): void {
    this.isChanged = true;
  }

  keep(bytes: Uint8Array, start: number, end: number): void {
    this.push(bytes, start, end);
  }

  write(start: number, end: number): void {
    this.isChanged = true;
    this.push(undefined, start, end);
  }

  slices(written: Uint8Array): Uint8Array[] {
    return this.sources.map((source, index) =>
      (source ?? written).subarray(this.ranges[index * 2], this.ranges[index * 2 + 1]),
    );
  }

  private push(source: Uint8Array | undefined, start: number, end: number): void {
    const last = this.sources.length - 1;
    if (last >= 0 && this.sources[last] === source && this.ranges[last * 2 + 1] === start) {
      this.ranges[last * 2 + 1] = end;
      return;
    }
    this.sources.push(source);
    this.ranges.push(start, end);
  }
}
