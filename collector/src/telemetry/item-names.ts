import type { Signal } from "@venturi/otlp";

/** How the Collector's metric names call the items of a signal. */
export function itemNoun(signal: Signal): "spans" | "metric_points" | "log_records" {
  return signal === "traces" ? "spans" : signal === "metrics" ? "metric_points" : "log_records";
}

export function itemWords(signal: Signal): string {
  return itemNoun(signal).replaceAll("_", " ");
}

export function itemUnit(signal: Signal): string {
  return signal === "traces" ? "{span}" : signal === "metrics" ? "{datapoint}" : "{record}";
}
