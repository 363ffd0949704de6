import { ABSENT, type StepSeries } from "../evaluator/series.js";
import { type LabelSet, METRIC_NAME, signatureOf } from "../labels.js";
import type { VectorMatching } from "../parser/ast.js";

/** The series of both sides that share the matching labels' values, as indexes. */
export interface MatchGroup {
  readonly left: number[];
  readonly right: number[];
}

/** Groups both sides by their matching signature; the order of first appearance is kept. */
export function groupBySignature(
  matching: VectorMatching,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
): MatchGroup[] {
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
  for (const [i, series] of left.entries()) groupFor(series).left.push(i);
  for (const [i, series] of right.entries()) groupFor(series).right.push(i);
  return [...groups.values()];
}

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
