import type { Batch } from "@venturi/otlp";
import type { Sender } from "../../export/queued-exporter.js";
import type { PushResult } from "../../export/sending-queue.js";

/** A sender whose code is loaded when it starts. */
export class LateSender implements Sender {
  private readonly load: () => Promise<Sender>;
  private sender: Sender | undefined;

  constructor(load: () => Promise<Sender>) {
    this.load = load;
  }

  async start(): Promise<void> {
    this.sender = await this.load();
    await this.sender.start?.();
  }

  async push(batch: Batch, abort: AbortSignal): Promise<PushResult> {
    if (this.sender === undefined) throw new Error("BUG: pushed before start");
    return this.sender.push(batch, abort);
  }

  async close(): Promise<void> {
    await this.sender?.close();
  }
}
