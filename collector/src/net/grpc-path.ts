import type { Signal } from "@venturi/otlp";

const SERVICE: Readonly<Record<Signal, string>> = {
  traces: "opentelemetry.proto.collector.trace.v1.TraceService",
  metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService",
  logs: "opentelemetry.proto.collector.logs.v1.LogsService",
};

/** Path of the Export method of a signal. */
export function exportPath(signal: Signal): string {
  return `/${SERVICE[signal]}/Export`;
}
