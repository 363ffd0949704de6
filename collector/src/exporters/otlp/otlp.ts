import type { SecureContextOptions } from "node:tls";
import grpc from "@grpc/grpc-js";
import type { Batch } from "@venturi/otlp";
import { z } from "zod";
import { type Authenticator, authSchema, clientAuth } from "../../auth/authenticator.js";
import { type ComponentHost, type ExporterFactory, StartError } from "../../component.js";
import { durationMs, section, stringMap, unsupported } from "../../config/schema-types.js";
import { ExportError } from "../../export/export-error.js";
import { partialSuccess } from "../../export/partial-success.js";
import { queueSchema, retrySchema } from "../../export/queue-config.js";
import { QueuedExporter, type Sender } from "../../export/queued-exporter.js";
import type { PushResult } from "../../export/sending-queue.js";
import { tlsChannelCredentials } from "../../net/grpc-credentials.js";
import { exportPath, toBuffer } from "../../net/grpc-service.js";
import { CODE, decodeRpcStatus } from "../../net/rpc-status.js";
import { clientTlsSchema } from "../../net/tls-config.js";
import { clientContext, watchContext } from "../../net/tls-material.js";
import { bytesOf } from "../../net/wire-cache.js";

const schema = z.strictObject({
  endpoint: z.string().refine((text) => text !== "", "must not be empty; write it as host:port"),
  tls: clientTlsSchema.prefault({}),
  compression: z.enum(["gzip", "deflate", "none", ""]).default("gzip"),
  headers: stringMap(),
  timeout: durationMs("5s"),
  sending_queue: queueSchema.prefault({}),
  retry_on_failure: retrySchema.prefault({}),
  keepalive: section(
    z.strictObject({
      time: durationMs("10s"),
      timeout: durationMs("20s"),
      permit_without_stream: z.boolean().default(false),
    }),
  ).optional(),
  balancer_name: z.enum(["pick_first", "round_robin"]).default("round_robin"),
  authority: z.string().optional(),
  user_agent: z.string().optional(),
  wait_for_ready: z.boolean().default(false),
  read_buffer_size: z.int().min(0).optional(),
  write_buffer_size: z.int().min(0).optional(),
  auth: authSchema.optional(),
  middlewares: unsupported("middlewares"),
});

export type OtlpGrpcConfig = z.infer<typeof schema>;

/** Sends OTLP over gRPC as it was received: gRPC frames and compresses, nothing is decoded. */
export const otlpGrpcExporter: ExporterFactory<OtlpGrpcConfig> = {
  kind: "exporter",
  type: "otlp_grpc",
  aliases: ["otlp"],
  schema,
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  create: (config, host) =>
    new QueuedExporter({
      queue: config.sending_queue,
      retry: config.retry_on_failure,
      timeoutMs: config.timeout,
      sender: new OtlpGrpcSender(config, host),
      host,
    }),
};

const asIs = (bytes: Buffer): Buffer => bytes;

class OtlpGrpcSender implements Sender {
  private readonly config: OtlpGrpcConfig;
  private readonly host: ComponentHost;
  private client: grpc.Client | undefined;
  /** Clients of certificates that changed since: calls under way end on them. */
  private readonly retired: grpc.Client[] = [];
  private credentials: Authenticator["credentials"];
  private stopWatching = (): void => {};

