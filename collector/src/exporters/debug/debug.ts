import { type Batch, protobufToJson, type Signal } from "@venturi/otlp";
import { z } from "zod";
import type { ComponentHost, Exporter, ExporterFactory } from "../../component.js";
import { count } from "../../config/schema-types.js";
import { directConsumer, NOTHING_DROPPED } from "../../export/direct-consumer.js";
import { queueSchema } from "../../export/queue-config.js";
import { bytesOf } from "../../net/wire-cache.js";
import { detailedLines } from "./detailed.js";
import type { Json } from "./json.js";
import { normalLines } from "./normal.js";
import { type Outputs, openOutputs } from "./outputs.js";
import { summaryOf } from "./summary.js";

const schema = z
  .strictObject({
    verbosity: z.enum(["basic", "normal", "detailed"]).default("basic"),
    /** Of the batches in each second, the first so many are written, and then one in `sampling_thereafter`. */
    sampling_initial: count(2),
    sampling_thereafter: count(1),
    use_internal_logger: z.boolean().default(true),
    /** `stdout`, `stderr` or paths of files. */
    output_paths: z.array(z.string().min(1)).optional(),
    // Writing a line needs no queue; accepted so that a working config runs.
    sending_queue: queueSchema.optional(),
  })
  .refine((it) => !it.use_internal_logger || it.output_paths === undefined, {
    path: ["output_paths"],
    message: "output_paths is not supported when use_internal_logger is true",
  })
  .refine((it) => it.output_paths?.length !== 0, {
    path: ["output_paths"],
    message: "output_paths must not be empty when use_internal_logger is false",
  });

export type DebugConfig = z.infer<typeof schema>;

/** Writes what passes to the log, or to standard output. */
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
  private outputs: Outputs | undefined;
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

  async start(): Promise<void> {
    const { output_paths, use_internal_logger } = this.config;
    if (!use_internal_logger) this.outputs = openOutputs(output_paths ?? ["stdout"], this.host);
  }

  async shutdown(): Promise<void> {
    this.outputs?.close();
    this.outputs = undefined;
  }

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
    const request = protobufToJson(signal, bytesOf(batch)) as Json;
    const summary = summaryOf(signal, request);
    const lines = this.lines(signal, request);
    if (this.outputs === undefined) {
      this.host.log.info(TITLE[signal], summary);
      for (const line of lines) this.host.log.info(line);
      return;
    }
    const fields = Object.entries(summary).map(([name, value]) => `"${name}": ${value}`);
    const text = lines.length === 0 ? "" : `${lines.join("\n")}\n\n`;
    this.outputs.write(`${TITLE[signal]}\t{${fields.join(", ")}}\n${text}`);
  }

  private lines(signal: Signal, request: Json): string[] {
    if (this.config.verbosity === "basic") return [];
    return this.config.verbosity === "normal" ? normalLines(signal, request) : detailedLines(signal, request);
  }
}
