import type { Agent } from "node:http";
import type { IOtlpExportDelegate, OTLPExporterBase } from "@opentelemetry/otlp-exporter-base";
import type { ISerializer } from "@opentelemetry/otlp-transformer";
import type { PushMetricExporter, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import { warn } from "../diagnostics.js";
import type { OtlpProtocol } from "../environment.js";
import { loadCore, loadExporterBase, loadExporterConfig, loadMetricExporter, loadTransformer } from "../otel.js";
import { OtlpSender } from "./sender.js";

export interface OtlpExporter<T> {
  readonly exporter: T;
  readonly url: string;
}

interface Signal<Items> {
  readonly name: "traces" | "metrics";
  readonly unit: string;
  readonly count: (items: Items) => number;
  readonly serializer: ISerializer<Items, PartialAnswer>;
}

interface PartialAnswer {
  readonly partialSuccess?: {
    readonly rejectedSpans?: number | string;
    readonly rejectedDataPoints?: number | string;
    readonly errorMessage?: string;
  };
}

/** The span exporter: endpoint, headers, TLS, compression and timeout come from OTEL_EXPORTER_OTLP_*. */
export function createSpanExporter(protocol: OtlpProtocol): OtlpExporter<SpanExporter> {
  const { ProtobufTraceSerializer, JsonTraceSerializer } = loadTransformer();
  const { delegate, url } = createDelegate<ReadableSpan[]>(protocol, {
    name: "traces",
    unit: "spans",
    count: (spans) => spans.length,
    serializer: (protocol === "http/json" ? JsonTraceSerializer : ProtobufTraceSerializer) as ISerializer<
      ReadableSpan[],
      PartialAnswer
    >,
  });
  const { OTLPExporterBase } = loadExporterBase();
  const exporter: OTLPExporterBase<ReadableSpan[]> = new OTLPExporterBase(delegate);
  return { exporter, url };
}

/** The metric exporter: as for spans, and OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE. */
export function createMetricExporter(protocol: OtlpProtocol): OtlpExporter<PushMetricExporter> {
  const { ProtobufMetricsSerializer, JsonMetricsSerializer } = loadTransformer();
  const { delegate, url } = createDelegate<ResourceMetrics>(protocol, {
    name: "metrics",
    unit: "data points",
    count: countDataPoints,
    serializer: (protocol === "http/json" ? JsonMetricsSerializer : ProtobufMetricsSerializer) as ISerializer<
      ResourceMetrics,
      PartialAnswer
    >,
  });
  const { OTLPMetricExporterBase } = loadMetricExporter();
  return { exporter: new OTLPMetricExporterBase(delegate), url };
}

function countDataPoints(metrics: ResourceMetrics): number {
  let count = 0;
  for (const scope of metrics.scopeMetrics) for (const metric of scope.metrics) count += metric.dataPoints.length;
  return count;
}

/** Upstream's default is `localhost`, which may resolve to an address that nobody listens on. */
const defaultEndpoint = "http://127.0.0.1:4318";

function isEndpointGiven(signal: string): boolean {
  const names = ["OTEL_EXPORTER_OTLP_ENDPOINT", `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`];
  return names.some((name) => (process.env[name]?.trim() ?? "") !== "");
}

function createDelegate<Items>(
  protocol: OtlpProtocol,
  signal: Signal<Items>,
): { delegate: IOtlpExportDelegate<Items>; url: string } {
  const settings = loadExporterConfig().convertLegacyHttpOptions(
    isEndpointGiven(signal.name) ? {} : { url: `${defaultEndpoint}/v1/${signal.name}` },
    signal.name.toUpperCase(),
    `v1/${signal.name}`,
    { "Content-Type": protocol === "http/json" ? "application/json" : "application/x-protobuf" },
  );
  const protocolOfUrl = new URL(settings.url).protocol;
  let agent: Promise<Agent> | undefined;
  const sender = new OtlpSender({
    url: settings.url,
    headers: settings.headers,
    gzip: settings.compression === "gzip",
    timeoutMs: settings.timeoutMillis,
    agent: () => (agent ??= Promise.resolve(settings.agentFactory(protocolOfUrl))),
    onLoss: (reason, itemCount) =>
      warn("export", `cannot send telemetry to ${settings.url}: ${reason}; lost ${itemCount} ${signal.unit}`),
    onAnswer: (body) => reportRejected(signal, settings.url, body),
  });
  return { delegate: new SenderDelegate(signal, sender), url: settings.url };
}

function reportRejected<Items>(signal: Signal<Items>, url: string, body: Uint8Array): void {
  let answer: PartialAnswer;
  try {
    answer = signal.serializer.deserializeResponse(body);
  } catch {
    return; // The data was accepted; an answer in another format is no reason to complain.
  }
  const rejected = Number(answer.partialSuccess?.rejectedSpans ?? answer.partialSuccess?.rejectedDataPoints ?? 0);
  if (rejected > 0) {
    warn("rejected", `${url} rejected ${rejected} ${signal.unit}: ${answer.partialSuccess?.errorMessage ?? ""}`);
  }
}

/** Hands what the SDK exports to a sender, and answers at once: the queue of the sender is the bound. */
class SenderDelegate<Items> implements IOtlpExportDelegate<Items> {
  readonly #signal: Signal<Items>;
  readonly #sender: OtlpSender;

  constructor(signal: Signal<Items>, sender: OtlpSender) {
    this.#signal = signal;
    this.#sender = sender;
  }

  export(items: Items, done: (result: { code: number; error?: Error }) => void): void {
    const { ExportResultCode } = loadCore();
    const body = this.#signal.serializer.serializeRequest(items);
    if (body !== undefined && !this.#sender.enqueue(body, this.#signal.count(items))) {
      const lost = `${this.#signal.count(items)} ${this.#signal.unit}`;
      warn("export", `cannot send telemetry fast enough: the queue is full; lost ${lost}`);
    }
    done({ code: ExportResultCode.SUCCESS });
  }

  forceFlush(): Promise<void> {
    return this.#sender.drain();
  }

  shutdown(): Promise<void> {
    return this.#sender.drain();
  }

  /** The SDK's experimental metrics about its exporters are not kept: losses are reported on stderr. */
  setMetrics(): void {}
}
