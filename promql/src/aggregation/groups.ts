import type { Budget } from "../evaluator/budget.js";
import type { StepSeries } from "../evaluator/series.js";
import { LabelSet, METRIC_NAME, signatureOf } from "../labels.js";

/** The input series that one output series, or one selection of k, is made of. */
export interface Group {
  readonly labels: LabelSet;
  readonly members: StepSeries[];
}

/** Groups series by `by (…)` or `without (…)`; groups and members in the order of the input. */
export async function groupSeries(
  budget: Budget,
  series: readonly StepSeries[],
  grouping: readonly string[],
  without: boolean,
): Promise<Group[]> {
  const groups = new Map<string, Group>();
  const names = [...grouping].sort();
  const excluded = new Set([...grouping, METRIC_NAME]);
  for (const one of series) {
    if (budget.spend(UNITS)) await budget.pause();
    // Without any label to group by, there is one group: no signature needs to be built.
    const key = groupingKey(one.labels, names, without, excluded);
    const group = groups.get(key);
    if (group !== undefined) {
      group.members.push(one);
      continue;
    }
    const labels = groupingLabels(one.labels, names, without, excluded);
    groups.set(key, { labels, members: [one] });
  }
  return [...groups.values()];
}

function groupingKey(labels: LabelSet, names: readonly string[], without: boolean, excluded: Set<string>): string {
  if (without) return labels.filter((name) => !excluded.has(name)).key;
  return names.length === 0 ? "" : signatureOf(labels, names);
}

/** The labels of the group that a series with these labels falls into. */
export function groupingLabels(
  labels: LabelSet,
  names: readonly string[],
  without: boolean,
  excluded: ReadonlySet<string>,
): LabelSet {
  if (without) return labels.filter((name) => !excluded.has(name));
  return names.length === 0 ? LabelSet.empty : labels.filter((name) => names.includes(name));
}

/** What grouping one series costs. */
const UNITS = 100;
