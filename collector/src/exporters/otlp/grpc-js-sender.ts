import type { SecureContextOptions } from "node:tls";
import grpc from "@grpc/grpc-js";
import type { Batch } from "@venturi/otlp";
import { type Authenticator, clientAuth } from "../../auth/authenticator.js";
import { type ComponentHost, StartError } from "../../component.js";
import { partialSuccess } from "../../export/partial-success.js";
import type { Sender } from "../../export/queued-exporter.js";
import type { PushResult } from "../../export/sending-queue.js";
import { tlsChannelCredentials } from "../../net/grpc-credentials.js";
import { exportPath } from "../../net/grpc-path.js";
import { toBuffer } from "../../net/grpc-service.js";
import type { GrpcStatus } from "../../net/http2/grpc-status.js";
import { clientContext, watchContext } from "../../net/tls-material.js";
import { bytesOf } from "../../net/wire-cache.js";
import { type OtlpGrpcConfig, parseTarget } from "./config.js";
import { toExportError } from "./export-failure.js";

const asIs = (bytes: Buffer): Buffer => bytes;

/** By grpc-js, which has TLS and the name resolvers of gRPC. */
export class GrpcJsSender implements Sender {
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
          else reject(toExportError(statusOf(error), error, this.config.endpoint, abort));
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

function statusOf(error: grpc.ServiceError): GrpcStatus {
  const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
  const status = { code: error.code, message: error.details };
  return details instanceof Buffer ? { ...status, details } : status;
}
