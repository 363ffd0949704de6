import { type Budget, mapInSlices } from "../evaluator/budget.js";
import { ABSENT, type StepSeries } from "../evaluator/series.js";
import { type LabelSet, METRIC_NAME, signatureOf } from "../labels.js";
import type { VectorMatching } from "../parser/ast.js";

/** The series of both sides that share the matching labels' values, as indexes. */
export interface MatchGroup {
  readonly left: number[];
  readonly right: number[];
}

/** Groups both sides by their matching signature; the order of first appearance is kept. */
export async function groupBySignature(
  budget: Budget,
  matching: VectorMatching,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
): Promise<MatchGroup[]> {
  const signature = signatureFunction(matching);
  const groups = new Map<string, MatchGroup>();
  const groupFor = (series: StepSeries): MatchGroup => {
    const key = signature(series.labels);
    let group = groups.get(key);
    if (group === undefined) {
      group = { left: [], right: [] };
      groups.set(key, group);
    }
    return group;
  };
  await mapInSlices(budget, left, UNITS, (series, i) => groupFor(series).left.push(i));
  await mapInSlices(budget, right, UNITS, (series, i) => groupFor(series).right.push(i));
  return [...groups.values()];
}

/** What the signature of one series costs. */
const UNITS = 100;

function signatureFunction(matching: VectorMatching): (labels: LabelSet) => string {
  if (matching.on) {
    const names = [...matching.labels].sort();
    return (labels) => signatureOf(labels, names);
  }
  return (labels) => matchLabels(matching, labels).key;
}

/** The labels two series are matched by. */
export function matchLabels(matching: VectorMatching, labels: LabelSet): LabelSet {
  if (matching.on) return labels.filter((name) => matching.labels.includes(name));
  return labels.filter((name) => name !== METRIC_NAME && !matching.labels.includes(name));
}

/** Per step, whether any of the series has a value. */
export function anyPresent(series: readonly StepSeries[], steps: number): Uint8Array {
  const any = new Uint8Array(steps);
  for (const { present } of series) for (let i = 0; i < steps; i++) if (present[i] !== ABSENT) any[i] = 1;
  return any;
}
