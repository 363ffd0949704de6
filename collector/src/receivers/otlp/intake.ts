import { type Batch, readBatch, type Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer, Outcome } from "../../component.js";
import { type Lease, lend } from "../../lease.js";
import { type ReceiverMetrics, receiverMetrics } from "../../telemetry/receiver-metrics.js";

/** What HTTP and gRPC share: validate the bytes of a request, hand them to the pipelines, count. */
export class Intake {
  private readonly output: Consumer;
  private readonly signal: Signal;
  private readonly metrics: ReceiverMetrics;

  constructor(signal: Signal, output: Consumer, transport: string, host: ComponentHost) {
    this.signal = signal;
    this.output = output;
    this.metrics = receiverMetrics(host.metrics, host.id.text, transport, signal);
  }

  /** `lease` is that of the bytes. @throws MalformedOtlpError */
  accept(bytes: Uint8Array, lease?: Lease): Outcome | Promise<Outcome> {
    const batch = readBatch(this.signal, bytes);
    if (batch.itemCount === 0) {
      lease?.release();
      return undefined;
    }
    if (lease !== undefined) lend(batch, lease);
    try {
      const outcome = this.output.consume(batch);
      if (!(outcome instanceof Promise)) return this.count(batch, outcome);
      return outcome.then((settled) => this.count(batch, settled));
    } catch (error) {
      this.metrics.failed.add(batch.itemCount);
      throw error;
    }
  }

  private count(batch: Batch, outcome: Outcome): Outcome {
    (outcome === undefined ? this.metrics.accepted : this.metrics.refused).add(batch.itemCount);
    return outcome;
  }
}
