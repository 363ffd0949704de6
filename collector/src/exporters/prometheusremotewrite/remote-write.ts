import type { Batch, PrometheusFamily, PrometheusOptions, PrometheusSeries } from "@venturi/otlp";
import { toPrometheus } from "@venturi/otlp";
import snappy from "snappyjs";
import { clientAuth } from "../../auth/authenticator.js";
import type { ComponentHost, ExporterFactory } from "../../component.js";
import type { PushResult } from "../../export/delivery.js";
import { ExportError } from "../../export/export-error.js";
import { translationStrategy } from "../../export/prometheus-translation.js";
import { type QueueConfig, queueSchema } from "../../export/queue-config.js";
import { QueuedExporter, type Sender } from "../../export/queued-exporter.js";
import { HttpClient, retryAfterMs } from "../../net/http-client.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import { MESSAGE_V2, type RemoteWriteConfig, remoteWriteSchema } from "./config.js";
import { groupSeries } from "./grouped-series.js";
import { TargetInfos } from "./target-infos.js";
import { walStorage } from "./wal-storage.js";
import { WriteMetrics } from "./write-metrics.js";
import { type EncodedRequest, encodeWriteRequests } from "./write-request.js";
import { encodeWriteRequestsV2 } from "./write-request-v2.js";

/** Pushes samples to Prometheus by remote write 1.0 or 2.0. */
export const remoteWriteExporter: ExporterFactory<RemoteWriteConfig> = {
  kind: "exporter",
  type: "prometheus_remote_write",
  aliases: ["prometheusremotewrite"],
  schema: remoteWriteSchema,
  signals: { metrics: "beta" },
  create: (config, host) =>
    new QueuedExporter({
      queue: queueOf(config),
      retry: config.retry_on_failure,
      timeoutMs: config.timeout,
      sender: new RemoteWriteSender(config, host),
      host: config.wal === undefined ? host : { ...host, storage: () => walStorage(host, config.wal?.directory ?? "") },
    }),
};

function queueOf({ remote_write_queue, wal }: RemoteWriteConfig): QueueConfig {
  return {
    ...queueSchema.parse(wal === undefined ? {} : { storage: "wal" }),
    // The log is a queue that is on disk.
    enabled: remote_write_queue.enabled || wal !== undefined,
    queue_size: remote_write_queue.queue_size,
    // One batch after another: samples of a series must arrive in order.
    num_consumers: 1,
  };
}

interface Progress {
  /** Requests that Prometheus does not have yet, compressed. */
  readonly waiting: Set<EncodedRequest>;
  /** Those of them with nothing but `target_info`, which is no part of what the batch has to tell. */
  readonly infos: ReadonlySet<EncodedRequest>;
  /** The first refusal for good: told when nothing waits any more. */
  refused: ExportError | undefined;
  readonly dropped: number;
  readonly why: string;
}

class RemoteWriteSender implements Sender {
  private readonly config: RemoteWriteConfig;
  private readonly host: ComponentHost;
  private readonly options: PrometheusOptions;
  private readonly parallelism: number;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly metrics: WriteMetrics;
  private readonly targetInfos: TargetInfos;
  private readonly infoLog = new LogThrottle(60_000);
  private client: HttpClient | undefined;
  /** A retry sends what did not arrive, and only that. */
  private readonly progress = new WeakMap<Batch, Progress>();

  constructor(config: RemoteWriteConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
    const { enabled, exclude_service_attributes } = config.resource_to_telemetry_conversion;
    this.options = {
      translationStrategy: translationStrategy(config),
      namespace: config.namespace,
      resourceToTelemetry: enabled,
      excludeServiceAttributes: exclude_service_attributes,
      externalLabels: config.external_labels,
      scopeLabels: !config.disable_scope_info,
      targetInfo: config.target_info.enabled,
      collapseUnderscores: true,
    };
    this.targetInfos = new TargetInfos(config.namespace);
    this.parallelism = Math.max(1, config.max_batch_request_parallelism ?? config.remote_write_queue.num_consumers);
    this.metrics = new WriteMetrics(host, config.endpoint, this.parallelism);
    const isV2 = config.protobuf_message === MESSAGE_V2;
    this.headers = {
      "content-type": isV2 ? `application/x-protobuf;proto=${MESSAGE_V2}` : "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": isV2 ? "2.0.0" : "0.1.0",
      "user-agent": "venturi-collector",
    };
  }

