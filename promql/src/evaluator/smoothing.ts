import { indexAtOrAfter, interpolate } from "../functions/extended-rate.js";
import type { VectorSelector } from "../parser/ast.js";
import type { EvalContext } from "./context.js";
import { isEmpty, newStepSeries, type RawSeries, type StepSeries } from "./series.js";

/** A `smoothed` instant selector: the value on the line between the samples before and after each step. */
export function smooth(context: EvalContext, selector: VectorSelector, selected: readonly RawSeries[]): StepSeries[] {
  return selected.map((raw) => smoothSeries(context, selector, raw.withoutStale())).filter((one) => !isEmpty(one));
}

function smoothSeries(context: EvalContext, selector: VectorSelector, raw: RawSeries): StepSeries {
  const { grid, options } = context;
  const { at, offsetMs } = selector;
  const { times, values } = raw;
  const result = newStepSeries(raw.labels, grid.steps, raw.dropName);
  let lo = 0;
  for (let step = 0; step < grid.steps; step++) {
    const timeMs = (at?.kind === "time" ? at.timeMs : grid.timeAt(step)) - offsetMs;
    while (lo < times.length && times[lo]! <= timeMs - options.lookbackDeltaMs) lo++;
    let hi = lo;
    while (hi < times.length && times[hi]! <= timeMs + options.lookbackDeltaMs) hi++;
    if (lo === hi) continue;
    const next = indexAtOrAfter(times, lo, hi, timeMs);
    if (times[next]! > timeMs && next === lo) continue;
    const isBetween = times[next]! > timeMs;
    result.values[step] = isBetween ? interpolate(times, values, next - 1, timeMs, false) : values[next]!;
    result.present[step] = 1;
  }
  return result;
}
