import { type Batch, concatBatches, splitBatch } from "@venturi/otlp";
import type { ComponentHost } from "../component.js";
import type { Lane } from "../ledger.js";
import { LogThrottle } from "../telemetry/log-throttle.js";
import type { Fate } from "./delivery.js";
import type { ExporterMetrics } from "./exporter-metrics.js";
import type { Entry, Share } from "./parcel.js";
import { SHUT_DOWN } from "./refusals.js";

/** Writes into the books what became of a request, and tells who is done with all parts. */
export class Settlement {
  private readonly host: ComponentHost;
  private readonly metrics: ExporterMetrics;
  private readonly complete: (entry: Entry) => void;
  private readonly dropLog = new LogThrottle();

  constructor(host: ComponentHost, metrics: ExporterMetrics, complete: (entry: Entry) => void) {
    this.host = host;
    this.metrics = metrics;
    this.complete = complete;
  }

  apply(shares: readonly Share[], fate: Exclude<Fate, { kind: "unfinished" }>): void {
    const total = shares.reduce((sum, { items }) => sum + items, 0);
    if (fate.kind === "sent") this.sent(shares, total, fate.rejected, fate.message);
    else this.failed(shares, total, fate);
  }

  /**
   * Neither delivered nor refused. What is on disk stays there, who waits is told to come back, and the rest goes to
   * `heir` or is dropped. `batch` is what the shares have together; absent when it is only on disk.
   */
  unfinished(
    shares: readonly Share[],
    batch: Batch | undefined,
    heir: ((lane: Lane, batch: Batch) => void) | undefined,
  ): void {
    let dropped = 0;
    let rest = batch;
    for (const { entry, items } of shares) {
      entry.unfinished = true;
      let own = rest;
      if (rest !== undefined && rest.itemCount > items && items > 0) {
        const [first, ...others] = splitBatch(rest, items) as [Batch, ...Batch[]];
        own = first;
        rest = concatBatches(rest.signal, others);
      }
      if (entry.settle !== undefined) entry.failure ??= SHUT_DOWN;
      else if (entry.stored !== undefined) entry.lane.stored += items;
      else if (heir !== undefined && own !== undefined) heir(entry.lane, own);
      else {
        entry.lane.drop(items, "shutdown");
        dropped += items;
      }
      this.close(entry, items);
    }
    if (dropped > 0) this.logDrop(dropped, "shutdown", SHUT_DOWN.message);
  }

  private sent(shares: readonly Share[], total: number, rejected: number, message: string | undefined): void {
    this.metrics.sent.add(total - rejected);
    let missing = rejected;
    for (const { entry, items } of shares) {
      // Nobody says which items were rejected; they are booked from the front.
      const lost = Math.min(missing, items);
      missing -= lost;
      entry.sent += items - lost;
      entry.rejected += lost;
      this.close(entry, items);
    }
    if (rejected === 0) return;
    this.metrics.sendFailed.add(rejected);
    this.dropLog.run((suppressed) =>
      this.host.log.warn("Partial success response", { message: message ?? "", dropped_items: rejected, suppressed }),
    );
  }

  private failed(shares: readonly Share[], total: number, fate: Extract<Fate, { kind: "failed" }>): void {
    this.metrics.sendFailed.add(total);
    this.logDrop(total, fate.reason, fate.refusal.message);
    for (const { entry, items } of shares) {
      if (entry.settle === undefined) entry.lane.drop(items, fate.reason);
      else entry.failure ??= fate.refusal;
      this.close(entry, items);
    }
  }

  private close(entry: Entry, items: number): void {
    entry.open -= items;
    if (entry.open > 0) return;
    // Who is refused keeps all of it, parts that arrived included: they are in no book.
    if (entry.failure === undefined) {
      entry.lane.sent += entry.sent;
      if (entry.rejected > 0) entry.lane.drop(entry.rejected, "rejected_by_destination");
    }
    this.complete(entry);
    entry.settle?.(entry.failure);
  }

  private logDrop(items: number, reason: string, error: string): void {
    this.dropLog.run((suppressed) =>
      this.host.log.error("Exporting failed. Dropping data.", { error, reason, dropped_items: items, suppressed }),
    );
  }
}
