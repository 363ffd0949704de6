import type { Batch, Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer, Exporter } from "../component.js";
import type { Lane } from "../ledger.js";
import type { MetricLabels } from "../telemetry/metric-registry.js";
import type { QueueConfig, RetryConfig } from "./queue-config.js";
import { type PushResult, SendingQueue } from "./sending-queue.js";

/** How to reach one destination. */
export interface Sender {
  start?(): Promise<void>;
  /** Labels that tell where data of a signal goes. */
  labels?(signal: Signal): MetricLabels;
  /** Resolves when the destination has the batch; throws `ExportError`. */
  push(batch: Batch, abort: AbortSignal): Promise<PushResult>;
  /** Closes connections; called once, after the last push. */
  close(): Promise<void>;
}

export interface QueuedExporterSettings {
  readonly queue: QueueConfig;
  readonly retry: RetryConfig;
  readonly timeoutMs: number;
  readonly sender: Sender;
  readonly host: ComponentHost;
}

/** An exporter made of a sender: a queue per signal, retries, drain and the Collector's metrics come with it. */
export class QueuedExporter implements Exporter {
  private readonly settings: QueuedExporterSettings;
  private readonly queues = new Map<Signal, SendingQueue>();
  private closed: Promise<void> | undefined;

  constructor(settings: QueuedExporterSettings) {
    this.settings = settings;
  }

  consumer(signal: Signal, lane: Lane): Consumer {
    let queue = this.queues.get(signal);
    if (queue === undefined) {
      const { sender, ...rest } = this.settings;
      queue = new SendingQueue({
        ...rest,
        signal,
        labels: sender.labels?.(signal) ?? {},
        push: (batch, abort) => sender.push(batch, abort),
      });
      this.queues.set(signal, queue);
    }
    const target = queue;
    return { consume: (batch) => target.offer(batch, lane) };
  }

  async start(): Promise<void> {
    await this.settings.sender.start?.();
  }

  shutdown(): Promise<void> {
    this.closed ??= Promise.all([...this.queues.values()].map((queue) => queue.shutdown())).then(() =>
      this.settings.sender.close(),
    );
    return this.closed;
  }
}
