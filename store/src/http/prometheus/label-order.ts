import type { LabelPairs } from "../../metrics/series.js";

/** Prometheus' order of label sets: by the first pair that differs, name before value. Both must be sorted by name. */
export function compareLabels(a: LabelPairs, b: LabelPairs): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const [x, y] = [a[index] as LabelPairs[number], b[index] as LabelPairs[number]];
    const order = compareText(x[0], y[0]) || compareText(x[1], y[1]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Labels as pairs in the order of their names. */
export function sortedPairs(labels: Readonly<Record<string, string>>): [name: string, value: string][] {
  return Object.entries(labels).sort(([a], [b]) => compareText(a, b));
}
