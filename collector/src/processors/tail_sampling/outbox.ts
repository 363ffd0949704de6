import type { Batch } from "@venturi/otlp";
import type { ComponentHost, Consumer } from "../../component.js";
import type { Lane } from "../../ledger.js";

/** How long a batch that was refused is kept before it is offered again. */
const RETRY_MS = 200;

/**
 * Hands batches on in order and keeps what is refused until it is taken: a kept trace was chosen, so it is not dropped as
 * a queue is full for a moment. Its owner stops taking new data while it `isFull`.
 */
export class Outbox {
  private readonly next: Consumer;
  private readonly lane: Lane;
  private readonly host: ComponentHost;
  private readonly bytesMax: number;
  private readonly waiting: Batch[] = [];
  private bytes = 0;
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(next: Consumer, lane: Lane, host: ComponentHost, bytesMax: number) {
    this.next = next;
    this.lane = lane;
    this.host = host;
    this.bytesMax = bytesMax;
  }

  get isFull(): boolean {
    return this.bytes >= this.bytesMax;
  }

  send(batch: Batch): void {
    this.waiting.push(batch);
    this.bytes += batch.byteLength;
    if (this.timer === undefined && this.sending === undefined) this.pump();
  }

  /** Resolves when everything was taken, or dropped at the end of the host's drain. */
  async drain(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.pump();
    while (this.waiting.length > 0 || this.sending !== undefined) {
      if (this.sending !== undefined) await this.sending;
      else {
        const remainingMs = this.host.drainDeadlineMs() - performance.now();
        if (remainingMs <= 0) this.dropAll("shutdown");
        else await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS, remainingMs)));
        this.pump();
      }
    }
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private pump(): void {
    while (this.sending === undefined) {
      const batch = this.waiting[0];
      if (batch === undefined) return;
      const outcome = this.next.consume(batch);
      if (outcome instanceof Promise) {
        this.sending = outcome.then((settled) => {
          this.sending = undefined;
          if (this.settle(batch, settled)) this.pump();
        });
      } else if (!this.settle(batch, outcome)) return;
    }
  }

  /** False: the batch stays and is offered again later. */
  private settle(batch: Batch, outcome: Awaited<ReturnType<Consumer["consume"]>>): boolean {
    if (outcome?.retryable) {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        if (this.sending === undefined) this.pump();
      }, RETRY_MS);
      return false;
    }
    if (outcome !== undefined) this.lane.drop(batch.itemCount, outcome.reason);
    this.waiting.shift();
    this.bytes -= batch.byteLength;
    return true;
  }

  private dropAll(reason: string): void {
    for (const batch of this.waiting.splice(0)) this.lane.drop(batch.itemCount, reason);
    this.bytes = 0;
  }
}
