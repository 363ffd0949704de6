import type { PrometheusLabels, PrometheusSeries } from "@venturi/otlp";

/**
 * Brings the samples of a series together, in order of time: a destination refuses what comes out of order, and requests
 * may overtake each other.
 */
export function groupSeries(series: readonly PrometheusSeries[]): PrometheusSeries[][] {
  const groups = new Map<PrometheusLabels | string, PrometheusSeries[]>();
  for (const sample of series) {
    const group = groups.get(sample.labels);
    if (group === undefined) groups.set(sample.labels, [sample]);
    else group.push(sample);
  }
  for (const group of groups.values()) {
    if (group.length > 1) group.sort((a, b) => a.timestampMs - b.timestampMs);
  }
  return [...groups.values()];
}
