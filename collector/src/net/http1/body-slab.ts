import type { Lease } from "../../lease.js";

/** About twenty bodies of an SDK's exporter, so that little memory is held by one that is kept. */
const SLAB_BYTES = 1024 * 1024;
/** Larger bodies have a buffer of their own. */
const SHARED_BYTES = SLAB_BYTES / 4;
/** Slabs kept for later use: two full batches of an exporter. */
const MAX_FREE = 12;

const free: Slab[] = [];

/** A piece of memory that bodies share. It is used again when every body has been released; else it is garbage one day. */
class Slab implements Lease {
  readonly memory: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  used = 0;
  bodies = 0;
  /** No body is added any more. */
  full = false;

  release(): void {
    if (--this.bodies === 0 && this.full && free.length < MAX_FREE) free.push(this);
  }
}

export interface LentBody {
  readonly bytes: Buffer;
  /** To be released by who has read the body; undefined: it is memory of its own. */
  readonly lease: Lease | undefined;
}

let current: Slab | undefined;

/** Memory for a body, not zeroed. */
export function takeBody(bytes: number): LentBody {
  if (bytes > SHARED_BYTES) return { bytes: Buffer.allocUnsafeSlow(bytes), lease: undefined };
  if (current === undefined || current.used + bytes > SLAB_BYTES) current = nextSlab();
  const slab = current;
  const start = slab.used;
  slab.used += bytes;
  slab.bodies++;
  return { bytes: slab.memory.subarray(start, slab.used), lease: slab };
}

function nextSlab(): Slab {
  if (current !== undefined) {
    current.full = true;
    if (current.bodies === 0) return emptied(current);
  }
  const reused = free.pop();
  return reused === undefined ? new Slab() : emptied(reused);
}

function emptied(slab: Slab): Slab {
  slab.used = 0;
  slab.full = false;
  return slab;
}
