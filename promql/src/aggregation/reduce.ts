import { newStepSeries, type StepSeries } from "../evaluator/series.js";
import { KahanMean, KahanSum } from "../kahan.js";
import type { AggregateOp } from "../parser/ast.js";
import { quantileOf } from "../quantile.js";
import type { Group } from "./groups.js";

/** Reduces the values of one step to one; the column holds `count` of them, at least one. */
export type Reducer = (column: Float64Array, count: number, step: number) => number;

/** The reducer of an aggregation with one result per group. */
export function reducerOf(op: AggregateOp, parameter: Float64Array | undefined): Reducer {
  switch (op) {
    case "sum":
      return sumReducer();
    case "avg":
      return meanReducer();
    case "count":
      return (_column, count) => count;
    case "group":
      return () => 1;
    case "min":
      return (column, count) => extreme(column, count, (value, best) => value < best);
    case "max":
      return (column, count) => extreme(column, count, (value, best) => value > best);
    case "stddev":
      return (column, count) => Math.sqrt(variance(column, count));
    case "stdvar":
      return variance;
    case "quantile":
      return (column, count, step) => quantileOf(parameter![step]!, column, count);
    default:
      throw new Error(`BUG: ${op} does not reduce a group to one value`);
  }
}

function sumReducer(): Reducer {
  const acc = new KahanSum();
  return (column, count) => {
    acc.reset();
    for (let i = 0; i < count; i++) acc.add(column[i]!);
    return acc.value;
  };
}

function meanReducer(): Reducer {
  const acc = new KahanMean();
  return (column, count) => {
    acc.reset();
    for (let i = 0; i < count; i++) acc.add(column[i]!);
    return acc.value;
  };
}

/** NaN loses against any number. */
function extreme(column: Float64Array, count: number, beats: (value: number, best: number) => boolean): number {
  let best = column[0]!;
  for (let i = 1; i < count; i++) {
    const value = column[i]!;
    if (beats(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}

/** Welford's algorithm. */
function variance(column: Float64Array, count: number): number {
  let mean = column[0]!;
  let sum = Number.isFinite(mean) ? 0 : Number.NaN;
  for (let i = 1; i < count; i++) {
    const value = column[i]!;
    const delta = value - mean;
    mean += delta / (i + 1);
    sum += delta * (value - mean);
  }
  return sum / count;
}

/** One output series: every step's values are gathered into a column and reduced. */
export function reduceGroup(group: Group, steps: number, reduce: Reducer): StepSeries {
  const { members, labels } = group;
  const dropName = members.some((member) => member.dropName);
  const result = newStepSeries(labels, steps, dropName);
  const column = new Float64Array(members.length);
  for (let step = 0; step < steps; step++) {
    let count = 0;
    for (const member of members) if (member.present[step] === 1) column[count++] = member.values[step]!;
    if (count === 0) continue;
    result.values[step] = reduce(column, count, step);
    result.present[step] = 1;
  }
  return result;
}
