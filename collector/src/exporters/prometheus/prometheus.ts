import type { IncomingMessage, ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import { createGzip } from "node:zlib";
import { z } from "zod";
import { type Authenticate, authSchema, serverAuth } from "../../auth/authenticator.js";
import type { ComponentHost, Consumer, Exporter, ExporterFactory } from "../../component.js";
import { count, durationMs, listenAddress, section, stringMap, unsupported } from "../../config/schema-types.js";
import { directConsumer } from "../../export/direct-consumer.js";
import { translationOptions } from "../../export/prometheus-translation.js";
import { queueSchema } from "../../export/queue-config.js";
import type { Lane } from "../../ledger.js";
import { type HttpListener, listenHttp } from "../../net/http-listener.js";
import { serverTlsSchema } from "../../net/tls-config.js";
import { Accumulator } from "./accumulator.js";
import { CardinalityGuard } from "./cardinality-guard.js";
import { negotiate } from "./negotiate.js";
import { renderProtobuf } from "./protobuf-format.js";
import { TextBuffer } from "./text-buffer.js";
import { renderText } from "./text-format.js";

const schema = z.strictObject({
  ...translationOptions,
  endpoint: listenAddress(),
  tls: serverTlsSchema.optional(),
  const_labels: stringMap(),
  send_timestamps: z.boolean().default(false),
  metric_expiration: durationMs("5m"),
  enable_open_metrics: z.boolean().default(false),
  without_scope_info: z.boolean().default(false),
  /** How many series one metric may have; 0: any number. An option of this collector. */
  cardinality_limit: count(100_000),
  /** How many series there may be in all; 0: any number. An option of this collector. */
  series_limit: count(500_000),
  // Values are stored at once; accepted so that a working config runs.
  sending_queue: queueSchema.optional(),
  // Of the Collector's HTTP server.
  read_timeout: durationMs().optional(),
  read_header_timeout: durationMs("1m"),
  write_timeout: durationMs().optional(),
  idle_timeout: durationMs("1m"),
  keep_alives_enabled: z.boolean().default(true),
  max_request_body_size: count().optional(),
  include_metadata: z.boolean().default(false),
  response_headers: stringMap(),
  compression_algorithms: z.array(z.string()).optional(),
  cors: section(z.looseObject({})).optional(),
  auth: authSchema.optional(),
  middlewares: unsupported("middlewares"),
});

export type PrometheusExporterConfig = z.infer<typeof schema>;

/** Keeps the latest value of every series for a Prometheus that scrapes. */
export const prometheusExporter: ExporterFactory<PrometheusExporterConfig> = {
  kind: "exporter",
  type: "prometheus",
  schema,
  signals: { metrics: "beta" },
  create: (config, host) => new PrometheusExporter(config, host),
};

class PrometheusExporter implements Exporter {
  private readonly config: PrometheusExporterConfig;
  private readonly host: ComponentHost;
  private readonly accumulator: Accumulator;
  private readonly guard: CardinalityGuard;
  private listener: HttpListener | undefined;
  private timer: NodeJS.Timeout | undefined;
  private authenticate: Authenticate | undefined;
  /** Waits for the next scrape; one that comes while another is written makes its own. */
  private idleBuffer: TextBuffer | undefined;

  constructor(config: PrometheusExporterConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
    this.accumulator = new Accumulator({
      strategy: config.translation_strategy ?? "UnderscoreEscapingWithSuffixes",
      namespace: config.namespace,
      constLabels: config.const_labels,
      scopeInfo: !config.without_scope_info,
      resourceToTelemetry: config.resource_to_telemetry_conversion.enabled,
      excludeServiceAttributes: config.resource_to_telemetry_conversion.exclude_service_attributes,
      expirationMs: config.metric_expiration,
      metricLimit: config.cardinality_limit,
      totalLimit: config.series_limit,
    });
    this.guard = new CardinalityGuard(this.accumulator, host, {
      metric: config.cardinality_limit,
      total: config.series_limit,
    });
  }

  consumer(signal: "metrics", lane: Lane): Consumer {
    return directConsumer(this.host, signal, lane, (batch) => {
      const dropped = this.accumulator.update(batch, performance.now());
      if (dropped.some(({ reason }) => reason === "cardinality_limit")) this.guard.look();
      return dropped;
    });
  }

  async start(): Promise<void> {
    this.authenticate = serverAuth(this.host, this.config.auth);
    this.listener = await listenHttp({
      what: `exporter "${this.host.id.text}"`,
      option: `exporters::${this.host.id.text}::endpoint`,
      endpoint: this.config.endpoint,
      tls: this.config.tls,
      log: this.host.log,
      handler: (request, response) => this.serve(request, response),
      idleTimeoutMs: this.config.idle_timeout,
      headersTimeoutMs: this.config.read_header_timeout,
    });
    this.host.bound("http", this.listener.address);
    if (!this.config.add_metric_suffixes && this.config.translation_strategy === undefined) {
      const instead = "translation_strategy: UnderscoreEscapingWithoutSuffixes";
      this.host.log.warn(`add_metric_suffixes has no effect, as in the Collector since 0.132; set ${instead} instead.`);
    }
    if (this.config.metric_expiration > 0) {
      // Without a scraper nobody else would forget what is gone.
      const expire = (): void => this.accumulator.expire(performance.now());
      this.timer = setInterval(expire, Math.min(this.config.metric_expiration, MAX_TIMER_MS)).unref();
    }
  }

  async shutdown(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    clearInterval(this.timer);
    await listener?.close();
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    if ((request.url ?? "/").split("?", 1)[0] !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
      response.end("404 page not found\n");
      return;
    }
    const failure = this.authenticate?.(request.headers);
    if (failure !== undefined) {
      response.writeHead(failure.status, { "content-type": "text/plain; charset=utf-8", ...failure.headers });
      response.end(`${failure.message}\n`);
      return;
    }
    this.accumulator.expire(performance.now());
    const { format, contentType, escaping } = negotiate(request.headers.accept ?? "", this.config.enable_open_metrics);
    const timestamps = this.config.send_timestamps;
    const buffer = this.idleBuffer ?? new TextBuffer();
    this.idleBuffer = undefined;
    const chunks =
      format === "protobuf"
        ? renderProtobuf(this.accumulator, { timestamps, escaping })
        : renderText(this.accumulator, buffer, { timestamps, escaping, openMetrics: format === "openmetrics" });
    for (const [name, value] of Object.entries(this.config.response_headers)) response.setHeader(name, value);
    response.setHeader("content-type", contentType);
    const acceptsGzip = /(^|,)\s*gzip\s*(,|;(?!\s*q=0(\.0*)?\s*(,|$))|$)/i.test(
      String(request.headers["accept-encoding"] ?? ""),
    );
    void send(chunks, response, acceptsGzip).finally(() => {
      this.idleBuffer = buffer;
    });
  }
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Writes the chunks one after the other, each when the one before has left: a slow scraper costs one chunk of memory. */
async function send(chunks: Generator<Uint8Array>, response: ServerResponse, gzips: boolean): Promise<void> {
  let out: Writable = response;
  if (gzips) {
    response.setHeader("content-encoding", "gzip");
    const gzip = createGzip({ level: 1 });
    gzip.on("error", () => response.destroy());
    response.on("close", () => gzip.destroy());
    gzip.pipe(response);
    out = gzip;
  }
  for (const chunk of chunks) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const close = (): void => resolve(false);
      response.once("close", close);
      out.write(chunk, (error) => {
        response.off("close", close);
        resolve(error === null || error === undefined);
      });
    });
    if (!isOpen) return;
  }
  out.end();
}
