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
    if (budget.spend(UNITS_PER_SERIES)) await budget.pause();
    budget.reserve(context.grid.steps);
    const series = samplesFor(entry, raw);
    window ??= newWindow(context, call, vector, series);
    const hasHistograms = series.histograms !== undefined;
    window.moveTo(hasHistograms ? series.floats() : series);
    const dropName = entry.keepsName !== true || raw.dropName;
    const labels = dropName && !options.delayedNameRemoval ? raw.labels.withoutMetadata() : raw.labels;
    const result = newStepSeries(labels, context.grid.steps, dropName);
    if (hasHistograms) {
      await slideMixed(context, entry, vector, scalars, window, series.histogramSeries(), result);
    } else {
      const slider = new Slider(context, entry, vector, scalars, window, result);
      for (let from = 0; from < context.grid.steps; from = slider.next) {
        if (budget.spend(slider.advance(from))) await budget.pause();
      }
    }
    if (isEmpty(result)) {
      budget.reserve(-context.grid.steps);
      continue;
    }
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
function placeOf(argument: Expr): PositionRange {
  return argument.kind === "subquery" ? { start: 0, end: 0 } : positionOf(argument);
}

/** What looking at a series costs before anything is computed. */
const UNITS_PER_SERIES = 50;
/** Samples and steps that are looked at in one go. */
const CHUNK = 16_384;

/** Slides a window along the samples of one series, some steps at a time. */
class Slider {
  /** The step to go on with. */
  next = 0;
  readonly #context: EvalContext;
  readonly #entry: RangeFunctionEntry;
  readonly #vector: RangeVector;
  readonly #scalars: readonly Float64Array[];
  readonly #window: Window;
  readonly #result: StepSeries;

  constructor(
    context: EvalContext,
    entry: RangeFunctionEntry,
    vector: RangeVector,
    scalars: readonly Float64Array[],
    window: Window,
    result: StepSeries,
  ) {
    this.#context = context;
    this.#entry = entry;
    this.#vector = vector;
    this.#scalars = scalars;
    this.#window = window;
    this.#result = result;
  }

  /** Computes steps until they have cost about a chunk; returns what they have cost. */
  advance(from: number): number {
    const { grid, options } = this.#context;
    const window = this.#window;
    const { times } = window;
    const { extension, atMs, offsetMs } = this.#vector;
    const before = extension === undefined ? 0 : options.lookbackDeltaMs;
    const after = extension === "smoothed" ? options.lookbackDeltaMs : 0;
    const rangeMs = Math.trunc(this.#vector.rangeMs);
    const [first, second] = this.#scalars;
    const { values, present } = this.#result;
    const { compute } = this.#entry;
    let { lo, hi } = window;
    let units = 0;
    let step = from;
    for (; step < values.length && units < CHUNK; step++) {
      const evalMs = grid.timeAt(step);
      const endMs = (atMs ?? evalMs) - offsetMs;
      const startMs = endMs - rangeMs;
      while (lo < times.length && times[lo]! <= startMs - before) lo++;
      if (hi < lo) hi = lo;
      while (hi < times.length && times[hi]! <= endMs + after) hi++;
      units += 1 + hi - lo;
      if (lo === hi) continue;
      window.lo = lo;
      window.hi = hi;
      window.rangeStartMs = startMs;
      window.rangeEndMs = endMs;
      window.evalMs = evalMs;
      if (first !== undefined) window.arg0 = first[step]!;
      if (second !== undefined) window.arg1 = second[step]!;
      const value = compute(window);
      if (value === undefined) continue;
      values[step] = value;
      present[step] = FLOAT;
    }
    window.lo = lo;
    window.hi = hi;
    this.next = step;
    return units;
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
