import { Random } from "../promql/random.js";
import { type Finding, keyOf, shrink } from "./finding.js";
import { Broken, type RunningTarget, type Target } from "./target.js";

/** One input taking longer than this is as bad as a crash. */
const SLOW_MS = 1000;
/** One fault is told once; after so many different ones there is something more basic to look at. */
const MAX_FINDINGS = 20;

export interface Stretch {
  readonly seed: number;
  /** Indexes `[from, to)` of inputs. */
  readonly from: number;
  readonly to: number;
}

/** What is said while a stretch runs. */
export interface Progress {
  /** A lane begins an input; -1: it has none any more. */
  begins(lane: number, index: number): void;
  found(finding: Finding): void;
}

export interface Tally {
  readonly accepted: number;
  readonly refused: number;
  readonly failed: number;
}

/** The input of an index, without those before it. */
export function inputOf(running: RunningTarget, target: Target, seed: number, index: number): Buffer {
  let state = seed >>> 0;
  for (const part of [...Buffer.from(target.name), index & 0xffff, index >>> 16]) {
    state = Math.imul(state ^ part, 0x9e37_79b1) >>> 0;
    state = (state ^ (state >>> 15)) >>> 0;
  }
  return running.make(new Random(state));
}

/** Runs the inputs of a stretch in as many lanes as the target allows. */
export async function runStretch(target: Target, { seed, from, to }: Stretch, progress: Progress): Promise<Tally> {
  const running = await target.start();
  const tally = { accepted: 0, refused: 0, failed: 0 };
  const keys = new Set<string>();
  let next = from;

  const fail = async (error: unknown, index: number, input: Buffer): Promise<void> => {
    tally.failed++;
    const key = keyOf(error);
    if (keys.has(key) || keys.size >= MAX_FINDINGS) return;
    keys.add(key);
    const small = await shrink(input, key, running.run);
    progress.found({ key, message: describe(error), index, input: small });
  };

  const lane = async (number: number): Promise<void> => {
    while (next < to) {
      const index = next++;
      progress.begins(number, index);
      const input = inputOf(running, target, seed, index);
      const began = performance.now();
      try {
        const answer = running.run(input);
        if (typeof answer === "boolean" ? answer : await answer) tally.accepted++;
        else tally.refused++;
        if (performance.now() - began > SLOW_MS) await confirmSlow(running, input);
      } catch (error) {
        await fail(error, index, input);
      }
    }
    progress.begins(number, -1);
  };

  await Promise.all(Array.from({ length: target.concurrency }, (_, number) => lane(number)));
  try {
    await running.finish?.();
  } catch (error) {
    tally.failed++;
    progress.found({ key: keyOf(error), message: describe(error), index: to, input: Buffer.alloc(0) });
  } finally {
    await running.close?.();
  }
  return tally;
}

/** On a busy machine anything can take a second once. @throws Broken when it always does */
async function confirmSlow(running: RunningTarget, input: Buffer): Promise<void> {
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const began = performance.now();
    await running.run(input);
    fastestMs = Math.min(fastestMs, performance.now() - began);
  }
  if (fastestMs > SLOW_MS) throw new Broken(`takes ${Math.round(fastestMs)} ms`);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
