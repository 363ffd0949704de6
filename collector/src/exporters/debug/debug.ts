import { type Batch, protobufToJson, type Signal } from "@venturi/otlp";
import { z } from "zod";
import type { ComponentHost, Exporter, ExporterFactory } from "../../component.js";
import { count } from "../../config/schema-types.js";
import { directConsumer, NOTHING_DROPPED } from "../../export/direct-consumer.js";
import { queueSchema } from "../../export/queue-config.js";
import { bytesOf } from "../../net/wire-cache.js";
import { describeBatch } from "./describe.js";

const schema = z.strictObject({
  verbosity: z.enum(["basic", "normal", "detailed"]).default("basic"),
  /** Of the batches in each second, the first so many are written, and then one in `sampling_thereafter`. */
  sampling_initial: count(2),
  sampling_thereafter: count(1),
  use_internal_logger: z.boolean().default(true),
  // Writing a line needs no queue; accepted so that a working config runs.
  sending_queue: queueSchema.optional(),
});

export type DebugConfig = z.infer<typeof schema>;

/** Writes what passes to the log. */
export const debugExporter: ExporterFactory<DebugConfig> = {
  kind: "exporter",
  type: "debug",
  schema,
  signals: { traces: "alpha", metrics: "alpha", logs: "alpha" },
  create: (config, host) => new DebugExporter(config, host),
};

const TITLE: Readonly<Record<Signal, string>> = { traces: "Traces", metrics: "Metrics", logs: "Logs" };

class DebugExporter implements Exporter {
  private readonly config: DebugConfig;
  private readonly host: ComponentHost;
  private second = 0;
  private inSecond = 0;

  constructor(config: DebugConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  consumer(signal: Signal, lane: Parameters<Exporter["consumer"]>[1]): ReturnType<Exporter["consumer"]> {
    return directConsumer(this.host, signal, lane, (batch) => {
      if (this.sampled()) this.write(signal, batch);
      return NOTHING_DROPPED;
    });
  }

  async start(): Promise<void> {}
  async shutdown(): Promise<void> {}

  private sampled(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.inSecond = 0;
    }
    const { sampling_initial, sampling_thereafter } = this.config;
    const index = this.inSecond++;
    if (index < sampling_initial) return true;
    return sampling_thereafter > 0 && (index - sampling_initial + 1) % sampling_thereafter === 0;
  }

  private write(signal: Signal, batch: Batch): void {
    const request = protobufToJson(signal, bytesOf(batch)) as Record<string, unknown>;
    const { summary, lines } = describeBatch(signal, request, this.config.verbosity);
    // Detailed text belongs to the line above it, as upstream writes it.
    const text = lines.length === 0 ? "" : ` ${lines.join(" | ")}`;
    this.host.log.info(`${TITLE[signal]}${text}`, summary);
  }
}
