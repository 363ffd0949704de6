import type { Batch, Signal } from "@venturi/otlp";
import type { ComponentHost, Outcome, Refusal } from "../component.js";
import type { Lane } from "../ledger.js";
import { LogThrottle } from "../telemetry/log-throttle.js";
import type { MetricLabels } from "../telemetry/metric-registry.js";
import { Backoff } from "./backoff.js";
import { ExportError } from "./export-error.js";
import { type ExporterMetrics, exporterMetrics, observeQueue } from "./exporter-metrics.js";
import type { QueueConfig, RetryConfig } from "./queue-config.js";

/** Delivers one batch. Resolves with the items that the destination rejected (partial success); throws `ExportError`. */
export type Push = (batch: Batch, abort: AbortSignal) => Promise<PushResult>;

export interface PushResult {
  /** Items that the destination took the request without; it will not take them later either. */
  readonly rejected: number;
  readonly message?: string;
}

export const DELIVERED: PushResult = { rejected: 0 };

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

interface Entry {
  readonly batch: Batch;
  readonly lane: Lane;
  readonly size: number;
  /** Present when somebody waits for the result: then a failure is a refusal and not a drop. */
  readonly settle?: (outcome: Outcome) => void;
}

interface Waiter {
  readonly batch: Batch;
  readonly lane: Lane;
  readonly answer: (outcome: Outcome | Promise<Outcome>) => void;
}

/**
 * What stands between a pipeline and a destination, for one signal: a queue bounded in requests (or items, or bytes) and
 * always in bytes, consumers that send, and retries. Everything taken ends as sent or as dropped with a reason.
 * The bound covers what is being sent too: it is the memory that a dead destination can cost.
 */
export class SendingQueue {
  private readonly settings: SendingQueueSettings;
  private readonly metrics: ExporterMetrics;
  private readonly waiting: Entry[] = [];
  private head = 0;
  private readonly overflow: Waiter[] = [];
  private size = 0;
  private bytes = 0;
  private active = 0;
  private closing = false;
  private readonly abort = new AbortController();
  /** Wakes everybody who sleeps before a retry: a drain does not wait for a backoff. */
  private readonly sleepers = new Set<() => void>();
  private idle: (() => void) | undefined;
  private readonly retryLog = new LogThrottle();
  private readonly dropLog = new LogThrottle();
  private readonly fullLog = new LogThrottle();

  constructor(settings: SendingQueueSettings) {
    this.settings = settings;
    const { host, signal, queue } = settings;
    this.metrics = exporterMetrics(host.metrics, host.id.text, signal, settings.labels);
    observeQueue(host.metrics, host.id.text, signal, {
      size: () => this.size,
      capacity: () => queue.queue_size,
      inFlight: () => this.active,
    });
  }

  offer(batch: Batch, lane: Lane): Outcome | Promise<Outcome> {
    const { queue } = this.settings;
    if (this.closing) return SHUT_DOWN;
    if (!queue.enabled) return new Promise((settle) => this.run({ batch, lane, size: 0, settle }));
    const size = this.sizeOf(batch);
    if (!this.fits(size, batch.byteLength)) {
      if (queue.block_on_overflow) return new Promise((answer) => this.overflow.push({ batch, lane, answer }));
      return this.full(batch);
    }
    if (queue.wait_for_result) return new Promise((settle) => this.enqueue({ batch, lane, size, settle }));
    this.enqueue({ batch, lane, size });
    return undefined;
  }

