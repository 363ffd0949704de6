import { seededRandom } from "@venturi/analysis";

/** What counts of a case, whoever examined it. */
export interface Outcome {
  readonly rank: number | null;
  readonly empty: boolean;
  readonly isNull: boolean;
}

export interface Score {
  readonly cases: number;
  readonly top1: number;
  readonly top3: number;
  readonly nulls: number;
  /** Share of the cases without incident that were answered with an empty list. */
  readonly specificity: number;
}

export function score(outcomes: readonly Outcome[]): Score {
  const incidents = outcomes.filter(({ isNull }) => !isNull);
  const nulls = outcomes.filter(({ isNull }) => isNull);
  const within = (k: number): number => incidents.filter(({ rank }) => rank !== null && rank <= k).length;
  return {
    cases: incidents.length,
    top1: within(1) / incidents.length,
    top3: within(3) / incidents.length,
    nulls: nulls.length,
    specificity: nulls.filter(({ empty }) => empty).length / nulls.length,
  };
}

/** 95 % interval of a share by Wilson's score: unlike a bootstrap it has a width when every case is right. */
export function wilson(hits: number, cases: number): readonly [number, number] {
  const z = 1.96;
  const share = hits / cases;
  const centre = (share + z ** 2 / (2 * cases)) / (1 + z ** 2 / cases);
  const half = (z / (1 + z ** 2 / cases)) * Math.sqrt((share * (1 - share)) / cases + z ** 2 / (4 * cases ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** 95 % percentile bootstrap of the mean, cases drawn with replacement (2000 times, seeded). */
export function bootstrap(values: readonly number[], seed = 1): readonly [number, number] {
  const random = seededRandom(seed);
  const means = Array.from({ length: 2000 }, () => {
    let total = 0;
    for (let draw = 0; draw < values.length; draw++) total += values[Math.floor(random() * values.length)] ?? 0;
    return total / values.length;
  }).sort((a, b) => a - b);
  return [means[50] ?? 0, means[1949] ?? 0];
}
