/** No difference. */
export const SAME = { missing: [], extra: [] };

/** What only the real program has, and what only ours has. */
export function difference(ours: readonly string[], real: readonly string[]): { missing: string[]; extra: string[] } {
  const [oursSet, realSet] = [new Set(ours), new Set(real)];
  return {
    missing: real.filter((line) => !oursSet.has(line)),
    extra: ours.filter((line) => !realSet.has(line)),
  };
}
