import type { Signal } from "@venturi/otlp";
import { itemNoun, itemUnit, itemWords } from "./item-names.js";
import type { Counter, MetricRegistry } from "./metric-registry.js";

export interface ReceiverMetrics {
  readonly accepted: Counter;
  readonly refused: Counter;
  readonly failed: Counter;
}

/** The counters that the Collector's receiverhelper has. */
export function receiverMetrics(
  registry: MetricRegistry,
  receiver: string,
  transport: string,
  signal: Signal,
): ReceiverMetrics {
  const counter = (name: string, help: string) =>
    registry.counter(
      { name: `otelcol_receiver_${name}_${itemNoun(signal)}`, help, unit: itemUnit(signal) },
      { receiver, transport },
    );
  return {
    accepted: counter("accepted", `Number of ${itemWords(signal)} successfully pushed into the pipeline.`),
    refused: counter("refused", `Number of ${itemWords(signal)} that could not be pushed into the pipeline.`),
    failed: counter(
      "failed",
      `The number of ${itemWords(signal)} that failed to be processed by the receiver due to internal errors.`,
    ),
  };
}
