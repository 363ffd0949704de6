import { coarserIndex, exponentialBound } from "./bounds.js";
import type { Span } from "./float-histogram.js";

/** The buckets of one sign: indexes ascending, a count for each, and (in compensated sums) what rounding has lost. */
export interface Side {
  indexes: number[];
  counts: number[];
  errors: number[] | undefined;
}

/** What Neumaier's compensation adds to the error when `increment` is added to `sum` and gives `total`. */
export function errorAfter(error: number, sum: number, increment: number, total: number): number {
  if (total === Infinity || total === -Infinity) return 0;
  if (Math.abs(sum) >= Math.abs(increment)) return error + (sum - total + increment);
  return error + (increment - total + sum);
}

export function decodeSide(spans: readonly Span[], buckets: Float64Array, compensated: boolean): Side {
  const indexes: number[] = [];
  const counts: number[] = [];
  let index = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length && counts.length < buckets.length; i++) {
      indexes.push(index++);
      counts.push(buckets[counts.length]!);
    }
  }
  return { indexes, counts, errors: compensated ? new Array<number>(counts.length).fill(0) : undefined };
}

export function copySide(side: Side): Side {
  return { indexes: side.indexes.slice(), counts: side.counts.slice(), errors: side.errors?.slice() };
}

export interface EncodedSide {
  readonly spans: readonly Span[];
  readonly buckets: Float64Array;
}

const EMPTY: EncodedSide = { spans: [], buckets: new Float64Array(0) };

export function encodeSide({ indexes, counts, errors }: Side): EncodedSide {
  const size = indexes.length;
  if (size === 0) return EMPTY;
  const buckets = new Float64Array(size);
  for (let i = 0; i < size; i++) buckets[i] = errors === undefined ? counts[i]! : counts[i]! + errors[i]!;
  const spans: Span[] = [];
  for (let i = 0, end = 0; i < size; ) {
    const start = indexes[i]!;
    let length = 1;
    while (i + length < size && indexes[i + length] === start + length) length++;
    spans.push({ offset: start - end, length });
    end = start + length;
    i += length;
  }
  return { spans, buckets };
}

function increase(side: Side, at: number, by: number): void {
  const sum = side.counts[at]!;
  const total = sum + by;
  side.counts[at] = total;
  if (side.errors !== undefined) side.errors[at] = errorAfter(side.errors[at]!, sum, by, total);
}

/** Adds (sign -1: subtracts) another side of the same schema; buckets below the zero threshold are left out. */
export function addSide(side: Side, other: Side, sign: 1 | -1, schema: number, zeroThreshold: number): void {
  let from = 0;
  while (from < other.indexes.length && isInZeroBucket(other.indexes[from]!, schema, zeroThreshold)) from++;
  if (!isCovered(side, other, from)) insertMissing(side, other, from);
  let at = 0;
  for (let i = from; i < other.indexes.length; i++) {
    while (side.indexes[at]! < other.indexes[i]!) at++;
    increase(side, at, sign * other.counts[i]!);
    const error = other.errors?.[i] ?? 0;
    if (error !== 0 && side.errors !== undefined) increase(side, at, sign * error);
  }
}

function isInZeroBucket(index: number, schema: number, zeroThreshold: number): boolean {
  return zeroThreshold > 0 && exponentialBound(index, schema) <= zeroThreshold;
}

function isCovered(side: Side, other: Side, from: number): boolean {
  let at = 0;
  for (let i = from; i < other.indexes.length; i++) {
    while (at < side.indexes.length && side.indexes[at]! < other.indexes[i]!) at++;
    if (side.indexes[at] !== other.indexes[i]) return false;
  }
  return true;
}

