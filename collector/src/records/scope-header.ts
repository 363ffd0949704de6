import { Cursor, LEN } from "@venturi/otlp";

/** Field of the Scope* in a Resource*, and of the item (span, metric, log record) in a Scope*. The same in all signals. */
export const CHILDREN = 2;

/** The bytes of a request, or of a part of it, that positions refer to. */
export class Slice {
  readonly bytes: Uint8Array;
  /** For a keeper of positions: how many of them hold this memory. */
  uses = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A Resource* message (ResourceSpans, ResourceMetrics, ResourceLogs) in the bytes of a request. */
export class ResourceHeader {
  readonly slice: Slice;
  readonly start: number;
  readonly end: number;
  /** The Resource message in it; an empty range when there is none. */
  resourceStart: number;
  resourceEnd: number;
  private own: Uint8Array | undefined;

  constructor(slice: Slice, start: number, end: number) {
    this.slice = slice;
    this.start = this.resourceStart = this.resourceEnd = start;
    this.end = end;
  }

  get bytes(): Uint8Array {
    return this.slice.bytes;
  }

  /** All fields but the scopes, as they came: what a copy of this message begins with. */
  get fields(): Uint8Array {
    this.own ??= withoutChildren(this.bytes, this.start, this.end);
    return this.own;
  }
}

/** A Scope* message in the bytes of a request. One object per scope, so that items can be grouped by identity. */
export class ScopeHeader {
  readonly resource: ResourceHeader;
  readonly start: number;
  readonly end: number;
  /** From where on there is nothing but items, once they were walked; -1: not known, or there is no such place. */
  itemsStart = -1;
  private own: Uint8Array | undefined;

  constructor(resource: ResourceHeader, start: number, end: number) {
    this.resource = resource;
    this.start = start;
    this.end = end;
  }

  get bytes(): Uint8Array {
    return this.resource.bytes;
  }

  /** All fields but the items. */
  get fields(): Uint8Array {
    this.own ??=
      this.itemsStart >= 0
        ? this.bytes.subarray(this.start, this.itemsStart)
        : withoutChildren(this.bytes, this.start, this.end);
    return this.own;
  }
}

/** Usually one run of fields in front of the children, which is not copied. */
function withoutChildren(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const runs: Uint8Array[] = [];
  const cursor = new Cursor(bytes, start, end);
  let runStart = start;
  for (let fieldStart = start; cursor.next(); fieldStart = cursor.offset) {
    const isChild = cursor.field === CHILDREN && cursor.wireType === LEN;
    cursor.skip();
    if (!isChild) continue;
    if (fieldStart > runStart) runs.push(bytes.subarray(runStart, fieldStart));
    runStart = cursor.offset;
  }
  if (end > runStart) runs.push(bytes.subarray(runStart, end));
  const only = runs[0];
  return only !== undefined && runs.length === 1 ? only : Buffer.concat(runs);
}
