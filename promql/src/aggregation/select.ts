import { PromqlError } from "../errors.js";
import type { EvalContext } from "../evaluator/context.js";
import {
  ABSENT,
  HISTOGRAM,
  newStepSeries,
  type Sample,
  type StepSeries,
  sampleAt,
  setSample,
} from "../evaluator/series.js";
import { formatGeneral } from "../numbers.js";
import { type AggregateExpr, positionOf } from "../parser/ast.js";
import { groupSeries } from "./groups.js";
import { Heap } from "./heap.js";
import { isSampled } from "./sampling.js";

interface Entry<T extends Sample = Sample> {
  readonly index: number;
  readonly value: T;
}

/** The members of one group that are selected at one step, in the order an instant query shows them. */
type Selector = (members: readonly StepSeries[], step: number) => Entry[];

/** topk, bottomk, limitk and limit_ratio: some series of each group, unchanged. */
export async function selectSeries(
  context: EvalContext,
  expr: AggregateExpr,
  series: readonly StepSeries[],
  parameter: Float64Array,
): Promise<StepSeries[]> {
  if (parameter.length === 0) return [];
  if (expr.op === "limit_ratio") {
    if (parameter.every((ratio) => ratio === 0)) return [];
    checkRatios(context, expr, parameter);
  } else {
    if (!parameter.some((k) => k >= 1 || Number.isNaN(k))) return [];
    checkCounts(parameter);
  }
  const select = selectorOf(context, expr, parameter);
  const { steps } = context.grid;
  const results = new Map<StepSeries, StepSeries>();
  for (const { members } of await groupSeries(context.budget, series, expr.grouping, expr.without)) {
    for (let step = 0; step < steps; step++) {
      if (context.budget.spend(5 * members.length)) await context.budget.pause();
      for (const { index, value } of select(members, step)) {
        const member = members[index]!;
        let result = results.get(member);
        if (result === undefined) {
          result = newStepSeries(member.labels, steps, member.dropName);
          results.set(member, result);
        }
        setSample(result, step, value);
      }
    }
  }
  return [...results.values()];
}

function checkCounts(parameter: Float64Array): void {
  for (const k of parameter) if (Number.isNaN(k)) throw new PromqlError("execution", "Parameter value is NaN");
  const least = parameter.reduce((a, b) => Math.min(a, b));
  const most = parameter.reduce((a, b) => Math.max(a, b));
  if (least <= -(2 ** 63)) throw new PromqlError("execution", `Scalar value ${formatGeneral(least)} underflows int64`);
  if (most >= 2 ** 63) throw new PromqlError("execution", `Scalar value ${formatGeneral(most)} overflows int64`);
}

function checkRatios(context: EvalContext, expr: AggregateExpr, parameter: Float64Array): void {
  for (const ratio of parameter) if (Number.isNaN(ratio)) throw new PromqlError("execution", "Ratio value is NaN");
  const position = positionOf(expr.param!);
  const least = parameter.reduce((a, b) => Math.min(a, b));
  const most = parameter.reduce((a, b) => Math.max(a, b));
  if (most > 1) context.annotations.invalidRatio(most, 1, position);
  if (least < -1) context.annotations.invalidRatio(least, -1, position);
}

function selectorOf(context: EvalContext, expr: AggregateExpr, parameter: Float64Array): Selector {
  const ignore = (): void => context.annotations.ignoredHistogramInAggregation(expr.op, positionOf(expr));
  switch (expr.op) {
    case "topk":
      return (members, step) => extremes(members, step, Math.trunc(parameter[step]!), (a, b) => a < b, ignore);
    case "bottomk":
      return (members, step) => extremes(members, step, Math.trunc(parameter[step]!), (a, b) => a > b, ignore);
    case "limitk":
      return (members, step) => firstOf(members, step, Math.trunc(parameter[step]!), () => true);
    default:
      return (members, step) => {
        const ratio = Math.max(-1, Math.min(1, parameter[step]!));
        return firstOf(members, step, Infinity, (member) => isSampled(member.labels, ratio));
      };
  }
}

/** The k best values, best first; `isWorse` orders two numbers, and NaN is worse than any. */
function extremes(
  members: readonly StepSeries[],
  step: number,
  k: number,
  isWorse: (a: number, b: number) => boolean,
  ignoreHistogram: () => void,
): Entry[] {
  if (k < 1) return [];
  const heap = new Heap<Entry<number>>((a, b) => Number.isNaN(a.value) || isWorse(a.value, b.value));
  for (const [index, member] of members.entries()) {
    if (member.present[step] === ABSENT) continue;
    if (member.present[step] === HISTOGRAM) {
      ignoreHistogram();
      continue;
    }
    const entry = { index, value: member.values[step]! };
    const worst = heap.top;
    if (worst === undefined || heap.items.length < k) heap.push(entry);
    else if (isWorse(worst.value, entry.value) || (Number.isNaN(worst.value) && !Number.isNaN(entry.value))) {
      heap.replaceTop(entry);
    }
  }
  return heap.items.sort((a, b) => rank(a.value, b.value, isWorse));
}

function rank(a: number, b: number, isWorse: (a: number, b: number) => boolean): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return isWorse(a, b) ? 1 : isWorse(b, a) ? -1 : 0;
}

function firstOf(
  members: readonly StepSeries[],
  step: number,
  limit: number,
  accepts: (member: StepSeries) => boolean,
): Entry[] {
  const entries: Entry[] = [];
  for (const [index, member] of members.entries()) {
    if (entries.length >= limit) break;
    if (member.present[step] !== ABSENT && accepts(member)) entries.push({ index, value: sampleAt(member, step) });
  }
  return entries;
}
