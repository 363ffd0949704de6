import { type PositionRange, PromqlError } from "../errors.js";
import { absentLabels } from "../functions/absent-labels.js";
import type { RangeFunctionEntry } from "../functions/registry.js";
import { type Call, type Expr, positionOf } from "../parser/ast.js";
import type { EvalContext } from "./context.js";
import { slideMixed } from "./mixed-windows.js";
import type { RawSeries } from "./raw-series.js";
import { ABSENT, FLOAT, hasSameLabelSets, isEmpty, newStepSeries, SAME_LABELSET, type StepSeries } from "./series.js";
import { Window } from "./window.js";

/** The range vector a function is applied to: stored samples, or the points of a subquery. */
export interface RangeVector {
  readonly series: readonly RawSeries[];
  readonly rangeMs: number;
  readonly offsetMs: number;
  /** The time of `@`, in place of each step's. */
  readonly atMs: number | undefined;
  readonly extension: "anchored" | "smoothed" | undefined;
}

/** Applies a range function to every series, sliding one window along its samples. */
export async function applyRangeFunction(
  context: EvalContext,
  call: Call,
  entry: RangeFunctionEntry,
  vector: RangeVector,
  scalars: readonly Float64Array[],
): Promise<StepSeries[]> {
  checkExtension(call, entry, vector);
  const { budget, options } = context;
  const results: StepSeries[] = [];
  let window: Window | undefined;
  for (const raw of vector.series) {
    if (budget.isSliceOver) await budget.pause();
    const series = samplesFor(entry, raw);
    window ??= newWindow(context, call, vector, series);
    const hasHistograms = series.histograms !== undefined;
    window.moveTo(hasHistograms ? series.floats() : series);
    const dropName = entry.keepsName !== true || raw.dropName;
    const labels = dropName && !options.delayedNameRemoval ? raw.labels.withoutMetadata() : raw.labels;
    const result = newStepSeries(labels, context.grid.steps, dropName);
    if (hasHistograms) slideMixed(context, entry, vector, scalars, window, series.histogramSeries(), result);
    else slide(context, entry, vector, scalars, window, result);
    if (isEmpty(result)) continue;
    results.push(result);
    if (entry.wantsCounter === true && result.present.includes(FLOAT)) noteNonCounter(context, call, raw);
  }
  if (call.func.name === "absent_over_time") return invert(context, call, results);
  if (!options.delayedNameRemoval && hasSameLabelSets(results)) throw new PromqlError("execution", SAME_LABELSET);
  return results;
}

/** Start timestamps concern counters only; the others see none. */
function samplesFor(entry: RangeFunctionEntry, raw: RawSeries): RawSeries {
  const series = raw.withoutStale();
  return entry.usesStartTimes === true ? series : series.withoutStartTimes();
}

function newWindow(context: EvalContext, call: Call, vector: RangeVector, first: RawSeries): Window {
  const argument = call.args.find((arg) => arg.kind === "matrix-selector" || arg.kind === "subquery")!;
  const [position, firstPosition] = [placeOf(argument), placeOf(call.args[0]!)];
  const { rangeMs, extension } = vector;
  return new Window(first, rangeMs / 1000, extension, context.annotations, position, firstPosition);
}

/** Upstream puts what a subquery gave in its place, and has forgotten where that was. */
export function placeOf(argument: Expr): PositionRange {
  return argument.kind === "subquery" ? { start: 0, end: 0 } : positionOf(argument);
}

function slide(
  context: EvalContext,
  entry: RangeFunctionEntry,
  vector: RangeVector,
  scalars: readonly Float64Array[],
  window: Window,
  result: StepSeries,
): void {
  const { grid, options } = context;
  const { times } = window;
  const { extension, atMs, offsetMs } = vector;
  const before = extension === undefined ? 0 : options.lookbackDeltaMs;
  const after = extension === "smoothed" ? options.lookbackDeltaMs : 0;
  const rangeMs = Math.trunc(vector.rangeMs);
  const [first, second] = scalars;
  const { values, present } = result;
  let { lo, hi } = window;
  for (let step = 0; step < values.length; step++) {
    const evalMs = grid.timeAt(step);
    const endMs = (atMs ?? evalMs) - offsetMs;
    const startMs = endMs - rangeMs;
    while (lo < times.length && times[lo]! <= startMs - before) lo++;
    if (hi < lo) hi = lo;
    while (hi < times.length && times[hi]! <= endMs + after) hi++;
    if (lo === hi) continue;
    window.lo = lo;
    window.hi = hi;
    window.rangeStartMs = startMs;
    window.rangeEndMs = endMs;
    window.evalMs = evalMs;
    if (first !== undefined) window.arg0 = first[step]!;
    if (second !== undefined) window.arg1 = second[step]!;
    const value = entry.compute(window);
    if (value === undefined) continue;
    values[step] = value;
    present[step] = FLOAT;
  }
}

function checkExtension(call: Call, entry: RangeFunctionEntry, { extension }: RangeVector): void {
  if (extension === undefined || entry.extensions?.includes(extension)) return;
  const allowed = extension === "anchored" ? "changes, delta, increase, rate, resets" : "delta, increase, rate";
  const text = `${extension} modifier can only be used with: ${allowed} - not with ${call.func.name}`;
  throw new PromqlError("execution", text);
}

function noteNonCounter(context: EvalContext, call: Call, raw: RawSeries): void {
  const name = raw.labels.metricName;
  if (name === "") return;
  const position = placeOf(call.args[0]!);
  if (context.options.typeAndUnitLabels) {
    const type = raw.labels.get("__type__");
    if (type !== "counter" && type !== "histogram") context.annotations.possibleNonCounterType(name, type, position);
  } else if (!/_(?:total|sum|count|bucket)$/.test(name)) context.annotations.possibleNonCounter(name, position);
}

/** absent_over_time: 1 at the steps where no series has a sample in its window. */
function invert(context: EvalContext, call: Call, found: readonly StepSeries[]): StepSeries[] {
  const result = newStepSeries(absentLabels(call.args[0]!), context.grid.steps, true);
  result.values.fill(1);
  result.present.fill(1);
  for (const { present } of found) {
    for (let i = 0; i < present.length; i++) if (present[i] !== ABSENT) result.present[i] = ABSENT;
  }
  return isEmpty(result) ? [] : [result];
}
