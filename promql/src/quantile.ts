/**
 * The q-quantile of the first `count` values, which it reorders; NaN sorts below everything. Between two values it
 * interpolates.
 */
export function quantileOf(q: number, values: Float64Array, count: number): number {
  if (count === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const sorted = values.subarray(0, count).sort();
  // A typed array sorts NaN last.
  let numbers = count;
  while (numbers > 0 && Number.isNaN(sorted[numbers - 1]!)) numbers--;
  const missing = count - numbers;
  const at = (i: number): number => (i < missing ? Number.NaN : sorted[i - missing]!);
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return at(lower) * (1 - weight) + at(upper) * weight;
}
