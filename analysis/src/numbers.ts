/** Small statistics. Every function takes an unsorted list and leaves it alone. */

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Zero for an empty list. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

/** Linear interpolation between closest ranks (type 7), as k6 and numpy do; zero for an empty list. `q` is 0..1. */
export function quantile(values: readonly number[], q: number): number {
  return sortedQuantile(Float64Array.from(values).sort(), q);
}

export function sortedQuantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return 0;
  const rank = (sorted.length - 1) * Math.min(1, Math.max(0, q));
  const below = Math.floor(rank);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (rank - below);
}

/** Mean of the upper half: what a gauge showed while the system was busy, without trusting a single spike. */
export function upperHalfMean(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => b - a);
  return mean(sorted.slice(0, Math.max(1, Math.ceil(sorted.length / 2))));
}