  async start(): Promise<void> {
    const credentials = clientAuth(this.host, this.config.auth);
    this.client = new HttpClient(`exporter "${this.host.id.text}"`, this.config, this.host.log, credentials);
  }

  async push(batch: Batch, abort: AbortSignal): Promise<PushResult> {
    let progress = this.progress.get(batch);
    if (progress === undefined) this.progress.set(batch, (progress = this.encode(batch)));
    const { waiting } = progress;
    let retryable: ExportError | undefined;
    const queue = [...waiting];
    const work = async (): Promise<void> => {
      for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
        try {
          await this.send(request, abort);
          waiting.delete(request);
        } catch (error) {
          if (!(error instanceof ExportError)) throw error;
          if (error.retryable) retryable ??= error;
          else {
            waiting.delete(request);
            if (progress.infos.has(request)) this.warnOfInfos(error);
            else progress.refused ??= error;
          }
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.parallelism, queue.length) }, work));
    if (retryable !== undefined) throw retryable;
    if (progress.refused !== undefined) throw progress.refused;
    return { rejected: progress.dropped, message: progress.why };
  }

  async close(): Promise<void> {
    await this.client?.close();
    this.client = undefined;
  }

  private encode(batch: Batch): Progress {
    const { config } = this;
    const { series, families, dropped } = toPrometheus(batch, this.options);
    const { data, infos } = this.targetInfos.split(groupSeries(series));
    this.metrics.translatedSeries.add(data.length + infos.length);
    if (dropped.length > 0) this.metrics.failedTranslations.add(1);
    const infoRequests = this.requests(infos, []);
    return {
      waiting: new Set([...this.requests(data, config.send_metadata ? families : []), ...infoRequests]),
      infos: new Set(infoRequests),
      refused: undefined,
      dropped: dropped.reduce((sum, { count }) => sum + count, 0),
      why: dropped.map(({ reason, count }) => `${reason}: ${count}`).join(", "),
    };
  }

  private requests(groups: PrometheusSeries[][], families: readonly PrometheusFamily[]): EncodedRequest[] {
    const { protobuf_message, max_batch_size_bytes } = this.config;
    const requests =
      protobuf_message === MESSAGE_V2
        ? encodeWriteRequestsV2(groups, max_batch_size_bytes)
        : encodeWriteRequests(groups, families, max_batch_size_bytes);
    return requests.map((request) => ({ ...request, body: snappy.compress(request.body) }));
  }

  private warnOfInfos(error: ExportError): void {
    const message =
      "The destination refused target_info; if something else writes it there too, set target_info::enabled to false.";
    this.infoLog.run((suppressed) => this.host.log.warn(message, { error: error.message, suppressed }));
  }

  private async send(request: EncodedRequest, abort: AbortSignal): Promise<void> {
    if (this.client === undefined) throw new Error("BUG: pushed before start");
    const { endpoint, protobuf_message } = this.config;
    this.metrics.sentBatches.add(1);
    const { status, body: answer, headers } = await this.client.post(endpoint, request.body, this.headers, abort);
    if (protobuf_message === MESSAGE_V2) this.metrics.answered(request, headers);
    if (status >= 200 && status <= 299) return;
    const detail = Buffer.from(answer).toString("utf8").trim().slice(0, 512);
    const message = `remote write to ${endpoint} returned HTTP status ${status}${detail === "" ? "" : `: ${detail}`}`;
    const retryable = status === 429 || status >= 500;
    throw new ExportError(message, { retryable, retryAfterMs: retryable ? retryAfterMs(headers) : undefined });
  }
}