/** Makes room for the buckets that only the other side has. */
function insertMissing(side: Side, other: Side, from: number): void {
  const indexes: number[] = [];
  const counts: number[] = [];
  const errors: number[] = [];
  let i = 0;
  let j = from;
  while (i < side.indexes.length || j < other.indexes.length) {
    const mine = side.indexes[i] ?? Infinity;
    const theirs = other.indexes[j] ?? Infinity;
    indexes.push(Math.min(mine, theirs));
    counts.push(mine <= theirs ? side.counts[i]! : 0);
    errors.push(mine <= theirs ? (side.errors?.[i] ?? 0) : 0);
    if (mine <= theirs) i++;
    if (theirs <= mine) j++;
  }
  side.indexes = indexes;
  side.counts = counts;
  if (side.errors !== undefined) side.errors = errors;
}

/** Merges buckets so that the side fits a coarser schema. */
export function reduceSide(side: Side, schema: number, target: number): void {
  const { indexes, counts, errors } = side;
  const merged: Side = { indexes: [], counts: [], errors: errors === undefined ? undefined : [] };
  for (let i = 0; i < indexes.length; i++) {
    const index = coarserIndex(indexes[i]!, schema, target);
    const last = merged.indexes.length - 1;
    if (last >= 0 && merged.indexes[last] === index) {
      increase(merged, last, counts[i]!);
      if (errors !== undefined) increase(merged, last, errors[i]!);
      continue;
    }
    merged.indexes.push(index);
    merged.counts.push(counts[i]!);
    merged.errors?.push(errors![i]!);
  }
  side.indexes = merged.indexes;
  side.counts = merged.counts;
  side.errors = merged.errors;
}

/** Removes buckets that hold nothing. */
export function compactSide(side: Side): void {
  const { indexes, counts, errors } = side;
  const isEmpty = (i: number): boolean => counts[i] === 0 && (errors === undefined || errors[i] === 0);
  let kept = 0;
  for (let i = 0; i < indexes.length; i++) {
    if (isEmpty(i)) continue;
    indexes[kept] = indexes[i]!;
    counts[kept] = counts[i]!;
    if (errors !== undefined) errors[kept] = errors[i]!;
    kept++;
  }
  indexes.length = kept;
  counts.length = kept;
  if (errors !== undefined) errors.length = kept;
}

/** Scales all counts with a function of one count. */
export function mapSide(side: Side, scale: (count: number) => number): void {
  for (let i = 0; i < side.counts.length; i++) side.counts[i] = scale(side.counts[i]!);
  if (side.errors !== undefined) {
    for (let i = 0; i < side.errors.length; i++) side.errors[i] = scale(side.errors[i]!);
  }
}

/**
 * Adds (or subtracts) a side of custom buckets whose bounds differ: both are counted into the buckets between the
 * common bounds, a bucket into the one that holds its upper bound.
 */
export function addMismatched(
  side: Side,
  bounds: Float64Array,
  other: Side,
  otherBounds: Float64Array,
  sign: 1 | -1,
  common: Float64Array,
): void {
  const size = common.length + 1;
  const target: Side = {
    indexes: [],
    counts: new Array<number>(size).fill(0),
    errors: new Array<number>(size).fill(0),
  };
  for (let i = 0; i < size; i++) target.indexes.push(i);
  mapInto(target, side, bounds, 1, common);
  mapInto(target, other, otherBounds, sign, common);
  compactSide(target);
  side.indexes = target.indexes;
  side.counts = target.counts;
  // Without compensation what rounding lost while mapping is dropped, as upstream does.
  if (side.errors !== undefined) side.errors = target.errors;
}

function mapInto(target: Side, source: Side, bounds: Float64Array, sign: 1 | -1, common: Float64Array): void {
  let at = 0;
  for (let i = 0; i < source.indexes.length; i++) {
    const index = source.indexes[i]!;
    if (index < bounds.length) while (at < common.length && common[at]! < bounds[index]!) at++;
    const slot = index < bounds.length ? at : common.length;
    increase(target, slot, sign * source.counts[i]!);
    if (source.errors !== undefined) increase(target, slot, source.errors[i]!);
  }
}
