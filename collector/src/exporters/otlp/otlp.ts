import type { ExporterFactory } from "../../component.js";
import { QueuedExporter } from "../../export/queued-exporter.js";
import { type OtlpGrpcConfig, otlpGrpcSchema } from "./config.js";
import { GrpcJsSender } from "./grpc-js-sender.js";
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
      sender: target === undefined ? new GrpcJsSender(config, host) : new PlainSender(config, target),
      host,
    });
  },
};
