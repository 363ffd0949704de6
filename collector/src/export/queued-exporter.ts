import type { Batch, Signal } from "@venturi/otlp";
import { type ComponentHost, type Consumer, type Exporter, StartError, type StorageFolder } from "../component.js";
import type { Lane } from "../ledger.js";
import type { MetricLabels } from "../telemetry/metric-registry.js";
import type { PushResult } from "./delivery.js";
import { Backlog } from "./persistent/backlog.js";
import type { QueueConfig, RetryConfig } from "./queue-config.js";
import { SendingQueue } from "./sending-queue.js";

/** How to reach one destination. */
export interface Sender {
  start?(): Promise<void>;
  /** Labels that tell where data of a signal goes. */
  labels?(signal: Signal): MetricLabels;
  /** Resolves when the destination has the batch; throws `ExportError`. */
  push(batch: Batch, abort: AbortSignal): Promise<PushResult>;
  /** Closes connections; called once, after the last push. */
  close(): Promise<void>;
  /** Two at a time get into each other's way, so the old one is closed before a reload starts its successor. */
  readonly exclusive?: boolean;
}

export interface QueuedExporterSettings {
  readonly queue: QueueConfig;
  readonly retry: RetryConfig;
  readonly timeoutMs: number;
  readonly sender: Sender;
  readonly host: ComponentHost;
}

interface SignalQueue {
  readonly queue: SendingQueue;
  readonly lanes: Lane[];
}

/** An exporter made of a sender: a queue per signal, retries, drain and the Collector's metrics come with it. */
export class QueuedExporter implements Exporter {
  private readonly settings: QueuedExporterSettings;
  private readonly queues = new Map<Signal, SignalQueue>();
  private closed: Promise<void> | undefined;
  private senderClosed: Promise<void> | undefined;
  readonly handOver?: (heir: Exporter) => Promise<void>;

  constructor(settings: QueuedExporterSettings) {
    this.settings = settings;
    // What is on disk is handed over there, and that takes that this one has let go of it.
    if (settings.queue.storage !== undefined || settings.sender.exclusive === true) return;
    this.handOver = (heir) => {
      if (!(heir instanceof QueuedExporter)) throw new Error("BUG: the heir is another kind of exporter");
      return this.closeAfter(({ queue }, signal) => queue.bequeath(heir.queueOf(signal).queue));
    };
  }

  consumer(signal: Signal, lane: Lane): Consumer {
    const { queue, lanes } = this.queueOf(signal);
    lanes.push(lane);
    return { consume: (batch) => queue.offer(batch, lane) };
  }

  async start(): Promise<void> {
    await this.settings.sender.start?.();
    for (const [signal, { queue, lanes }] of this.queues) {
      const folder = await this.openFolder(signal);
      if (folder !== undefined) queue.restore(new Backlog(this.settings.host, signal, folder, lanes));
    }
  }

  shutdown(): Promise<void> {
    this.closed ??= this.closeAfter(({ queue }) => queue.shutdown());
    return this.closed;
  }

  private async closeAfter(end: (queue: SignalQueue, signal: Signal) => Promise<void>): Promise<void> {
    await Promise.all([...this.queues].map(([signal, queue]) => end(queue, signal)));
    this.senderClosed ??= this.settings.sender.close();
    await this.senderClosed;
  }

  private queueOf(signal: Signal): SignalQueue {
    let found = this.queues.get(signal);
    if (found === undefined) {
      const { sender, ...rest } = this.settings;
      const labels = sender.labels?.(signal) ?? {};
      const push = (batch: Batch, abort: AbortSignal): Promise<PushResult> => sender.push(batch, abort);
      found = { queue: new SendingQueue({ ...rest, signal, labels, push }), lanes: [] };
      this.queues.set(signal, found);
    }
    return found;
  }

  private async openFolder(signal: Signal): Promise<StorageFolder | undefined> {
    const { host, queue } = this.settings;
    if (queue.storage === undefined) return undefined;
    const storage = host.storage(queue.storage);
    if (storage === undefined) {
      throw new StartError(
        `cannot start exporter "${host.id.text}": sending_queue::storage names "${queue.storage}", which is no storage extension of service::extensions`,
      );
    }
    return storage.openFolder(host.id, signal);
  }
}
