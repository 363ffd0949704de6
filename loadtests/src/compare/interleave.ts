import { measureLoad, requireScript } from "../k6/measure.js";
import type { Samples } from "../k6/measurements.js";
import { k6Version } from "../k6/version.js";
import { LoadTestError } from "../load-test-error.js";
import { Progress } from "../terminal/progress.js";
import type { Side } from "./compare-samples.js";

/** A build that is brought up for each of its runs. */
export interface Build {
  readonly label: string;
  /** Brings it up; what comes back is given to k6 as environment, and `stop` takes it down again. */
  start(): Promise<{ readonly env: Readonly<Record<string, string>>; stop(): Promise<void> }>;
}

export interface InterleaveOptions {
  readonly script: string;
  readonly k6Path: string;
  readonly k6Args?: readonly string[];
  readonly rounds: number;
  readonly progress?: (line: string) => void;
  readonly isTty?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Loads two builds in turn, so that what the machine does meanwhile hits both. The order changes from round to round
 * (AB BA AB …): a drift that goes one way cancels out.
 * @throws LoadTestError when a build or k6 cannot be run, or the user stopped it
 */
export async function interleave(
  baseline: Build,
  candidate: Build,
  options: InterleaveOptions,
): Promise<{ readonly baseline: Side; readonly candidate: Side }> {
  await requireScript(options.script);
  await k6Version(options.k6Path);
  const say = options.progress ?? (() => {});
  const runs: readonly [Samples[], Samples[]] = [[], []];
  const builds = [baseline, candidate] as const;
  for (let round = 0; round < options.rounds; round++) {
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      say(`round ${round + 1} of ${options.rounds}: ${builds[which].label}`);
      runs[which].push(await runOnce(builds[which], options));
    }
  }
  return {
    baseline: { label: baseline.label, runs: runs[0] },
    candidate: { label: candidate.label, runs: runs[1] },
  };
}

async function runOnce(build: Build, options: InterleaveOptions): Promise<Samples> {
  options.signal?.throwIfAborted();
  const { env, stop } = await build.start();
  try {
    const progress = new Progress(options.progress ?? (() => {}), options.isTty === true);
    const { samples, exit } = await measureLoad({ ...options, env, testId: "venturi-compare" }, progress);
    if (exit.interrupted) throw new LoadTestError("the comparison was stopped before its last round");
    return samples;
  } finally {
    await stop();
  }
}
