import type { Batch } from "@venturi/otlp";

/**
 * # Memory that is used again
 *
 * A receiver may read requests into memory that it wants back: buffers that the garbage collector frees cost more than all
 * that is done with their bytes. The batch made of such a request carries a lease. Who gets a batch need not know: a lease
 * that nobody gives back leaves the memory to the garbage collector, and a batch may be kept as long as one likes.
 *
 * Only who can swear that it, and whoever it handed bytes of the batch to, will never look at them again calls
 * `giveBack`: an exporter that delivered the batch, a connector that has counted its spans. Who makes new batches out of
 * the slices of old ones may pass the lease on with `passOn`.
 */
export interface Lease {
  release(): void;
}

const leases = new WeakMap<Batch, SharedLease>();

/** A lease that ends when everybody who has a part in it has given that back. */
class SharedLease {
  readonly leases: readonly Lease[];
  parts: number;

  constructor(held: readonly Lease[], parts: number) {
    this.leases = held;
    this.parts = parts;
  }

  release(): void {
    if (--this.parts === 0) for (const lease of this.leases) lease.release();
  }
}

/** The bytes of `batch` are in memory that `lease` stands for. */
export function lend(batch: Batch, lease: Lease): void {
  leases.set(batch, new SharedLease([lease], 1));
}

/** The batch goes to `count` consumers in place of one; each may give it back. */
export function share(batch: Batch, count: number): void {
  const lease = leases.get(batch);
  if (lease !== undefined) lease.parts += count - 1;
}

/** `to` have slices of `from`: giving back all of them gives back `from`. */
export function passOn(from: readonly Batch[], to: readonly Batch[]): void {
  const held: Lease[] = [];
  for (const batch of from) {
    const lease = leases.get(batch);
    if (lease !== undefined) held.push(lease);
  }
  if (held.length === 0) return;
  const joint = new SharedLease(held, to.length);
  for (const batch of to) leases.set(batch, joint);
}

/** The caller, and whoever it handed it to, will not read the batch again. Once for each who got it, and not after `passOn`. */
export function giveBack(batch: Batch): void {
  leases.get(batch)?.release();
}
