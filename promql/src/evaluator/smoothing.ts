import { indexAtOrAfter, interpolate } from "../functions/extended-rate.js";
import { interpolateHistograms } from "../functions/histogram-steps.js";
import { usesCustomBuckets } from "../histogram/bounds.js";
import { GAUGE, UNKNOWN_RESET } from "../histogram/float-histogram.js";
import { positionOf, type VectorSelector } from "../parser/ast.js";
import type { EvalContext } from "./context.js";
import type { RawSeries } from "./raw-series.js";
import { isEmpty, newStepSeries, type Sample, type StepSeries, setSample } from "./series.js";

/** A `smoothed` instant selector: the value on the line between the samples before and after each step. */
export function smooth(context: EvalContext, selector: VectorSelector, selected: readonly RawSeries[]): StepSeries[] {
  return selected.map((raw) => smoothSeries(context, selector, raw.withoutStale())).filter((one) => !isEmpty(one));
}

function smoothSeries(context: EvalContext, selector: VectorSelector, raw: RawSeries): StepSeries {
  const { grid, options } = context;
  const { at, offsetMs } = selector;
  const { times } = raw;
  const result = newStepSeries(raw.labels, grid.steps, raw.dropName);
  let lo = 0;
  for (let step = 0; step < grid.steps; step++) {
    const timeMs = (at?.kind === "time" ? at.timeMs : grid.timeAt(step)) - offsetMs;
    while (lo < times.length && times[lo]! <= timeMs - options.lookbackDeltaMs) lo++;
    let hi = lo;
    while (hi < times.length && times[hi]! <= timeMs + options.lookbackDeltaMs) hi++;
    if (lo === hi) continue;
    const sample = smoothed(context, selector, raw, lo, hi, timeMs);
    if (sample !== undefined) setSample(result, step, sample);
  }
  return result;
}

function smoothed(
  context: EvalContext,
  selector: VectorSelector,
  raw: RawSeries,
  lo: number,
  hi: number,
  timeMs: number,
): Sample | undefined {
  const { times, values, histograms } = raw;
  const next = indexAtOrAfter(times, lo, hi, timeMs);
  const isBetween = times[next]! > timeMs;
  const inWindow = histograms?.slice(lo, hi).filter((one) => one !== undefined).length ?? 0;
  if (inWindow > 0 && inWindow < hi - lo) {
    context.annotations.mixedFloatsHistograms(raw.labels.metricName, positionOf(selector));
    return undefined;
  }
  if (isBetween && next === lo) return undefined;
  if (inWindow > 0) return smoothedHistogram(context, selector, raw, next, timeMs);
  return isBetween ? interpolate(times, values, next - 1, timeMs, false) : values[next]!;
}

/** Counters unless both sides say that they are gauges. Beyond the last histogram, its value goes on. */
function smoothedHistogram(
  context: EvalContext,
  selector: VectorSelector,
  raw: RawSeries,
  next: number,
  timeMs: number,
): Sample | undefined {
  const { times, histograms } = raw;
  const after = histograms![next]!;
  if (times[next] === timeMs) return after;
  if (times[next]! < timeMs) return { ...after, counterResetHint: UNKNOWN_RESET };
  const before = histograms![next - 1]!;
  if (usesCustomBuckets(before) !== usesCustomBuckets(after)) {
    context.annotations.mixedExponentialCustom(raw.labels.metricName, positionOf(selector));
    return undefined;
  }
  const isCounter = before.counterResetHint !== GAUGE || after.counterResetHint !== GAUGE;
  const place = {
    annotations: context.annotations,
    metricName: raw.labels.metricName,
    position: positionOf(selector),
  };
  const share = (timeMs - times[next - 1]!) / (times[next]! - times[next - 1]!);
  return interpolateHistograms(before, after, share, isCounter, place);
}
