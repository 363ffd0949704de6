import type { PointScan } from "@venturi/otlp";
import type { CountSlabs } from "./count-slabs.js";
import { addExponential, keepExponential } from "./exponential-state.js";
import { EXPONENTIAL, HISTOGRAM, NUMBER, type SeriesColumns, SUMMARY } from "./series-columns.js";

/**
 * Takes a point into the columns. A cumulative point replaces an older one. A delta that begins where the last one ended
 * is added; one that begins later starts afresh, as after a restart of the sender.
 */
export function storePoint(
  columns: SeriesColumns,
  slabs: CountSlabs,
  id: number,
  point: PointScan,
  isDelta: boolean,
  nowMs: number,
): void {
  const isFirst = columns.updatedMs[id] === 0;
  let adds = false;
  if (!isFirst) {
    const kind = columns.kinds[id];
    const order = compareTimes(columns, id, point.timeHigh, point.timeLow);
    if (isDelta && (kind === HISTOGRAM || kind === EXPONENTIAL)) {
      const gap = compareTimes(columns, id, point.startHigh, point.startLow);
      if (gap < 0) return;
      adds = gap === 0;
    } else if (order < 0) return;
    else if (isDelta) adds = compareTimes(columns, id, point.startHigh, point.startLow) === 0;
  }
  storeValue(columns, slabs, id, point, adds);
  columns.timeHigh[id] = point.timeHigh;
  columns.timeLow[id] = point.timeLow;
  if (!adds) {
    columns.startHigh[id] = point.startHigh;
    columns.startLow[id] = point.startLow;
  }
  columns.updatedMs[id] = nowMs;
  if (point.exemplars.length > 0) keepExemplars(columns, id, point);
  else if (!adds) columns.exemplars[id] = undefined;
}

/** Below 0: the time lies before that of the stored value. */
function compareTimes({ timeHigh, timeLow }: SeriesColumns, id: number, high: number, low: number): number {
  return high - (timeHigh[id] as number) || low - (timeLow[id] as number);
}

function storeValue(columns: SeriesColumns, slabs: CountSlabs, id: number, point: PointScan, adds: boolean): void {
  const { values, sums } = columns;
  const kind = columns.kinds[id];
  if (kind === NUMBER) {
    values[id] = adds ? (values[id] as number) + point.value : point.value;
    return;
  }
  if (kind === SUMMARY) {
    columns.summaries[id] = { quantiles: point.quantiles.copy(), values: point.quantileValues.copy() };
  } else if (kind === EXPONENTIAL) {
    const kept = columns.exponentials[id];
    const own = keepExponential(point);
    columns.exponentials[id] = adds && kept !== undefined ? addExponential(kept, own) : own;
  } else if (!storeCounts(columns, slabs, id, point, adds)) {
    // Bounds changed between two deltas: the older counts cannot be told by the new bounds.
    values[id] = point.count;
    sums[id] = point.sum;
    return;
  }
  values[id] = adds ? (values[id] as number) + point.count : point.count;
  sums[id] = adds ? (sums[id] as number) + point.sum : point.sum;
}

/** Answers false when it should have added and could not. */
function storeCounts(columns: SeriesColumns, slabs: CountSlabs, id: number, point: PointScan, adds: boolean): boolean {
  const { bounds, counts } = point;
  const old = columns.slabs[id];
  const slab = slabs.of(bounds.values, bounds.length);
  const canAdd = adds && old === slab;
  if (old !== slab) {
    old?.release(columns.rows[id] as number);
    columns.slabs[id] = slab;
    columns.rows[id] = slab.allocate();
  }
  const row = columns.rows[id] as number;
  for (let bucket = 0; bucket <= bounds.length; bucket++) {
    const count = bucket < counts.length ? counts.at(bucket) : 0;
    slab.set(row, bucket, canAdd ? slab.get(row, bucket) + count : count);
  }
  return canAdd || !adds;
}

function keepExemplars(columns: SeriesColumns, id: number, point: PointScan): void {
  const { exemplars, bytes } = point;
  let length = 0;
  for (let index = 0; index < exemplars.length; index += 2) {
    length += (exemplars[index + 1] as number) - (exemplars[index] as number);
  }
  const kept = new Uint8Array(length);
  const ranges: number[] = [];
  let at = 0;
  for (let index = 0; index < exemplars.length; index += 2) {
    const [start, end] = [exemplars[index] as number, exemplars[index + 1] as number];
    kept.set(bytes.subarray(start, end), at);
    ranges.push(at, at + end - start);
    at += end - start;
  }
  columns.exemplars[id] = { bytes: kept, ranges };
}
