import { Slice } from "../../records/scope-header.js";

/** Some twenty requests of an SDK's exporter. */
const SLAB_BYTES = 1024 * 1024;
/** Larger ones keep the memory they came in. */
const SHARED_BYTES = SLAB_BYTES / 4;
/** Empty slabs that are kept for later. */
const FREE_MAX = 64;

interface Slab {
  readonly memory: Uint8Array;
  used: number;
  /** Slices in it that are in use. */
  slices: number;
}

class HeldSlice extends Slice {
  readonly slab: Slab | undefined;

  constructor(bytes: Uint8Array, slab: Slab | undefined) {
    super(bytes);
    this.slab = slab;
    this.uses = 1;
  }
}

/**
 * The memory that waiting spans lie in. Requests are copied side by side into slabs that are used again when nothing in
 * them is in use any more: that spares the garbage collector a buffer each, and the memory that requests came in can be
 * given back at once.
 */
export class HeldMemory {
  /** Memory of slabs and requests of which something is in use. */
  bytes = 0;
  private current: Slab | undefined;
  private readonly free: Slab[] = [];

  /** Takes over a slice of a batch, with one use. */
  adopt(bytes: Uint8Array): Slice {
    if (bytes.length > SHARED_BYTES) {
      this.bytes += bytes.length;
      return new HeldSlice(bytes, undefined);
    }
    const slab = this.slabFor(bytes.length);
    if (slab.slices++ === 0) this.bytes += SLAB_BYTES;
    slab.memory.set(bytes, slab.used);
    slab.used += bytes.length;
    return new HeldSlice(slab.memory.subarray(slab.used - bytes.length, slab.used), slab);
  }

  /** Whether nothing of a batch with this slice is looked at again once it was adopted. */
  isCopied(bytes: Uint8Array): boolean {
    return bytes.length <= SHARED_BYTES;
  }

  /** Ends one use. */
  release(slice: Slice): void {
    if (--slice.uses > 0) return;
    const slab = slice instanceof HeldSlice ? slice.slab : undefined;
    if (slab === undefined) {
      this.bytes -= slice.bytes.length;
      return;
    }
    if (--slab.slices > 0) return;
    this.bytes -= SLAB_BYTES;
    slab.used = 0;
    if (slab !== this.current && this.free.length < FREE_MAX) this.free.push(slab);
  }

  private slabFor(length: number): Slab {
    if (this.current === undefined || this.current.used + length > SLAB_BYTES) {
      this.current = this.free.pop() ?? { memory: Buffer.allocUnsafeSlow(SLAB_BYTES), used: 0, slices: 0 };
    }
    return this.current;
  }
}
