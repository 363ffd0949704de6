import type { Signal } from "@venturi/otlp";
import { itemNoun, itemUnit, itemWords } from "../telemetry/item-names.js";
import type { Counter, MetricRegistry } from "../telemetry/metric-registry.js";

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

export function exporterMetrics(registry: MetricRegistry, exporter: string, signal: Signal): ExporterMetrics {
  const noun = itemNoun(signal);
  const words = itemWords(signal);
  const counter = (name: string, help: string) =>
    registry.counter({ name: `otelcol_exporter_${name}_${noun}`, help, unit: itemUnit(signal) }, { exporter });
  return {
    sent: counter("sent", `Number of ${words} successfully sent to destination.`),
    sendFailed: counter("send_failed", `Number of ${words} in failed attempts to send to destination.`),
    enqueueFailed: counter("enqueue_failed", `Number of ${words} failed to be added to the sending queue.`),
  };
}

export function observeQueue(registry: MetricRegistry, exporter: string, signal: Signal, queue: QueueGauges): void {
  const labels = { exporter, data_type: signal };
  const gauge = (name: string, help: string, unit: string, read: () => number) =>
    registry.observe("gauge", { name: `otelcol_exporter_${name}`, help, unit }, labels, read);
  gauge("queue_size", "Current size of the retry queue (in batches).", "{batch}", queue.size);
  gauge("queue_capacity", "Fixed capacity of the retry queue (in batches).", "{batch}", queue.capacity);
  const help = "Number of export requests currently in-flight (including retry backoff).";
  gauge("in_flight_requests", help, "{request}", queue.inFlight);
}
