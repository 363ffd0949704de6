import type { Batch, Signal } from "@venturi/otlp";
import type { ComponentHost, Outcome, Refusal } from "../component.js";
import { giveBack } from "../lease.js";
import type { Lane } from "../ledger.js";
import { LogThrottle } from "../telemetry/log-throttle.js";
import type { MetricLabels } from "../telemetry/metric-registry.js";
import { Delivery, type Push } from "./delivery.js";
import { type ExporterMetrics, exporterMetrics, observeQueue } from "./exporter-metrics.js";
import { Fifo } from "./fifo.js";
import { Entry, type Parcel, ParcelMaker, wholeParcel } from "./parcel.js";
import type { Backlog } from "./persistent/backlog.js";
import type { QueueConfig, RetryConfig } from "./queue-config.js";
import { QUEUE_FULL, SHUT_DOWN, TOO_LARGE } from "./refusals.js";
import { Settlement } from "./settlement.js";

export { DELIVERED, type Push, type PushResult } from "./delivery.js";

export interface SendingQueueSettings {
  readonly signal: Signal;
  readonly queue: QueueConfig;
  readonly retry: RetryConfig;
  /** Of one attempt; 0: none. */
  readonly timeoutMs: number;
  readonly push: Push;
  /** Where the data goes, for the metrics of what was sent. */
  readonly labels: MetricLabels;
  readonly host: ComponentHost;
}

/** How long a shutdown waits for an attempt whose batch is on disk: what is cut off is sent again. */
const STORED_GRACE_MS = 2000;

interface Waiter {
  readonly batch: Batch;
  readonly lane: Lane;
  readonly answer: (outcome: Outcome | Promise<Outcome>) => void;
}

/**
 * What stands between a pipeline and a destination, for one signal: a queue bounded in requests (or items, or bytes) and
 * always in bytes, consumers that send, and retries. Everything taken ends as sent, as dropped with a reason, or on disk.
 * The bound covers what is being sent too: it is the memory (with a backlog, the disk) that a dead destination can cost.
 */
export class SendingQueue {
  private readonly settings: SendingQueueSettings;
  private readonly metrics: ExporterMetrics;
  private readonly delivery: Delivery;
  private readonly settlement: Settlement;
  private readonly maker: ParcelMaker | undefined;
  private backlog: Backlog | undefined;
  private readonly waiting = new Fifo<Entry>();
  private readonly overflow: Waiter[] = [];
  private size = 0;
  private bytes = 0;
  private active = 0;
  private closing = false;
  /** Takes over what is not delivered: the queue of the same exporter after a reload. */
  private heir: SendingQueue | undefined;
  private flushTimer: NodeJS.Timeout | undefined;
  private flushDue = false;
  private readonly idle: (() => void)[] = [];
  private readonly fullLog = new LogThrottle();

  constructor(settings: SendingQueueSettings) {
    this.settings = settings;
    const { host, signal, queue, push, retry, timeoutMs } = settings;
    this.metrics = exporterMetrics(host.metrics, host.id.text, signal, settings.labels);
    this.delivery = new Delivery({ push, retry, timeoutMs, log: host.log });
    this.settlement = new Settlement(host, this.metrics, (entry) => this.complete(entry));
    this.maker = queue.batch === undefined ? undefined : new ParcelMaker(queue.batch, signal);
    observeQueue(host.metrics, host.id.text, signal, {
      size: () => this.size,
      capacity: () => queue.queue_size,
      inFlight: () => this.active,
    });
  }

  /** From now on everything taken is on disk first; begins with what an earlier process left there. */
  restore(backlog: Backlog): void {
    this.backlog = backlog;
    for (const entry of backlog.recovered()) this.enqueue(entry);
  }

