import type { MetricReader, PushMetricExporter } from "@opentelemetry/sdk-metrics";
import { warn } from "./diagnostics.js";
import { type Environment, httpProtocol, positiveNumber } from "./environment.js";
import { loadSdkMetrics, requireFromNodeSdk } from "./otel.js";
import { createMetricExporter } from "./otlp/exporters.js";
import { type PrometheusEndpoint, startPrometheusEndpoint } from "./prometheus/endpoint.js";

const defaultIntervalMs = 60_000;
const defaultTimeoutMs = 30_000;

export interface MetricPipeline {
  readonly readers: readonly MetricReader[];
  readonly prometheus: PrometheusEndpoint | undefined;
  /** Where metrics go, for people; without the Prometheus endpoint. */
  readonly destinations: readonly string[];
  flush(): Promise<void>;
}

/** One reader for each name in OTEL_METRICS_EXPORTER. A Prometheus endpoint is only for the main thread: one port. */
export function createMetricPipeline(environment: Environment, isMainThread: boolean): MetricPipeline {
  const readers: MetricReader[] = [];
  const destinations: string[] = [];
  let prometheus: PrometheusEndpoint | undefined;
  for (const name of environment.metricsExporters) {
    if (name === "otlp") {
      const { exporter, url } = createOtlpExporter(environment.metricsProtocol);
      readers.push(periodic(exporter));
      destinations.push(url);
    } else if (name === "console") {
      readers.push(periodic(new (loadSdkMetrics().ConsoleMetricExporter)()));
      destinations.push("console");
    } else if (name !== "prometheus") {
      warn(name, `OTEL_METRICS_EXPORTER: "${name}" is not one of otlp, prometheus, console, none; it is left out`);
    } else if (isMainThread) {
      prometheus = startPrometheusEndpoint(environment.prometheusHost, environment.prometheusPort);
      readers.push(prometheus.reader);
    }
  }
  return {
    readers,
    prometheus,
    destinations,
    flush: async () => void (await Promise.allSettled(readers.map((reader) => reader.forceFlush()))),
  };
}

interface GrpcPackage {
  readonly OTLPMetricExporter: new () => PushMetricExporter;
}

function createOtlpExporter(protocol: string): { exporter: PushMetricExporter; url: string } {
  if (protocol !== "grpc") return createMetricExporter(httpProtocol(protocol, "metrics"));
  const { OTLPMetricExporter } = requireFromNodeSdk<GrpcPackage>("@opentelemetry/exporter-metrics-otlp-grpc");
  return { exporter: new OTLPMetricExporter(), url: "OTLP/gRPC" };
}

function periodic(exporter: PushMetricExporter): MetricReader {
  const { PeriodicExportingMetricReader } = loadSdkMetrics();
  const exportIntervalMillis = positiveNumber("OTEL_METRIC_EXPORT_INTERVAL") ?? defaultIntervalMs;
  const timeoutMs = positiveNumber("OTEL_METRIC_EXPORT_TIMEOUT") ?? defaultTimeoutMs;
  const exportTimeoutMillis = Math.min(timeoutMs, exportIntervalMillis);
  return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis });
}
