import { staleNaN } from "../wire/stale-nan.js";
import type { PrometheusHistogram, PrometheusSpan } from "./model.js";
import type { PointScan } from "./point-scan.js";

/** A list of counts: `Doubles` or a typed array. */
export interface Counts {
  readonly length: number;
  at(index: number): number | undefined;
}

/** Dense buckets: `counts` begin with that of bucket `offset`. */
export interface DenseBuckets {
  readonly offset: number;
  readonly counts: Counts;
}

/** What a native histogram is made of; a `PointScan` of an exponential point is one. */
export interface ExponentialState {
  readonly scale: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly count: number;
  readonly sum: number;
  readonly isStale: boolean;
  readonly positive: DenseBuckets;
  readonly negative: DenseBuckets;
}

/** What Prometheus takes for the zero bucket's width when the sender gave none. */
const DEFAULT_ZERO_THRESHOLD = 1e-128;
const SCHEMA_MIN = -4;
const SCHEMA_MAX = 8;
const CUSTOM_BUCKETS = -53;
/** Gaps of up to this many empty buckets are written as buckets: a span costs more. */
const GAP_MAX = 2;

const NO_SPANS: readonly PrometheusSpan[] = [];
const NO_BUCKETS = new Float64Array(0);

/**
 * The native histogram of an exponential point. A scale above 8 is lowered to 8 by merging neighbours, which is exact.
 * @returns undefined for a scale below -4, which native histograms do not have.
 */
export function nativeHistogram(point: ExponentialState): PrometheusHistogram | undefined {
  if (point.scale < SCHEMA_MIN) return undefined;
  const schema = Math.min(point.scale, SCHEMA_MAX);
  // Beyond 31 nothing changes: an int32 index shifted by 31 is 0 or -1 already.
  const scaleDown = Math.min(point.scale - schema, 31);
  const zeroThreshold = point.zeroThreshold === 0 ? DEFAULT_ZERO_THRESHOLD : point.zeroThreshold;
  if (point.isStale) return stale(schema, zeroThreshold);
  const positive = sparse(point.positive, scaleDown, 1);
  const negative = sparse(point.negative, scaleDown, 1);
  return {
    schema,
    zeroThreshold,
    zeroCount: point.zeroCount,
    count: point.count,
    sum: point.sum,
    positiveSpans: positive.spans,
    negativeSpans: negative.spans,
    positiveBuckets: positive.buckets,
    negativeBuckets: negative.buckets,
    counterResetHint: 0,
  };
}

/** An explicit histogram as a native one with custom buckets: its bounds stay exactly what they were. */
export function customBucketsHistogram(point: PointScan): PrometheusHistogram {
  const customValues = point.bounds.copy();
  if (point.isStale) return { ...stale(CUSTOM_BUCKETS, 0), customValues };
  const positive = sparse({ offset: 0, counts: point.counts }, 0, 0);
  return {
    schema: CUSTOM_BUCKETS,
    zeroThreshold: 0,
    zeroCount: 0,
    count: point.count,
    sum: point.sum,
    positiveSpans: positive.spans,
    negativeSpans: NO_SPANS,
    positiveBuckets: positive.buckets,
    negativeBuckets: NO_BUCKETS,
    customValues,
    counterResetHint: 0,
  };
}

function stale(schema: number, zeroThreshold: number): PrometheusHistogram {
  return {
    schema,
    zeroThreshold,
    zeroCount: 0,
    count: 0,
    sum: staleNaN,
    positiveSpans: NO_SPANS,
    negativeSpans: NO_SPANS,
    positiveBuckets: NO_BUCKETS,
    negativeBuckets: NO_BUCKETS,
    counterResetHint: 0,
  };
}

/**
 * Dense buckets as spans of those that are used. `shift` merges 2^shift neighbours into one; `indexOffset` is 1 for
 * exponential buckets, which OTLP numbers by their lower bound and Prometheus by their upper one.
 */
function sparse(
  { offset, counts }: DenseBuckets,
  shift: number,
  indexOffset: number,
): { spans: readonly PrometheusSpan[]; buckets: Float64Array } {
  const used = countUsed(offset, counts, shift);
  if (used === 0) return { spans: NO_SPANS, buckets: NO_BUCKETS };
  const spans: { offset: number; length: number }[] = [];
  const buckets = new Float64Array(used);
  let filled = 0;
  let next = 0;
  for (let at = 0; at < counts.length; ) {
    const index = (offset + at) >> shift;
    let count = 0;
    for (; at < counts.length && (offset + at) >> shift === index; at++) count += counts.at(at) ?? 0;
    if (count === 0) continue;
    const span = spans.at(-1);
    const gap = index - next;
    if (span === undefined) spans.push({ offset: index + indexOffset, length: 1 });
    else if (gap > GAP_MAX) spans.push({ offset: gap, length: 1 });
    else {
      span.length += gap + 1;
      filled += gap;
    }
    buckets[filled++] = count;
    next = index + 1;
  }
  return { spans, buckets };
}

/** How many buckets `sparse` writes: the used ones and the short gaps between them. */
function countUsed(offset: number, counts: Counts, shift: number): number {
  let used = 0;
  let next = 0;
  let isFirst = true;
  for (let at = 0; at < counts.length; ) {
    const index = (offset + at) >> shift;
    let count = 0;
    for (; at < counts.length && (offset + at) >> shift === index; at++) count += counts.at(at) ?? 0;
    if (count === 0) continue;
    const gap = index - next;
    used += isFirst || gap > GAP_MAX ? 1 : gap + 1;
    isFirst = false;
    next = index + 1;
  }
  return used;
}
