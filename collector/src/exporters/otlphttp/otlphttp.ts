import { type Batch, protobufToJson, type Signal } from "@venturi/otlp";
import { z } from "zod";
import { clientAuth } from "../../auth/authenticator.js";
import type { ComponentHost, ExporterFactory } from "../../component.js";
import { durationMs, httpUrl, unsupported } from "../../config/schema-types.js";
import { ExportError } from "../../export/export-error.js";
import { partialSuccess } from "../../export/partial-success.js";
import { queueSchema, retrySchema } from "../../export/queue-config.js";
import { QueuedExporter, type Sender } from "../../export/queued-exporter.js";
import type { PushResult } from "../../export/sending-queue.js";
import { type Compress, compressionParamsSchema, compressionSchema, compressor } from "../../net/encodings/compress.js";
import { type HttpAnswer, type HttpBody, HttpClient, httpClientOptions, retryAfterMs } from "../../net/http-client.js";
import { decodeRpcStatus } from "../../net/rpc-status.js";
import { urlLabels } from "../../net/url-labels.js";
import { bytesOf, compressedBytesOf, piecesOf } from "../../net/wire-cache.js";
import type { MetricLabels } from "../../telemetry/metric-registry.js";

const schema = z
  .strictObject({
    ...httpClientOptions,
    endpoint: httpUrl().optional(),
    traces_endpoint: httpUrl().optional(),
    metrics_endpoint: httpUrl().optional(),
    logs_endpoint: httpUrl().optional(),
    profiles_endpoint: unsupported("profiles"),
    encoding: z.enum(["proto", "json"]).default("proto"),
    compression: compressionSchema,
    compression_params: compressionParamsSchema,
    timeout: durationMs("30s"),
    sending_queue: queueSchema.prefault({}),
    retry_on_failure: retrySchema.prefault({}),
  })
  .refine((it) => it.endpoint ?? it.traces_endpoint ?? it.metrics_endpoint ?? it.logs_endpoint, {
    path: ["endpoint"],
    message: "at least one endpoint must be specified",
  });

export type OtlpHttpConfig = z.infer<typeof schema>;

/** Sends OTLP over HTTP, gzipped, as it was received: nothing is decoded. */
export const otlpHttpExporter: ExporterFactory<OtlpHttpConfig> = {
  kind: "exporter",
  type: "otlp_http",
  aliases: ["otlphttp"],
  schema,
  signals: { traces: "stable", metrics: "stable", logs: "stable" },
  create: (config, host) =>
    new QueuedExporter({
      queue: config.sending_queue,
      retry: config.retry_on_failure,
      timeoutMs: config.timeout,
      sender: new OtlpHttpSender(config, host),
      host,
    }),
};

class OtlpHttpSender implements Sender {
  private readonly config: OtlpHttpConfig;
  private readonly host: ComponentHost;
  private readonly compress: Compress | undefined;
  private client: HttpClient | undefined;

  constructor(config: OtlpHttpConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
    this.compress = compressor(config.compression, config.compression_params.level);
  }

  async start(): Promise<void> {
    const credentials = clientAuth(this.host, this.config.auth);
    this.client = new HttpClient(`exporter "${this.host.id.text}"`, this.config, this.host.log, credentials);
  }

  labels(signal: Signal): MetricLabels {
    const url = this.url(signal);
    return url === undefined ? {} : urlLabels(url);
  }

  async push(batch: Batch, abort: AbortSignal): Promise<PushResult> {
    if (this.client === undefined) throw new Error("BUG: pushed before start");
    const url = this.url(batch.signal);
    if (url === undefined) {
      throw new ExportError(`no endpoint is configured for ${batch.signal}`, { retryable: false });
    }
    const { encoding, compression } = this.config;
    const headers: Record<string, string> = {
      "content-type": encoding === "proto" ? "application/x-protobuf" : "application/json",
      "user-agent": "venturi-collector",
    };
    if (this.compress !== undefined) headers["content-encoding"] = compression;
    return readAnswer(await this.client.post(url, await this.body(batch), headers, abort), url);
  }

  async close(): Promise<void> {
    await this.client?.close();
    this.client = undefined;
  }

  private body(batch: Batch): HttpBody | Promise<Uint8Array> {
    const { compression, compression_params, encoding } = this.config;
    if (encoding === "json") {
      const json = Buffer.from(JSON.stringify(protobufToJson(batch.signal, bytesOf(batch))));
      return this.compress === undefined ? json : this.compress([json]);
    }
    if (this.compress === undefined) return piecesOf(batch);
    return compressedBytesOf(batch, `${compression} ${compression_params.level}`, this.compress);
  }

  private url(signal: Signal): string | undefined {
    const { endpoint } = this.config;
    const base = endpoint === undefined ? undefined : `${endpoint.replace(/\/$/, "")}/v1/${signal}`;
    return this.config[`${signal}_endpoint`] ?? base;
  }
}

/** @throws ExportError unless the status is 2xx. */
function readAnswer(answer: HttpAnswer, url: string): PushResult {
  const { status, body, headers } = answer;
  if (status >= 200 && status <= 299) {
    return partialSuccess(body, String(headers["content-type"] ?? ""));
  }
  const detail = decodeRpcStatus(body)?.message;
  const suffix = detail === undefined || detail === "" ? "" : `, Message=${detail}`;
  const message = `error exporting items, request to ${url} responded with HTTP Status Code ${status}${suffix}`;
  const retryable = status === 429 || status === 502 || status === 503 || status === 504;
  throw new ExportError(message, { retryable, retryAfterMs: retryable ? retryAfterMs(headers) : undefined });
}
