import { type MeasureOptions, measureLoad } from "../k6/measure.js";
import type { Measurements } from "../k6/measurements.js";
import { Progress } from "../terminal/progress.js";
import type { Staircase } from "./staircase.js";
import { type KneeStep, stepsOf } from "./steps.js";
import { type Limits, overload } from "./stop-rule.js";
import { kneeScript } from "./wrapper.js";

export interface ClimbOptions extends Omit<MeasureOptions, "wrapper" | "signal"> {
  readonly vusMax: number;
  readonly limits: Limits;
  /** As `wrapScript`'s. */
  readonly traceShare: number | undefined;
  /** Steps over the limits that are still measured. */
  readonly overloadedSteps: number;
  readonly progress?: (line: string) => void;
  readonly isTty?: boolean;
  /** The user's. */
  readonly signal?: AbortSignal;
}

export interface Climb {
  readonly steps: readonly KneeStep[];
  /** Why the climb ended before its last step; undefined when it did not. */
  readonly stoppedBecause: string | undefined;
  /** By the user. */
  readonly interrupted: boolean;
}

/** Runs the script up a staircase, and leaves it once steps go over the limits. */
export async function climb(staircase: Staircase, options: ClimbOptions): Promise<Climb> {
  const enough = new AbortController();
  const { signal: user, limits } = options;
  const signal = user === undefined ? enough.signal : AbortSignal.any([enough.signal, user]);
  const progress = new Progress(options.progress ?? (() => {}), options.isTty === true);
  let reason: string | undefined;
  const watch = (measurements: Measurements): void => {
    progress.update(measurements);
    const steps = stepsOf(measurements.samples(), measurements.iterations, staircase);
    const reasons = steps.map((step) => overload(step, limits)).filter((why) => why !== undefined);
    if (reasons.length < options.overloadedSteps) return;
    reason = reasons[0];
    enough.abort();
  };
  const wrapper = kneeScript(options.script, staircase, options.vusMax, options.traceShare);
  const observer = { update: watch, message: progress.message.bind(progress) };
  const { samples, iterations } = await measureLoad({ ...options, wrapper, signal }, observer);
  return {
    steps: stepsOf(samples, iterations, staircase),
    stoppedBecause: reason,
    interrupted: user?.aborted === true,
  };
}
