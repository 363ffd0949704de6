import { type Batch, concatBatches, type Signal, splitBatch } from "@venturi/otlp";
import type { Outcome, Refusal } from "../component.js";
import type { Lane } from "../ledger.js";
import type { StoredBatch } from "./persistent/stored-batch.js";
import type { BatchConfig } from "./queue-config.js";

/** Something that a queue took. */
export class Entry {
  readonly lane: Lane;
  readonly items: number;
  readonly bytes: number;
  /** Absent while it is only on disk. */
  batch: Batch | undefined;
  readonly stored: StoredBatch | undefined;
  /** Present when somebody waits for the result: then a failure is a refusal and not a drop. */
  readonly settle: ((outcome: Outcome) => void) | undefined;
  /** Items that have no fate yet. */
  open: number;
  /** Items of the parts that arrived. */
  sent = 0;
  rejected = 0;
  /** The first failure of a part, for who waits. */
  failure: Refusal | undefined;
  /** A part came back without a fate, so the entry stays on disk. */
  unfinished = false;

  constructor(lane: Lane, source: Batch | StoredBatch, settle?: (outcome: Outcome) => void) {
    this.lane = lane;
    this.batch = "slices" in source ? source : undefined;
    this.stored = "slices" in source ? undefined : source;
    this.items = "slices" in source ? source.itemCount : source.items;
    this.bytes = "slices" in source ? source.byteLength : source.bytes;
    this.settle = settle;
    this.open = this.items;
  }
}

/** What is sent in one request: whole entries, or parts of them. */
export interface Parcel {
  readonly batch: Batch;
  readonly shares: readonly Share[];
}

export interface Share {
  readonly entry: Entry;
  readonly items: number;
}

export function wholeParcel(entry: Entry, batch: Batch): Parcel {
  return { batch, shares: [{ entry, items: entry.items }] };
}

/** The `batch` block of a sending queue: joins entries until there is enough, and cuts what is too large. */
export class ParcelMaker {
  private readonly config: BatchConfig;
  private readonly signal: Signal;
  /** Cut to size already. */
  private ready: Batch[] = [];
  private pending: Batch[] = [];
  private pendingAmount = 0;
  /** Who the batches belong to, in their order. */
  private readonly shares: Share[] = [];

  constructor(config: BatchConfig, signal: Signal) {
    this.config = config;
    this.signal = signal;
  }

  get isEmpty(): boolean {
    return this.shares.length === 0;
  }

  get isEnough(): boolean {
    return !this.isEmpty && (this.ready.length > 0 || this.pendingAmount >= this.config.min_size);
  }

  add(entry: Entry, batch: Batch): void {
    this.pending.push(batch);
    this.pendingAmount += this.measure(batch);
    this.shares.push({ entry, items: entry.items });
  }

  /** The next request; what is over `max_size` stays. */
  take(): Parcel {
    if (this.ready.length === 0) this.cutPending();
    const batch = this.ready.shift();
    if (batch === undefined) throw new Error("BUG: nothing to send");
    return { batch, shares: this.takeShares(batch.itemCount) };
  }

  private cutPending(): void {
    const { pending } = this;
    const parts = this.cut(pending.length === 1 ? (pending[0] as Batch) : concatBatches(this.signal, pending));
    const rest = parts.length > 1 ? parts.pop() : undefined;
    this.ready = parts;
    this.pending = rest === undefined ? [] : [rest];
    this.pendingAmount = rest === undefined ? 0 : this.measure(rest);
  }

  private measure(batch: Batch): number {
    return this.config.sizer === "bytes" ? batch.byteLength : batch.itemCount;
  }

  private cut(batch: Batch): Batch[] {
    const { max_size, sizer } = this.config;
    if (max_size === 0 || this.measure(batch) <= max_size || batch.itemCount < 2) return [batch];
    if (sizer === "items") return splitBatch(batch, max_size);
    // Items differ in size: cut by the average, and what is still too large again. A single item goes as it is.
    const average = Math.max(1, Math.floor((batch.itemCount * max_size) / batch.byteLength));
    const parts = splitBatch(batch, Math.min(average, Math.ceil(batch.itemCount / 2)));
    return parts.flatMap((part) => this.cut(part));
  }

  private takeShares(count: number): Share[] {
    const taken: Share[] = [];
    let missing = count;
    for (let share = this.shares[0]; missing > 0 || share?.items === 0; share = this.shares[0]) {
      if (share === undefined) throw new Error(`BUG: ${missing} items belong to nobody`);
      const items = Math.min(share.items, missing);
      taken.push({ entry: share.entry, items });
      if (items === share.items) this.shares.shift();
      else this.shares[0] = { entry: share.entry, items: share.items - items };
      missing -= items;
    }
    return taken;
  }
}
