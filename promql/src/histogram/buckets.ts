import { formatGeneral } from "../numbers.js";
import { customBound, customValuesOf, exponentialBound, usesCustomBuckets } from "./bounds.js";
import type { FloatHistogram, Span } from "./float-histogram.js";

/** All buckets of a histogram from the lowest to the highest, with the zero bucket if it is populated. */
export interface BucketTable {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly counts: Float64Array;
  /** Position of the zero bucket; -1 without one. */
  readonly zeroAt: number;
}

/** The bucket table; with `isClipped`, no bucket reaches into the zero bucket. */
export function bucketTable(h: FloatHistogram, isClipped: boolean): BucketTable {
  const negative = h.negativeBuckets.length;
  const hasZero = h.zeroCount > 0;
  const size = negative + (hasZero ? 1 : 0) + h.positiveBuckets.length;
  const table: BucketTable = {
    lower: new Float64Array(size),
    upper: new Float64Array(size),
    counts: new Float64Array(size),
    zeroAt: hasZero ? negative : -1,
  };
  fillNegative(h, table);
  if (hasZero) set(table, negative, -h.zeroThreshold, h.zeroThreshold, h.zeroCount);
  fillPositive(h, table, size - h.positiveBuckets.length);
  if (isClipped && h.zeroThreshold > 0) clip(table, h.zeroThreshold);
  return table;
}

function set(table: BucketTable, at: number, lower: number, upper: number, count: number): void {
  table.lower[at] = lower;
  table.upper[at] = upper;
  table.counts[at] = count;
}

function fillNegative(h: FloatHistogram, table: BucketTable): void {
  let at = h.negativeBuckets.length;
  forEachBucket(h.negativeSpans, h.negativeBuckets, (index, count) => {
    set(table, --at, -exponentialBound(index, h.schema), -exponentialBound(index - 1, h.schema), count);
  });
}

function fillPositive(h: FloatHistogram, table: BucketTable, from: number): void {
  const isCustom = usesCustomBuckets(h);
  const bounds = customValuesOf(h);
  const boundOf = (index: number): number =>
    isCustom ? customBound(index, bounds) : exponentialBound(index, h.schema);
  let at = from;
  forEachBucket(h.positiveSpans, h.positiveBuckets, (index, count) => {
    set(table, at++, boundOf(index - 1), boundOf(index), count);
  });
}

function forEachBucket(
  spans: readonly Span[],
  buckets: Float64Array,
  visit: (index: number, count: number) => void,
): void {
  let index = 0;
  let at = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) visit(index++, buckets[at++] ?? 0);
  }
}

function clip({ lower, upper }: BucketTable, threshold: number): void {
  for (let i = 0; i < lower.length; i++) {
    if (upper[i]! < 0 && upper[i]! > -threshold) upper[i] = -threshold;
    else if (lower[i]! > 0 && lower[i]! < threshold) lower[i] = threshold;
  }
}

interface Inclusion {
  readonly lower: boolean;
  readonly upper: boolean;
}

/** Which bounds belong to bucket `at`. */
function inclusionOf(h: FloatHistogram, table: BucketTable, at: number): Inclusion {
  if (at === table.zeroAt) return { lower: true, upper: true };
  // The first custom bucket begins at -Inf, which belongs to it.
  if (usesCustomBuckets(h)) return { lower: table.lower[at] === -Infinity, upper: true };
  return { lower: table.lower[at]! < 0, upper: table.upper[at]! > 0 };
}

/** A histogram as text, in the words of `count_values`: `{count:3, sum:4, (1,2]:3}`. */
export function formatHistogram(h: FloatHistogram): string {
  const table = bucketTable(h, false);
  const parts = [`count:${formatGeneral(h.count)}`, `sum:${formatGeneral(h.sum)}`];
  for (let i = 0; i < table.counts.length; i++) {
    const count = table.counts[i]!;
    if (count === 0) continue;
    const inclusion = inclusionOf(h, table, i);
    const bounds = `${formatGeneral(table.lower[i]!)},${formatGeneral(table.upper[i]!)}`;
    parts.push(`${inclusion.lower ? "[" : "("}${bounds}${inclusion.upper ? "]" : ")"}:${formatGeneral(count)}`);
  }
  return `{${parts.join(", ")}}`;
}

/** Boundary rule (0 open left, 1 open right, 2 open, 3 closed), lower bound, upper bound, count. */
export type ApiBucket = [rule: number, lower: string, upper: string, count: string];

/** A histogram as the Prometheus HTTP API writes it. */
export interface ApiHistogram {
  readonly count: string;
  readonly sum: string;
  readonly buckets?: readonly ApiBucket[];
}

/** A sample value as the HTTP API writes it. */
export function formatSampleValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}

/** A histogram in the shape of the HTTP API, ready for JSON; empty buckets are left out. */
export function toApiHistogram(h: FloatHistogram): ApiHistogram {
  const table = bucketTable(h, true);
  const buckets: ApiBucket[] = [];
  for (let i = 0; i < table.counts.length; i++) {
    const count = table.counts[i]!;
    if (count === 0) continue;
    const { lower, upper } = inclusionOf(h, table, i);
    const rule = lower ? (upper ? 3 : 1) : upper ? 0 : 2;
    const [from, to] = [formatSampleValue(table.lower[i]!), formatSampleValue(table.upper[i]!)];
    buckets.push([rule, from, to, formatSampleValue(count)]);
  }
  const head = { count: formatSampleValue(h.count), sum: formatSampleValue(h.sum) };
  return buckets.length === 0 ? head : { ...head, buckets };
}
