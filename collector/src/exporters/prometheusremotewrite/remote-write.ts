import type { Batch } from "@venturi/otlp";
import snappy from "snappyjs";
import { z } from "zod";
import { clientAuth } from "../../auth/authenticator.js";
import type { ComponentHost, ExporterFactory } from "../../component.js";
import { durationMs, httpUrl, section, stringMap, unsupported } from "../../config/schema-types.js";
import { ExportError } from "../../export/export-error.js";
import { translate, translationOptions } from "../../export/prometheus-translation.js";
import { queueSchema, retrySchema } from "../../export/queue-config.js";
import { QueuedExporter, type Sender } from "../../export/queued-exporter.js";
import type { PushResult } from "../../export/sending-queue.js";
import { HttpClient, httpClientOptions, retryAfterMs } from "../../net/http-client.js";
import { encodeWriteRequests } from "./write-request.js";

const schema = z.strictObject({
  ...httpClientOptions,
  ...translationOptions,
  endpoint: httpUrl(),
  timeout: durationMs("5s"),
  compression: z.enum(["snappy", ""]).default("snappy"),
  external_labels: stringMap(),
  max_batch_size_bytes: z.int().min(0).default(3_000_000),
  max_batch_request_parallelism: z.int().min(1).optional(),
  target_info: section(z.strictObject({ enabled: z.boolean().default(true) })).prefault({}),
  // Scope labels are not exported.
  disable_scope_info: z.boolean().default(true),
  send_metadata: z.boolean().default(false),
  protobuf_message: z.literal("prometheus.WriteRequest").default("prometheus.WriteRequest"),
  remote_write_queue: section(
    z.strictObject({
      enabled: z.boolean().default(true),
      queue_size: z.int().min(1).default(10_000),
      // Requests go one after another: Prometheus refuses samples that are out of order.
      num_consumers: z.int().min(1).default(5),
    }),
  ).prefault({}),
  retry_on_failure: retrySchema.prefault({ initial_interval: "50ms", max_interval: "30s" }),
  wal: unsupported("a write-ahead log"),
});

export type RemoteWriteConfig = z.infer<typeof schema>;

/** Pushes samples to Prometheus by remote write 1.0. */
export const remoteWriteExporter: ExporterFactory<RemoteWriteConfig> = {
  kind: "exporter",
  type: "prometheus_remote_write",
  aliases: ["prometheusremotewrite"],
  schema,
  signals: { metrics: "beta" },
  create: (config, host) =>
    new QueuedExporter({
      queue: {
        ...queueSchema.parse({}),
        enabled: config.remote_write_queue.enabled,
        queue_size: config.remote_write_queue.queue_size,
        num_consumers: 1,
      },
      retry: config.retry_on_failure,
      timeoutMs: config.timeout,
      sender: new RemoteWriteSender(config, host),
      host,
    }),
};

interface Progress {
  readonly requests: Uint8Array[];
  /** Requests that Prometheus has. */
  sent: number;
  readonly dropped: number;
  readonly why: string;
}

class RemoteWriteSender implements Sender {
  private readonly config: RemoteWriteConfig;
  private readonly host: ComponentHost;
  private client: HttpClient | undefined;
  /** A retry goes on behind the last request that arrived. */
  private readonly progress = new WeakMap<Batch, Progress>();

  constructor(config: RemoteWriteConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  async start(): Promise<void> {
    const credentials = clientAuth(this.host, this.config.auth);
    this.client = new HttpClient(`exporter "${this.host.id.text}"`, this.config, this.host.log, credentials);
  }

  async push(batch: Batch, abort: AbortSignal): Promise<PushResult> {
    let progress = this.progress.get(batch);
    if (progress === undefined) this.progress.set(batch, (progress = this.encode(batch)));
    for (; progress.sent < progress.requests.length; progress.sent++) {
      await this.send(progress.requests[progress.sent] as Uint8Array, abort);
    }
    return { rejected: progress.dropped, message: progress.why };
  }

  async close(): Promise<void> {
    await this.client?.close();
    this.client = undefined;
  }

  private encode(batch: Batch): Progress {
    const { config } = this;
    const { series, families, dropped } = translate(batch, config, config.external_labels, config.target_info.enabled);
    const maxBytes = config.max_batch_size_bytes === 0 ? 3_000_000 : config.max_batch_size_bytes;
    const requests = encodeWriteRequests(series, config.send_metadata ? families : [], maxBytes);
    return {
      requests: requests.map((request) => snappy.compress(request)),
      sent: 0,
      dropped: dropped.reduce((sum, { count }) => sum + count, 0),
      why: dropped.map(({ reason, count }) => `${reason}: ${count}`).join(", "),
    };
  }

  private async send(body: Uint8Array, abort: AbortSignal): Promise<void> {
    if (this.client === undefined) throw new Error("BUG: pushed before start");
    const { endpoint } = this.config;
    const headers = {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
      "user-agent": "venturi-collector",
    };
    const { status, body: answer, headers: answered } = await this.client.post(endpoint, body, headers, abort);
    if (status >= 200 && status <= 299) return;
    const detail = Buffer.from(answer).toString("utf8").trim().slice(0, 512);
    const message = `remote write to ${endpoint} returned HTTP status ${status}${detail === "" ? "" : `: ${detail}`}`;
    const retryable = status === 429 || status >= 500;
    throw new ExportError(message, { retryable, retryAfterMs: retryable ? retryAfterMs(answered) : undefined });
  }
}
