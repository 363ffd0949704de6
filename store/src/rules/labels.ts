import type { LabelPairs } from "../metrics/series.js";

/** Labels in order of their names, without empty ones: what the store knows a series by. */
export function sortedPairs(labels: Readonly<Record<string, string>>): LabelPairs {
  return Object.entries(labels)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A text that two label sets share exactly when they are equal. */
export function labelKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(sortedPairs(labels));
}

export function labelsOfPairs(pairs: LabelPairs): Record<string, string> {
  return Object.fromEntries(pairs);
}
