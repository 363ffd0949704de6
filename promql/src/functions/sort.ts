import { seriesOf, stringOf, type VectorFunction } from "../evaluator/context.js";
import { floatsOf, type StepSeries } from "../evaluator/series.js";
import { compareLabelSets } from "../labels.js";

type Order = (a: StepSeries, b: StepSeries) => number;

/** Sorting means something for instant queries only: range results are ordered by labels. */
function sorting(
  orderOf: (args: Parameters<VectorFunction>[2]) => Order,
  select: (series: readonly StepSeries[]) => readonly StepSeries[],
): VectorFunction {
  return (context, call, args) => {
    const series = select(seriesOf(args[0]));
    if (context.grid.isInstant) return { type: "vector", series: [...series].sort(orderOf(args)) };
    context.annotations.sortInRangeQuery(call);
    return { type: "vector", series };
  };
}

/** NaN goes last, in either direction. */
function byValue(direction: 1 | -1): Order {
  return (a, b) => {
    const [x, y] = [a.values[0]!, b.values[0]!];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return direction * (x - y || 0);
  };
}

function byLabels(args: Parameters<VectorFunction>[2], direction: 1 | -1): Order {
  const names = args.slice(1).map(stringOf);
  return (a, b) => {
    for (const name of names) {
      const [x, y] = [a.labels.get(name), b.labels.get(name)];
      if (x !== y) return direction * naturalOrder(x, y);
    }
    return direction * compareLabelSets(a.labels, b.labels);
  };
}

/** Text in order, runs of digits by their number: node2 before node10. */
export function naturalOrder(a: string, b: string): number {
  const chunksOf = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const [left, right] = [chunksOf(a), chunksOf(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [x, y] = [left[i]!, right[i]!];
    if (x === y) continue;
    const [m, n] = [Number(x), Number(y)];
    if (!Number.isNaN(m) && !Number.isNaN(n) && /^\d/.test(x) && /^\d/.test(y)) {
      if (m !== n) return m - n;
      if (x.length !== y.length) return x.length - y.length;
    }
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

export const sortFunctions: Readonly<Record<string, VectorFunction>> = {
  sort: sorting(() => byValue(1), floatsOf),
  sort_desc: sorting(() => byValue(-1), floatsOf),
  sort_by_label: sorting(
    (args) => byLabels(args, 1),
    (series) => series,
  ),
  sort_by_label_desc: sorting(
    (args) => byLabels(args, -1),
    (series) => series,
  ),
};
