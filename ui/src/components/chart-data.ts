import type { Exemplar, Series } from "../api/prometheus.js";

/** The times of a range query, which all its series share. */
export interface Grid {
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
}

/** Columns as uPlot draws them: the times, then one column of values per series; null where there is none. */
export function align(series: readonly Series[], grid: Grid): [number[], ...(number | null)[][]] {
  const count = Math.floor((grid.endS - grid.startS) / grid.stepS + 1e-6) + 1;
  const times = Array.from({ length: count }, (_, i) => grid.startS + i * grid.stepS);
  const columns = series.map(({ points }) => {
    const column = new Array<number | null>(count).fill(null);
    for (const [time, value] of points) {
      const index = Math.round((time - grid.startS) / grid.stepS);
      if (index >= 0 && index < count && Number.isFinite(value)) column[index] = value;
    }
    return column;
  });
  return [times, ...columns];
}

/** The extent of what is drawn; [0, 1] when that is nothing. */
export function extent(columns: readonly (readonly (number | null)[])[]): [min: number, max: number] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const column of columns) {
    for (const value of column) {
      if (value === null) continue;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  return min <= max ? [min, max] : [0, 1];
}

/**
 * Whether exemplars can be drawn on the axis of the lines: a quantile of durations is in the unit of its exemplars, a rate
 * of requests is not. Told by the numbers: the median must be within a factor of the highest line.
 */
export function shareAxis(exemplars: readonly Exemplar[], [, max]: readonly [number, number]): boolean {
  const sorted = exemplars.map(({ value }) => value).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return median > max / 50 && median < max * 5;
}

/** The axis that holds both. */
export function union(a: readonly [number, number], b: readonly [number, number]): [number, number] {
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}
