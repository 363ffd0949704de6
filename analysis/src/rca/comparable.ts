import type { NodeSeries, SeriesTable } from "./model.js";

const keyOf = ({ node, metric }: NodeSeries): string => JSON.stringify([node, metric]);

/** Node and metric → statistics that were recorded. */
function statistics({ series }: SeriesTable): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const one of series) {
    const stats = found.get(keyOf(one)) ?? new Set<string>();
    found.set(keyOf(one), stats.add(one.stat));
  }
  return found;
}

/**
 * Leaves what can be compared: a mean at one time with a mean at the other, and nothing of the normal time that is not seen
 * now, so that a look at a normal time is blind to the same things. Request counts only weigh; they stay.
 */
export function comparable(
  normal: SeriesTable,
  issue: SeriesTable,
): { readonly normal: SeriesTable; readonly issue: SeriesTable } {
  const [then, now] = [statistics(normal), statistics(issue)];
  const inBoth = (one: NodeSeries): boolean =>
    (then.get(keyOf(one))?.has(one.stat) ?? false) && (now.get(keyOf(one))?.has(one.stat) ?? false);
  const shared = new Set(issue.series.filter(inBoth).map(keyOf));
  return {
    normal: { ...normal, series: normal.series.filter((one) => one.metric === "requests" || inBoth(one)) },
    issue: { ...issue, series: issue.series.filter((one) => inBoth(one) || !shared.has(keyOf(one))) },
  };
}
