import { type Batch, concatBatches, type Signal, splitBatch } from "@venturi/otlp";
import { z } from "zod";
import type { ComponentHost, Consumer, Outcome, Processor, ProcessorFactory, Refusal } from "../../component.js";
import { count, durationMs, unsupported } from "../../config/schema-types.js";
import { passOn } from "../../lease.js";
import type { Lane } from "../../ledger.js";
import type { Counter, Gauge, Histogram } from "../../telemetry/metric-registry.js";

const schema = z
  .strictObject({
    timeout: durationMs("200ms"),
    send_batch_size: count(8192),
    send_batch_max_size: count(0),
    metadata_keys: z.array(z.string()).max(0, "not supported: batching by client metadata").default([]),
    metadata_cardinality_limit: unsupported("batching by client metadata"),
  })
  .refine((it) => it.send_batch_max_size === 0 || it.send_batch_max_size >= it.send_batch_size, {
    path: ["send_batch_max_size"],
    message: "must be greater or equal to send_batch_size",
  });

export type BatchConfig = z.infer<typeof schema>;

/** Joins small batches, by reference, and cuts large ones. */
export const batchProcessor: ProcessorFactory<BatchConfig> = {
  kind: "processor",
  type: "batch",
  schema,
  signals: { traces: "beta", metrics: "beta", logs: "beta" },
  create: (config, signal, next, lane, host) => new BatchProcessor(config, signal, next, lane, host),
};

/** The Collector's bounds of `batch_send_size`. */
const SIZE_BOUNDS = [
  10, 25, 50, 75, 100, 250, 500, 750, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 20_000, 30_000,
  50_000, 100_000,
];

/** How long a batch that everybody refused is kept before it is offered again. */
const RETRY_MS = 200;

/**
 * Never drops: what downstream refuses is kept and offered again, and meanwhile new batches are refused at the door, so
 * that a full queue is felt by the sender. The Collector's batch processor drops here.
 */
class BatchProcessor implements Processor {
  private readonly config: BatchConfig;
  private readonly signal: Signal;
  private readonly next: Consumer;
  private readonly lane: Lane;
  private readonly host: ComponentHost;
  private readonly sendSize: Histogram;
  private readonly sizeTrigger: Counter;
  private readonly timeoutTrigger: Counter;
  private readonly cardinality: Gauge;
  private started = false;
  private pending: Batch[] = [];
  private pendingItems = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Ready-made batches that downstream refused, in order. */
  private refused: Batch[] = [];
  private refusal: Refusal | undefined;
  /** A send that waits for its answer: batches keep their order. */
  private sending: Promise<void> | undefined;

  constructor(config: BatchConfig, signal: Signal, next: Consumer, lane: Lane, host: ComponentHost) {
    this.config = config;
    this.signal = signal;
    this.next = next;
    this.lane = lane;
    this.host = host;
    const labels = { processor: host.id.text };
    const name = (suffix: string) => `otelcol_processor_batch_${suffix}`;
    this.sendSize = host.metrics.histogram(
      { name: name("batch_send_size"), help: "Number of units in the batch", unit: "{unit}" },
      SIZE_BOUNDS,
      labels,
    );
    const combinations = "Number of distinct metadata value combinations being processed";
    this.cardinality = host.metrics.gauge(
      { name: name("metadata_cardinality"), help: combinations, unit: "{combination}" },
      labels,
    );
    const help = (what: string) => `Number of times the batch was sent due to a ${what} trigger`;
    this.sizeTrigger = host.metrics.counter(
      { name: name("batch_size_trigger_send"), help: help("size"), unit: "{time}" },
      labels,
    );
    this.timeoutTrigger = host.metrics.counter(
      { name: name("timeout_trigger_send"), help: help("timeout"), unit: "{time}" },
      labels,
    );
  }

  async start(): Promise<void> {
    this.started = true;
    this.cardinality.add(1);
  }

  consume(batch: Batch): Outcome {
    const { send_batch_size, timeout } = this.config;
    if (this.refused.length > 0) return this.refusal;
    // Waiting for a downstream that blocks: one full batch may gather behind it, no more.
    if (this.sending !== undefined && this.pendingItems > 0 && this.pendingItems >= send_batch_size) return BLOCKED;
    this.pending.push(batch);
    this.pendingItems += batch.itemCount;
    if (this.pendingItems >= send_batch_size || timeout === 0) this.flush(this.sizeTrigger);
    else this.timer ??= setTimeout(() => this.flush(this.timeoutTrigger), timeout);
    return undefined;
  }

