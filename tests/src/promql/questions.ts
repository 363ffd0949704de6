import { START_MS, STEP_MS, STEPS } from "./data.js";
import { QueryGenerator } from "./queries.js";
import type { Random } from "./random.js";

/** What to ask: at one time, or from start to end. */
export interface Question {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
}

export function randomQuestion(random: Random): Question {
  const query = new QueryGenerator(random).query();
  const at = (): number => START_MS + random.below((STEPS + 30) * STEP_MS) - 60_000;
  if (random.chance(0.5)) {
    const timeMs = at();
    return { query, startMs: timeMs, endMs: timeMs, stepMs: 0 };
  }
  const stepMs = random.pick([15_000, 30_000, 60_000, 97_000, 300_000]);
  const startMs = at();
  return { query, startMs, endMs: startMs + stepMs * random.below(25), stepMs };
}
