/** What only the real program has, and what only ours has. */
export interface Difference {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

export const SAME: Difference = { missing: [], extra: [] };

export function difference(ours: readonly string[], real: readonly string[]): Difference {
  const [oursSet, realSet] = [new Set(ours), new Set(real)];
  return {
    missing: real.filter((line) => !oursSet.has(line)),
    extra: ours.filter((line) => !realSet.has(line)),
  };
}
