import type { ComponentHost, ExporterFactory } from "../../component.js";
import { QueuedExporter, type Sender } from "../../export/queued-exporter.js";
import { type OtlpGrpcConfig, otlpGrpcSchema } from "./config.js";
import { LateSender } from "./late-sender.js";
import { PlainSender, plainTarget } from "./plain-sender.js";

export type { OtlpGrpcConfig } from "./config.js";

/** Sends OTLP over gRPC as it was received: framed and compressed, nothing is decoded. */
export const otlpGrpcExporter: ExporterFactory<OtlpGrpcConfig> = {
  kind: "exporter",
  type: "otlp_grpc",
  aliases: ["otlp"],
  schema: otlpGrpcSchema,
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  create: (config, host) => {
    const target = plainTarget(config);
    return new QueuedExporter({
      queue: config.sending_queue,
      retry: config.retry_on_failure,
      timeoutMs: config.timeout,
      sender: target === undefined ? new LateSender(() => loadGrpcJs(config, host)) : new PlainSender(config, target),
      host,
    });
  },
};

/** Who does not need grpc-js saves its memory. */
async function loadGrpcJs(config: OtlpGrpcConfig, host: ComponentHost): Promise<Sender> {
  const { GrpcJsSender } = await import("./grpc-js-sender.js");
  return new GrpcJsSender(config, host);
}
