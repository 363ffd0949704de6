import type { StepSeries } from "../evaluator/series.js";
import { LabelSet, METRIC_NAME, signatureOf } from "../labels.js";
import type { AggregateExpr } from "../parser/ast.js";

/** The input series that one output series, or one selection of k, is made of. */
export interface Group {
  readonly labels: LabelSet;
  readonly members: StepSeries[];
}

/** Groups series by `by (…)` or `without (…)`; groups and members in the order of the input. */
export function groupSeries(series: readonly StepSeries[], grouping: readonly string[], without: boolean): Group[] {
  const groups = new Map<string, Group>();
  const names = [...grouping].sort();
  const excluded = new Set([...grouping, METRIC_NAME]);
  for (const one of series) {
    // Without any label to group by, there is one group: no signature needs to be built.
    const withoutLabels = without ? one.labels.filter((name) => !excluded.has(name)) : undefined;
    const key = withoutLabels?.key ?? (names.length === 0 ? "" : signatureOf(one.labels, names));
    const group = groups.get(key);
    if (group !== undefined) {
      group.members.push(one);
      continue;
    }
    const labels = withoutLabels ?? (names.length === 0 ? LabelSet.empty : keepOnly(one.labels, names));
    groups.set(key, { labels, members: [one] });
  }
  return [...groups.values()];
}

function keepOnly(labels: LabelSet, names: readonly string[]): LabelSet {
  return labels.filter((name) => names.includes(name));
}

export function groupsOf(expr: AggregateExpr, series: readonly StepSeries[]): Group[] {
  return groupSeries(series, expr.grouping, expr.without);
}