  constructor(config: OtlpGrpcConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  async start(): Promise<void> {
    const { target, plain } = parseTarget(this.config);
    this.credentials = clientAuth(this.host, this.config.auth);
    if (plain && this.credentials !== undefined) {
      const why = "credentials are sent over TLS only; without it everybody on the way could read them";
      throw new StartError(`cannot start exporter "${this.host.id.text}": ${why}`);
    }
    if (plain) {
      this.client = new grpc.Client(target, grpc.credentials.createInsecure(), channelOptions(this.config));
      return;
    }
    const { tls } = this.config;
    const context = (): SecureContextOptions => clientContext(`exporter "${this.host.id.text}"`, tls);
    const connect = (material: SecureContextOptions): void => {
      if (this.client !== undefined) this.retired.push(this.client);
      this.client = new grpc.Client(target, tlsChannelCredentials(tls, material), channelOptions(this.config));
    };
    connect(context());
    this.stopWatching = watchContext(tls, context, connect, this.host.log);
  }

  push(batch: Batch, abort: AbortSignal): Promise<PushResult> {
    const { client } = this;
    if (client === undefined) throw new Error("BUG: pushed before start");
    const metadata = new grpc.Metadata({ waitForReady: this.config.wait_for_ready });
    for (const [name, value] of Object.entries(this.config.headers)) metadata.set(name, value);
    for (const [name, value] of Object.entries(this.credentials?.() ?? {})) metadata.set(name, value);
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(
        exportPath(batch.signal),
        toBuffer,
        asIs,
        bytesOf(batch),
        metadata,
        (error, answer) => {
          abort.removeEventListener("abort", cancel);
          if (error === null) resolve(partialSuccess(answer ?? new Uint8Array(0), ""));
          else reject(toExportError(error, this.config.endpoint, abort));
        },
      );
      const cancel = (): void => call.cancel();
      abort.addEventListener("abort", cancel, { once: true });
      if (abort.aborted) cancel();
    });
  }

  async close(): Promise<void> {
    this.stopWatching();
    for (const client of this.retired.splice(0)) client.close();
    this.client?.close();
    this.client = undefined;
  }
}

/** `http://` and `https://` in front of the address decide about TLS, as upstream. */
function parseTarget(config: OtlpGrpcConfig): { target: string; plain: boolean } {
  const match = /^(https?):\/\/(.*?)\/?$/.exec(config.endpoint);
  if (match === null) return { target: config.endpoint, plain: config.tls.insecure };
  return { target: match[2] as string, plain: match[1] === "http" };
}

function channelOptions(config: OtlpGrpcConfig): grpc.ChannelOptions {
  const compression = { gzip: 2, deflate: 1, none: 0, "": 0 }[config.compression];
  const name = config.tls.server_name_override;
  return {
    "grpc.default_compression_algorithm": compression,
    "grpc.primary_user_agent": config.user_agent ?? "venturi-collector",
    // A new connection is tried soon: the retries of the exporter are the ones that back off.
    "grpc.max_reconnect_backoff_ms": 5000,
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ [config.balancer_name]: {} }] }),
    // Retries belong to `retry_on_failure`, which counts them.
    "grpc.enable_retries": 0,
    ...(config.authority === undefined ? {} : { "grpc.default_authority": config.authority }),
    ...(name === undefined ? {} : { "grpc.ssl_target_name_override": name }),
    ...(config.keepalive === undefined
      ? {}
      : {
          "grpc.keepalive_time_ms": config.keepalive.time,
          "grpc.keepalive_timeout_ms": config.keepalive.timeout,
          "grpc.keepalive_permit_without_calls": config.keepalive.permit_without_stream ? 1 : 0,
        }),
  };
}

const RETRYABLE: ReadonlySet<number> = new Set([
  CODE.cancelled,
  CODE.deadlineExceeded,
  CODE.aborted,
  CODE.outOfRange,
  CODE.unavailable,
  CODE.dataLoss,
]);

function toExportError(error: grpc.ServiceError, endpoint: string, abort: AbortSignal): ExportError {
  const [detail] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const retryAfterMs = detail instanceof Buffer ? decodeRpcStatus(detail)?.retryAfterMs : undefined;
  const why = abort.aborted && abort.reason instanceof Error ? abort.reason.message : error.details || error.message;
  const retryable = RETRYABLE.has(error.code) || (error.code === CODE.resourceExhausted && retryAfterMs !== undefined);
  const message = `cannot send to ${endpoint}: rpc error: code = ${grpc.status[error.code] ?? error.code} desc = ${why}`;
  return new ExportError(message, { retryable, retryAfterMs, cause: error });
}
