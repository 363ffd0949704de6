import { mapInSlices } from "../evaluator/budget.js";
import type { EvalContext } from "../evaluator/context.js";
import { FLOAT, floatsOf, HISTOGRAM, type StepSeries } from "../evaluator/series.js";
import { BUCKET_LABEL } from "../labels.js";
import { parseNumber } from "../numbers.js";
import { type Call, positionOf } from "../parser/ast.js";

/** The bucket series of one classic histogram, ascending by upper bound. */
export interface ClassicHistogram {
  /** Labels without `le`. */
  readonly identity: StepSeries;
  readonly bounds: number[];
  readonly series: StepSeries[];
  /** Steps at which a native histogram has the same labels: there, neither counts. */
  conflicts?: Uint8Array;
}

export interface NativeSeries {
  readonly series: StepSeries;
  conflicts?: Uint8Array;
}

/** What a histogram function is given: native histograms, and the buckets of classic ones. */
export interface HistogramInput {
  readonly native: readonly NativeSeries[];
  readonly classic: readonly ClassicHistogram[];
}

export async function histogramInput(
  context: EvalContext,
  call: Call,
  argument: number,
  all: readonly StepSeries[],
): Promise<HistogramInput> {
  const classic = new Map<string, ClassicHistogram>();
  await mapInSlices(context.budget, floatsOf(all), 200, (one) => addBucket(context, call, argument, one, classic));
  for (const { bounds, series } of classic.values()) sortByBound(bounds, series);
  const native: NativeSeries[] = [];
  for (const series of all) {
    if (series.histograms === undefined) continue;
    const one: NativeSeries = { series };
    const other = classic.get(series.labels.key);
    if (other !== undefined) noteConflicts(context, call, argument, one, other);
    native.push(one);
  }
  return { native, classic: [...classic.values()] };
}

function addBucket(
  context: EvalContext,
  call: Call,
  argument: number,
  one: StepSeries,
  classic: Map<string, ClassicHistogram>,
): void {
  const text = one.labels.get(BUCKET_LABEL);
  const bound = parseNumber(text);
  if (bound === undefined) {
    const metricName = context.options.delayedNameRemoval ? one.labels.metricName : "";
    context.annotations.badBucketLabel(metricName, text, positionOf(call.args[argument]!));
    return;
  }
  const labels = one.labels.filter((name) => name !== BUCKET_LABEL);
  let histogram = classic.get(labels.key);
  if (histogram === undefined) {
    histogram = { identity: { ...one, labels }, bounds: [], series: [] };
    classic.set(labels.key, histogram);
  }
  histogram.bounds.push(bound);
  histogram.series.push(one);
}

function sortByBound(bounds: number[], series: StepSeries[]): void {
  const order = bounds
    .map((_, i) => i)
    .sort((a, b) => (bounds[a]! < bounds[b]! ? -1 : bounds[a]! > bounds[b]! ? 1 : 0));
  const sortedBounds = order.map((i) => bounds[i]!);
  const sortedSeries = order.map((i) => series[i]!);
  bounds.splice(0, bounds.length, ...sortedBounds);
  series.splice(0, series.length, ...sortedSeries);
}

function noteConflicts(
  context: EvalContext,
  call: Call,
  argument: number,
  native: NativeSeries,
  classic: ClassicHistogram,
): void {
  const { present, labels } = native.series;
  for (let step = 0; step < present.length; step++) {
    if (present[step] !== HISTOGRAM || !classic.series.some((one) => one.present[step] === FLOAT)) continue;
    native.conflicts ??= new Uint8Array(present.length);
    classic.conflicts = native.conflicts;
    native.conflicts[step] = 1;
    const metricName = context.options.delayedNameRemoval ? labels.metricName : "";
    context.annotations.mixedClassicNative(metricName, positionOf(call.args[argument]!));
  }
}
