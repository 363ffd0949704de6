import type { ExponentialHistogramPoint, HistogramPoint, NumberPoint, SummaryPoint } from "../model/metric.js";
import { staleNaN } from "../wire/stale-nan.js";
import { translateExemplars } from "./exemplars.js";
import { extendLabels, type LabelPair } from "./labels.js";
import type { PrometheusExemplar, PrometheusLabels, PrometheusSeries } from "./model.js";
import { decimalText } from "./text.js";
import { nanoToMs } from "./time.js";

/** DataPointFlags: the series has no value any more. */
const NO_RECORDED_VALUE = 1;

/** What the functions below share: where series go, how they are called, and the point's own labels, sorted. */
export interface PointTarget {
  readonly series: PrometheusSeries[];
  readonly name: string;
  readonly labels: PrometheusLabels;
}

export function addNumberPoint(target: PointTarget, point: NumberPoint, withExemplars: boolean): void {
  const exemplars = withExemplars ? translateExemplars(point.exemplars) : [];
  emit(target, point, extendLabels(target.labels, ["__name__", target.name]), Number(point.value), exemplars);
}

export function addHistogramPoint(target: PointTarget, point: HistogramPoint): void {
  addBuckets(target, point, point.explicitBounds, point.bucketCounts);
}

/** `buckets` are the point's own, made classic. */
export function addExponentialPoint(
  target: PointTarget,
  point: ExponentialHistogramPoint,
  buckets: { readonly bounds: readonly number[]; readonly counts: readonly number[] },
): void {
  addBuckets(target, point, buckets.bounds, buckets.counts);
}

export function addSummaryPoint(target: PointTarget, point: SummaryPoint): void {
  const { labels, name } = target;
  emit(target, point, extendLabels(labels, ["__name__", `${name}_sum`]), point.sum);
  emit(target, point, extendLabels(labels, ["__name__", `${name}_count`]), Number(point.count));
  for (const { quantile, value } of point.quantiles) {
    emit(target, point, extendLabels(labels, ["__name__", name], ["quantile", decimalText(quantile)]), value);
  }
}

function addBuckets(
  target: PointTarget,
  point: HistogramPoint | ExponentialHistogramPoint,
  bounds: readonly number[],
  counts: readonly (number | bigint)[],
): void {
  const { labels, name } = target;
  if (point.sum !== undefined) emit(target, point, extendLabels(labels, ["__name__", `${name}_sum`]), point.sum);
  emit(target, point, extendLabels(labels, ["__name__", `${name}_count`]), Number(point.count));
  const bucketName: LabelPair = ["__name__", `${name}_bucket`];
  const exemplars = translateExemplars(point.exemplars).sort((a, b) => a.value - b.value);
  let placed = 0;
  let cumulative = 0;
  for (let index = 0; index < bounds.length && index < counts.length; index++) {
    const bound = bounds[index] as number;
    // A sender may list +Inf among its bounds; the bucket below always ends the list.
    if (bound === Number.POSITIVE_INFINITY) break;
    cumulative += Number(counts[index]);
    const first = placed;
    while (placed < exemplars.length && (exemplars[placed] as PrometheusExemplar).value <= bound) placed++;
    emit(
      target,
      point,
      extendLabels(labels, bucketName, boundLabel(bound)),
      cumulative,
      exemplars.slice(first, placed),
    );
  }
  emit(target, point, extendLabels(labels, bucketName, INFINITY_LABEL), Number(point.count), exemplars.slice(placed));
}

const INFINITY_LABEL: LabelPair = ["le", "+Inf"];
/** All points of a histogram share their bounds, so few labels serve many; the limit is for senders with odd ones. */
const BOUND_LABELS_MAX = 1024;
const boundLabels = new Map<number, LabelPair>();

function boundLabel(bound: number): LabelPair {
  const known = boundLabels.get(bound);
  if (known !== undefined) return known;
  if (boundLabels.size >= BOUND_LABELS_MAX) boundLabels.clear();
  const label: LabelPair = ["le", decimalText(bound)];
  boundLabels.set(bound, label);
  return label;
}

function emit(
  target: PointTarget,
  point: { readonly timeUnixNano: bigint; readonly flags?: number },
  labels: PrometheusLabels,
  value: number,
  exemplars: PrometheusExemplar[] = [],
): void {
  const isStale = ((point.flags ?? 0) & NO_RECORDED_VALUE) !== 0;
  const sample = { labels, timestampMs: nanoToMs(point.timeUnixNano), value: isStale ? staleNaN : value };
  target.series.push(exemplars.length === 0 ? sample : { ...sample, exemplars });
}
