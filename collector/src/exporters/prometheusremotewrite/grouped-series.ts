import type { PrometheusLabels, PrometheusSeries } from "@venturi/otlp";

/**
 * Brings the samples of a series together, in order of time: a destination refuses what comes out of order, and requests
 * may overtake each other.
 */
export function groupSeries(series: readonly PrometheusSeries[]): PrometheusSeries[][] {
  const groups = new Map<string, PrometheusSeries[]>();
  for (const sample of series) {
    const key = labelsKey(sample.labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [sample]);
    else group.push(sample);
  }
  for (const group of groups.values()) {
    if (group.length > 1) group.sort((a, b) => a.timestampMs - b.timestampMs);
  }
  return [...groups.values()];
}

/** Labels as one text. The translation gives the same array for the same attributes, so it is made once; two arrays may be alike. */
export function labelsKey(labels: PrometheusLabels): string {
  let key = keys.get(labels);
  if (key === undefined) {
    key = labels.map(([name, value]) => `${name}\u0000${value}`).join("\u0000");
    keys.set(labels, key);
  }
  return key;
}

const keys = new WeakMap<PrometheusLabels, string>();