  /** Sends what is queued until the host's drain deadline; the rest is dropped and counted. */
  async shutdown(): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      for (const waiter of this.overflow.splice(0)) waiter.answer(SHUT_DOWN);
      for (const wake of this.sleepers) wake();
    }
    if (this.active === 0) return;
    const remainingMs = Math.max(0, this.settings.host.drainDeadlineMs() - performance.now());
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(remainingMs) ? setTimeout(() => this.giveUp(), remainingMs) : undefined;
      this.idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private giveUp(): void {
    const left = this.waiting.splice(0).slice(this.head);
    this.head = 0;
    for (const entry of left) {
      this.release(entry);
      this.fail(entry, "shutdown", SHUT_DOWN);
    }
    this.abort.abort();
    for (const wake of this.sleepers) wake();
  }

  private sizeOf(batch: Batch): number {
    const { sizer } = this.settings.queue;
    return sizer === "requests" ? 1 : sizer === "items" ? batch.itemCount : batch.byteLength;
  }

  private fits(size: number, bytes: number): boolean {
    const { queue } = this.settings;
    return this.size + size <= queue.queue_size && this.bytes + bytes <= queue.max_queue_bytes;
  }

  private full(batch: Batch): Refusal {
    this.metrics.enqueueFailed.add(batch.itemCount);
    this.fullLog.run((suppressed) =>
      this.settings.host.log.warn("Sending queue is full.", { queue_size: this.size, suppressed }),
    );
    return QUEUE_FULL;
  }

  private enqueue(entry: Entry): void {
    this.size += entry.size;
    this.bytes += entry.batch.byteLength;
    this.waiting.push(entry);
    this.pump();
  }

  private pump(): void {
    while (this.active < this.settings.queue.num_consumers && this.head < this.waiting.length) {
      const entry = this.waiting[this.head++] as Entry;
      if (this.head > 1024 && this.head * 2 > this.waiting.length) {
        this.waiting.splice(0, this.head);
        this.head = 0;
      }
      this.run(entry);
    }
    if (this.head === this.waiting.length) {
      this.waiting.length = 0;
      this.head = 0;
      if (this.active === 0) this.idle?.();
    }
  }

  private run(entry: Entry): void {
    this.active++;
    void this.deliver(entry).then(() => {
      this.active--;
      if (this.settings.queue.enabled) this.release(entry);
      this.pump();
    });
  }

  private release(entry: Entry): void {
    this.size -= entry.size;
    this.bytes -= entry.batch.byteLength;
    for (let waiter = this.overflow[0]; waiter !== undefined; waiter = this.overflow[0]) {
      if (!this.fits(this.sizeOf(waiter.batch), waiter.batch.byteLength)) return;
      this.overflow.shift();
      waiter.answer(this.offer(waiter.batch, waiter.lane));
    }
  }

  /** Attempts until delivered, refused for good or out of time. Never rejects. */
  private async deliver(entry: Entry): Promise<void> {
    const backoff = new Backoff(this.settings.retry, performance.now());
    for (;;) {
      const failure = await this.attempt(entry);
      if (failure === undefined) return;
      if (this.abort.signal.aborted) return this.fail(entry, "shutdown", SHUT_DOWN);
      if (!failure.retryable) return this.fail(entry, "permanent_error", refusal(failure));
      const waitMs = this.settings.retry.enabled ? backoff.nextMs(performance.now(), failure.retryAfterMs) : undefined;
      if (waitMs === undefined) {
        return this.fail(entry, this.settings.retry.enabled ? "retries_exhausted" : "export_failed", refusal(failure));
      }
      this.retryLog.run((suppressed) =>
        this.settings.host.log.info("Exporting failed. Will retry the request after interval.", {
          error: failure.message,
          interval: `${(waitMs / 1000).toFixed(3)}s`,
          suppressed,
        }),
      );
      await this.sleep(waitMs);
      if (this.abort.signal.aborted) return this.fail(entry, "shutdown", SHUT_DOWN);
    }
  }

  private async attempt(entry: Entry): Promise<ExportError | undefined> {
    const { push, timeoutMs } = this.settings;
    const controller = new AbortController();
    const abort = (): void => controller.abort(new Error("shutting down"));
    this.abort.signal.addEventListener("abort", abort, { once: true });
    const timer =
      timeoutMs > 0
        ? setTimeout(() => controller.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
        : undefined;
    try {
      const { rejected, message } = await push(entry.batch, controller.signal);
      this.succeed(entry, Math.min(rejected, entry.batch.itemCount), message);
      return undefined;
    } catch (error) {
      if (error instanceof ExportError) return error;
      // A push that throws anything else has a bug; retrying would repeat it.
      return new ExportError(`BUG: ${String((error as Error)?.stack ?? error)}`, { retryable: false, cause: error });
    } finally {
      clearTimeout(timer);
      this.abort.signal.removeEventListener("abort", abort);
    }
  }

  private succeed(entry: Entry, rejected: number, message: string | undefined): void {
    const items = entry.batch.itemCount - rejected;
    entry.lane.sent += items;
    this.metrics.sent.add(items);
    if (rejected > 0) {
      entry.lane.drop(rejected, "rejected_by_destination");
      this.metrics.sendFailed.add(rejected);
      this.dropLog.run((suppressed) =>
        this.settings.host.log.warn("Partial success response", {
          message: message ?? "",
          dropped_items: rejected,
          suppressed,
        }),
      );
    }
    entry.settle?.(undefined);
  }

  private fail(entry: Entry, reason: string, outcome: Refusal): void {
    this.metrics.sendFailed.add(entry.batch.itemCount);
    this.dropLog.run((suppressed) =>
      this.settings.host.log.error("Exporting failed. Dropping data.", {
        error: outcome.message,
        reason,
        dropped_items: entry.batch.itemCount,
        suppressed,
      }),
    );
    if (entry.settle === undefined) entry.lane.drop(entry.batch.itemCount, reason);
    else entry.settle(outcome);
  }

  /** Ends early when a shutdown begins: what is left of the time is spent on attempts. */
  private sleep(waitMs: number): Promise<void> {
    // During a drain a backoff still applies, or a dead destination would be hammered until the deadline.
    const ms = this.closing ? Math.min(waitMs, DRAIN_RETRY_MS) : waitMs;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
    });
  }
}

const DRAIN_RETRY_MS = 250;
const SHUT_DOWN: Refusal = {
  reason: "shutdown",
  message: "the collector is shutting down",
  retryable: true,
  retryAfterMs: 1000,
};
const QUEUE_FULL: Refusal = {
  reason: "queue_full",
  message: "sending queue is full",
  retryable: true,
  retryAfterMs: 1000,
};

function refusal(error: ExportError): Refusal {
  const { message, retryable, retryAfterMs } = error;
  return { reason: "export_failed", message, retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
