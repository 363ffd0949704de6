/** Rates that rise step by step, each held for the same time. */
export interface Staircase {
  /** Iterations per second. */
  readonly rates: readonly number[];
  readonly stepSeconds: number;
}

/** From `from` to `to`, each step so many times the one before. */
export function geometricStaircase(from: number, to: number, factor: number, stepSeconds: number): Staircase {
  const rates: number[] = [];
  for (let rate = from; rate < to; rate *= factor) rates.push(rate);
  return { rates: [...rates, to], stepSeconds };
}

/** `count` steps of the same height. */
export function linearStaircase(from: number, to: number, count: number, stepSeconds: number): Staircase {
  const rates = Array.from({ length: count }, (_, step) => from + ((to - from) * step) / (count - 1));
  return { rates, stepSeconds };
}
