import { defaultRcaSettings, type RcaSettings, rankRootCauses, seededRandom } from "@venturi/analysis";
import type { Case } from "./cases.js";
import { type Perturbation, perturbations } from "./perturbations.js";
import { type Outcome, type Score, score } from "./scores.js";

export interface Examined extends Outcome {
  readonly id: string;
  readonly group: string;
  readonly metric: string;
  readonly cause: string | undefined;
}

function examine(one: Case, settings: RcaSettings, perturb: Perturbation, seed: number): Examined {
  const random = seededRandom(seed);
  // Draws differ from case to case, and are the same in each run.
  for (const letter of one.id) for (let skip = letter.charCodeAt(0) % 7; skip >= 0; skip--) random();
  const ranked = rankRootCauses(perturb(one.input, random), settings);
  const at = ranked.findIndex(({ node }) => node === one.cause);
  return {
    id: one.id,
    group: one.group,
    metric: one.metric,
    cause: one.cause,
    rank: at < 0 ? null : at + 1,
    empty: ranked.length === 0,
    isNull: one.cause === undefined,
  };
}

export function underPerturbations(cases: readonly Case[], seeds: readonly number[]): Record<string, Score> {
  const scores: Record<string, Score> = {};
  for (const [name, perturb] of Object.entries(perturbations)) {
    const outcomes = seeds.flatMap((seed) => cases.map((one) => examine(one, defaultRcaSettings, perturb, seed)));
    scores[name] = score(outcomes);
    console.log(name.padEnd(54), summary(scores[name]));
  }
  return scores;
}

/** Every constant at half and at one and a half times its value, the others as they are. */
export function settingsGrid(): Map<string, RcaSettings> {
  const grid = new Map([["default", defaultRcaSettings]]);
  for (const key of Object.keys(defaultRcaSettings) as (keyof RcaSettings)[])
    for (const factor of [0.5, 1.5]) {
      const value = defaultRcaSettings[key] * factor;
      grid.set(`${key} ${value}`, { ...defaultRcaSettings, [key]: value });
    }
  return grid;
}

export function underSettings(cases: readonly Case[]): Map<string, Examined[]> {
  const outcomes = new Map<string, Examined[]>();
  for (const [name, settings] of settingsGrid()) {
    const examined = cases.map((one) => examine(one, settings, (input) => input, 1));
    outcomes.set(name, examined);
    console.log(name.padEnd(54), summary(score(examined)));
  }
  return outcomes;
}

/** Balanced: as many points for incidents named as for silence. */
function points(outcomes: readonly Examined[]): number {
  const { top1, specificity } = score(outcomes);
  return (Number.isNaN(top1) ? 0 : top1) + (Number.isNaN(specificity) ? 0 : specificity);
}

/**
 * Chooses the constants on all cases but those of one part, and scores that part: what choosing them by these data is worth
 * on data not seen. Ties go to the defaults.
 */
export function leaveOneOut(
  outcomes: ReadonlyMap<string, readonly Examined[]>,
  partOf: (one: Examined) => string | undefined,
): Score {
  const parts = new Set([...outcomes.values()].flatMap((all) => all.map(partOf)));
  const held: Outcome[] = [];
  for (const part of parts) {
    const ranked = [...outcomes].map(([name, all]) => ({
      name,
      points: points(all.filter((one) => partOf(one) !== part)),
    }));
    const best = ranked.reduce((a, b) => (b.points > a.points ? b : a));
    held.push(...(outcomes.get(best.name) ?? []).filter((one) => partOf(one) === part));
  }
  return score(held);
}

export function summary({ top1, top3, specificity, cases, nulls }: Score): string {
  return `top-1 ${top1.toFixed(3)}  top-3 ${top3.toFixed(3)}  (${cases})  specificity ${specificity.toFixed(3)} (${nulls})`;
}
