import type { IncomingMessage, ServerResponse } from "node:http";
import { gzip } from "node:zlib";
import { z } from "zod";
import type { ComponentHost, Consumer, Exporter, ExporterFactory } from "../../component.js";
import { count, durationMs, listenAddress, stringMap } from "../../config/schema-types.js";
import { type Dropped, directConsumer } from "../../export/direct-consumer.js";
import { translate, translationOptions } from "../../export/prometheus-translation.js";
import { queueSchema } from "../../export/queue-config.js";
import type { Lane } from "../../ledger.js";
import { type HttpListener, listenHttp } from "../../net/http-listener.js";
import { serverTlsSchema } from "../../net/tls-config.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import { OPEN_METRICS_TYPE, renderOpenMetrics, renderText, TEXT_TYPE } from "./exposition.js";
import { SeriesStore } from "./series-store.js";

const schema = z.strictObject({
  ...translationOptions,
  endpoint: listenAddress(),
  tls: serverTlsSchema.optional(),
  const_labels: stringMap(),
  send_timestamps: z.boolean().default(false),
  metric_expiration: durationMs("5m"),
  enable_open_metrics: z.boolean().default(false),
  /** How many series are kept at most; 0: any number. An option of this collector. */
  series_limit: count(200_000),
  // Scope labels are not exported.
  without_scope_info: z.boolean().default(true),
  // Values are stored at once; accepted so that a working config runs.
  sending_queue: queueSchema.optional(),
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

/** A smaller answer costs more to compress than it saves. */
const MIN_GZIP_BYTES = 4096;

class PrometheusExporter implements Exporter {
  private readonly config: PrometheusExporterConfig;
  private readonly host: ComponentHost;
  private readonly store: SeriesStore;
  private readonly limitLog = new LogThrottle();
  private listener: HttpListener | undefined;

  constructor(config: PrometheusExporterConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
    this.store = new SeriesStore(config.metric_expiration, config.series_limit);
  }

  consumer(signal: "metrics", lane: Lane): Consumer {
    return directConsumer(this.host, signal, lane, (batch): Dropped => {
      const translated = translate(batch, this.config, this.config.const_labels, true);
      const rejected = this.store.update(translated, performance.now());
      if (rejected === 0) return translated.dropped;
      this.limitLog.run((suppressed) =>
        this.host.log.warn("Series limit reached. New series are dropped.", {
          series_limit: this.config.series_limit,
          dropped_series: rejected,
          suppressed,
        }),
      );
      return [...translated.dropped, { reason: "series_limit", count: rejected }];
    });
  }

  async start(): Promise<void> {
    this.listener = await listenHttp({
      what: `exporter "${this.host.id.text}"`,
      option: `exporters::${this.host.id.text}::endpoint`,
      endpoint: this.config.endpoint,
      tls: this.config.tls,
      handler: (request, response) => this.serve(request, response),
    });
    this.host.bound("http", this.listener.address);
  }

  async shutdown(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    await listener?.close();
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    if ((request.url ?? "/").split("?", 1)[0] !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain" });
      response.end("404 page not found\n");
      return;
    }
    const families = this.store.read(performance.now());
    const accept = request.headers.accept ?? "";
    const openMetrics = this.config.enable_open_metrics && accept.includes("application/openmetrics-text");
    const render = openMetrics ? renderOpenMetrics : renderText;
    const body = Buffer.from(render(families, this.config.send_timestamps));
    response.setHeader("content-type", openMetrics ? OPEN_METRICS_TYPE : TEXT_TYPE);
    const acceptsGzip = String(request.headers["accept-encoding"] ?? "").includes("gzip");
    if (!acceptsGzip || body.length < MIN_GZIP_BYTES) {
      response.end(body);
      return;
    }
    gzip(body, { level: 1 }, (error, compressed) => {
      if (error === null) response.setHeader("content-encoding", "gzip");
      response.end(error === null ? compressed : body);
    });
  }
}