  async shutdown(): Promise<void> {
    if (this.started) this.cardinality.add(-1);
    this.started = false;
    this.stopTimer();
    while (this.pendingItems > 0 || this.refused.length > 0 || this.sending !== undefined) {
      if (this.sending !== undefined) await this.sending;
      else if (this.refused.length > 0) await this.retryUntilDeadline();
      else this.flush(this.timeoutTrigger);
    }
    this.stopTimer();
  }

  private async retryUntilDeadline(): Promise<void> {
    const remainingMs = this.host.drainDeadlineMs() - performance.now();
    if (remainingMs <= 0) {
      for (const batch of this.refused.splice(0)) this.lane.drop(batch.itemCount, "shutdown");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS, remainingMs)));
    this.sendAll(this.refused.splice(0));
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** By size: sends what fills batches and keeps the rest. By time: sends everything. */
  private flush(trigger: Counter): void {
    this.stopTimer();
    if (this.sending !== undefined || this.pendingItems === 0) return;
    const { send_batch_size, timeout } = this.config;
    const least = trigger === this.sizeTrigger && timeout > 0 ? Math.max(1, send_batch_size) : 1;
    const batches: Batch[] = [];
    while (this.pendingItems >= least) batches.push(this.take());
    trigger.add(1);
    if (this.pendingItems > 0) this.timer = setTimeout(() => this.flush(this.timeoutTrigger), timeout);
    this.sendAll(batches);
  }

  /** As much of what is pending as one batch may hold. Only the batch that the limit goes through is cut. */
  private take(): Batch {
    const { pending } = this;
    const maxItems = this.config.send_batch_max_size > 0 ? this.config.send_batch_max_size : Infinity;
    let whole = 0;
    let items = 0;
    while (whole < pending.length && items + (pending[whole] as Batch).itemCount <= maxItems) {
      items += (pending[whole++] as Batch).itemCount;
    }
    const taken = pending.splice(0, whole);
    const next = pending[0];
    if (next !== undefined && items < maxItems) {
      const [head, ...rest] = splitBatch(next, maxItems, maxItems - items);
      passOn([next], [head as Batch, ...rest]);
      taken.push(head as Batch);
      items += (head as Batch).itemCount;
      pending.splice(0, 1, ...rest);
    }
    this.pendingItems -= items;
    if (taken.length === 1) return taken[0] as Batch;
    const joined = concatBatches(this.signal, taken);
    passOn(taken, [joined]);
    return joined;
  }

  /** Sends in order; stops at the first refusal and keeps what is left. */
  private sendAll(batches: Batch[]): void {
    for (let index = 0; index < batches.length; index++) {
      const batch = batches[index] as Batch;
      const outcome = this.next.consume(batch);
      if (outcome instanceof Promise) {
        this.wait(outcome, batch, batches.slice(index + 1));
        return;
      }
      if (outcome !== undefined) {
        this.keep(batches.slice(index), outcome);
        return;
      }
      this.sendSize.record(batch.itemCount);
    }
    this.refusal = undefined;
  }

  private wait(outcome: Promise<Outcome>, batch: Batch, rest: Batch[]): void {
    this.sending = outcome.then((settled) => {
      this.sending = undefined;
      if (settled !== undefined) return this.keep([batch, ...rest], settled);
      this.sendSize.record(batch.itemCount);
      this.sendAll(rest);
      if (this.sending === undefined && this.pendingItems > 0) this.flush(this.timeoutTrigger);
    });
  }

  private keep(batches: Batch[], refusal: Refusal): void {
    if (!refusal.retryable) {
      for (const batch of batches) this.lane.drop(batch.itemCount, refusal.reason);
      return;
    }
    this.refused = [...batches, ...this.refused];
    this.refusal = refusal;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.sendAll(this.refused.splice(0));
      if (this.refused.length === 0) this.flush(this.timeoutTrigger);
    }, RETRY_MS);
  }
}

const BLOCKED: Refusal = {
  reason: "queue_full",
  message: "the exporters of this pipeline are busy",
  retryable: true,
  retryAfterMs: 1000,
};
