import type { Signal } from "@venturi/otlp";
import { itemNoun, itemUnit, itemWords } from "../telemetry/item-names.js";
import type { Counter, MetricLabels, MetricRegistry } from "../telemetry/metric-registry.js";

/** The counters that the Collector's exporterhelper has, for one exporter and signal. */
export interface ExporterMetrics {
  readonly sent: Counter;
  readonly sendFailed: Counter;
  readonly enqueueFailed: Counter;
}

export interface QueueGauges {
  readonly size: () => number;
  readonly capacity: () => number;
  readonly inFlight: () => number;
}

/** `labels`: where the data goes, as upstream adds it for destinations in the network. */
export function exporterMetrics(
  registry: MetricRegistry,
  exporter: string,
  signal: Signal,
  labels: MetricLabels = {},
): ExporterMetrics {
  const noun = itemNoun(signal);
  const words = itemWords(signal);
  const counter = (name: string, help: string, extra: MetricLabels) =>
    registry.counter(
      { name: `otelcol_exporter_${name}_${noun}`, help, unit: itemUnit(signal) },
      { exporter, ...extra },
    );
  return {
    sent: counter("sent", `Number of ${words} successfully sent to destination.`, labels),
    sendFailed: counter("send_failed", `Number of ${words} in failed attempts to send to destination.`, labels),
    enqueueFailed: counter("enqueue_failed", `Number of ${words} failed to be added to the sending queue.`, {}),
  };
}

/** Requests that are being sent; an exporter without a queue is never seen at it. */
export function observeInFlight(registry: MetricRegistry, exporter: string, signal: Signal, read: () => number): void {
  const help = "Number of export requests currently in-flight (including retry backoff).";
  const definition = { name: "otelcol_exporter_in_flight_requests", help, unit: "{request}" };
  registry.observe("gauge", definition, { exporter, data_type: signal }, read);
}

export function observeQueue(registry: MetricRegistry, exporter: string, signal: Signal, queue: QueueGauges): void {
  const labels = { exporter, data_type: signal };
  const gauge = (name: string, help: string, unit: string, read: () => number) =>
    registry.observe("gauge", { name: `otelcol_exporter_${name}`, help, unit }, labels, read);
  gauge("queue_size", "Current size of the retry queue (in batches).", "{batch}", queue.size);
  gauge("queue_capacity", "Fixed capacity of the retry queue (in batches).", "{batch}", queue.capacity);
  observeInFlight(registry, exporter, signal, queue.inFlight);
}