  offer(batch: Batch, lane: Lane): Outcome | Promise<Outcome> {
    const { queue } = this.settings;
    if (this.heir !== undefined) return this.heir.offer(batch, lane);
    if (this.closing) return SHUT_DOWN;
    if (!queue.enabled) {
      return new Promise((settle) => this.run(wholeParcel(new Entry(lane, batch, settle), batch)));
    }
    if (!this.canEverFit(batch)) return this.refuse(batch, TOO_LARGE);
    if (!this.fits(batch)) {
      if (queue.block_on_overflow) return new Promise((answer) => this.overflow.push({ batch, lane, answer }));
      return this.refuse(batch, QUEUE_FULL);
    }
    if (queue.wait_for_result) return new Promise((settle) => this.enqueue(new Entry(lane, batch, settle)));
    return this.take(batch, lane);
  }

  /** Delivers until the host's drain deadline; the rest is dropped and counted, or stays on disk. */
  async shutdown(): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      for (const waiter of this.overflow.splice(0)) waiter.answer(SHUT_DOWN);
      // What is on disk is safe there: only what is under way is waited for.
      if (this.backlog === undefined) this.delivery.hurry();
      else this.leaveWaiting();
      this.pump();
    }
    const graceMs = this.backlog === undefined ? Number.POSITIVE_INFINITY : STORED_GRACE_MS;
    const remainingMs = Math.max(0, Math.min(graceMs, this.settings.host.drainDeadlineMs() - performance.now()));
    const giveUp = (): void => {
      this.leaveWaiting();
      this.delivery.abort();
    };
    const timer = this.active > 0 && Number.isFinite(remainingMs) ? setTimeout(giveUp, remainingMs) : undefined;
    await this.whenIdle();
    clearTimeout(timer);
    const { backlog } = this;
    this.backlog = undefined;
    await backlog?.close();
  }

  /** Everything that is not delivered goes to `heir`: at once, or when the attempt under way has failed. */
  bequeath(heir: SendingQueue): Promise<void> {
    this.heir = heir;
    this.closing = true;
    for (const waiter of this.overflow.splice(0)) waiter.answer(heir.offer(waiter.batch, waiter.lane));
    this.leaveWaiting();
    return this.whenIdle();
  }

  /** Takes what another queue had taken already, so without a look at the bounds. */
  adopt(lane: Lane, batch: Batch): void {
    if (this.heir !== undefined) {
      this.heir.adopt(lane, batch);
      return;
    }
    // What the disk does not take is kept in memory: it was accepted.
    const keep = (outcome: Outcome): void => {
      if (outcome !== undefined) this.enqueue(new Entry(lane, batch));
    };
    const outcome = this.take(batch, lane);
    if (outcome instanceof Promise) void outcome.then(keep);
    else keep(outcome);
  }

  private take(batch: Batch, lane: Lane): Outcome | Promise<Outcome> {
    if (this.backlog === undefined) {
      this.enqueue(new Entry(lane, batch));
      return undefined;
    }
    return this.backlog.store(
      batch,
      lane,
      (entry) => this.enqueue(entry),
      (refusal) => this.refuse(batch, refusal),
    );
  }

  private sizeOf({ items, bytes }: { readonly items: number; readonly bytes: number }): number {
    const { sizer } = this.settings.queue;
    return sizer === "requests" ? 1 : sizer === "items" ? items : bytes;
  }

  private canEverFit({ itemCount, byteLength }: Batch): boolean {
    const { queue_size, max_queue_bytes } = this.settings.queue;
    return this.sizeOf({ items: itemCount, bytes: byteLength }) <= queue_size && byteLength <= max_queue_bytes;
  }

  private fits({ itemCount, byteLength }: Batch): boolean {
    const { queue_size, max_queue_bytes } = this.settings.queue;
    const size = this.size + this.sizeOf({ items: itemCount, bytes: byteLength });
    return size <= queue_size && this.bytes + byteLength <= max_queue_bytes;
  }

  private refuse(batch: Batch, refusal: Refusal): Refusal {
    this.metrics.enqueueFailed.add(batch.itemCount);
    const message = refusal === QUEUE_FULL ? "Sending queue is full." : "Sending queue cannot take a batch.";
    this.fullLog.run((suppressed) =>
      this.settings.host.log.warn(message, { error: refusal.message, queue_size: this.size, suppressed }),
    );
    return refusal;
  }

  private enqueue(entry: Entry): void {
    this.size += this.sizeOf(entry);
    this.bytes += entry.bytes;
    this.waiting.push(entry);
    // It was being written when the shutdown began.
    if (this.closing && entry.stored !== undefined) this.leaveWaiting();
    this.pump();
  }

  private pump(): void {
    while (this.active < this.settings.queue.num_consumers) {
      const parcel = this.nextParcel();
      if (parcel === undefined) break;
      this.run(parcel);
    }
    if (this.active === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  private nextParcel(): Parcel | undefined {
    const { maker } = this;
    for (let entry = this.shift(); entry !== undefined; entry = this.shift()) {
      const batch = this.load(entry);
      if (batch === undefined) continue;
      if (maker === undefined) return wholeParcel(entry, batch);
      maker.add(entry, batch);
      if (maker.isEnough) break;
    }
    if (maker === undefined || maker.isEmpty) return undefined;
    if (!maker.isEnough && !this.flushDue && !this.closing) {
      this.flushTimer ??= setTimeout(() => {
        this.flushDue = true;
        this.pump();
      }, this.settings.queue.batch?.flush_timeout);
      return undefined;
    }
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    this.flushDue = false;
    return maker.take();
  }

  private shift(): Entry | undefined {
    if (this.maker?.isEnough) return undefined;
    return this.waiting.shift();
  }

  private load(entry: Entry): Batch | undefined {
    if (entry.batch !== undefined || this.backlog === undefined) return entry.batch;
    const loaded = this.backlog.load(entry);
    if ("slices" in loaded) return loaded;
    this.settlement.apply(wholeShares(entry), { kind: "failed", reason: "corrupt_record", refusal: loaded });
    return undefined;
  }

  private run(parcel: Parcel): void {
    this.active++;
    void this.delivery.deliver(parcel.batch).then((fate) => {
      this.active--;
      if (fate.kind === "unfinished") this.leave(parcel.shares, parcel.batch);
      else this.settlement.apply(parcel.shares, fate);
      // Parcels of several entries share their slices, and what is on disk was read from there.
      if (fate.kind === "sent" && this.maker === undefined && this.backlog === undefined) giveBack(parcel.batch);
      this.pump();
    });
  }

  /** Nothing that waits is sent by this queue any more, and no attempt is repeated. */
  private leaveWaiting(): void {
    this.delivery.finish();
    clearTimeout(this.flushTimer);
    const left = this.waiting.takeAll();
    const { maker } = this;
    while (maker !== undefined && !maker.isEmpty) {
      const { shares, batch } = maker.take();
      this.leave(shares, batch);
    }
    for (const entry of left) this.leave(wholeShares(entry), entry.batch);
  }

  private leave(shares: Parcel["shares"], batch: Batch | undefined): void {
    const { heir } = this;
    this.settlement.unfinished(shares, batch, heir && ((lane, own) => heir.adopt(lane, own)));
  }

  /** Every part of it has a fate: its place is free. */
  private complete(entry: Entry): void {
    if (!this.settings.queue.enabled) return;
    this.size -= this.sizeOf(entry);
    this.bytes -= entry.bytes;
    if (entry.stored !== undefined) this.backlog?.release(entry);
    for (let waiter = this.overflow[0]; waiter !== undefined; waiter = this.overflow[0]) {
      if (!this.fits(waiter.batch)) return;
      this.overflow.shift();
      waiter.answer(this.offer(waiter.batch, waiter.lane));
    }
  }

  private whenIdle(): Promise<void> {
    return this.active === 0 ? Promise.resolve() : new Promise((resolve) => void this.idle.push(resolve));
  }
}

function wholeShares(entry: Entry): Parcel["shares"] {
  return [{ entry, items: entry.items }];
}
