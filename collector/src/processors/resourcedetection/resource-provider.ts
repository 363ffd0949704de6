import { setTimeout as wait } from "node:timers/promises";
import { Backoff } from "../../export/backoff.js";
import type { Logger } from "../../telemetry/logger.js";
import { type Detected, type Detector, mergeDetected } from "./detector.js";

/** A detector that fails tries again until the time is over. */
const RETRY = {
  enabled: true,
  initial_interval: 1000,
  randomization_factor: 0.5,
  multiplier: 2,
  max_interval: 60_000,
  max_elapsed_time: 0,
} as const;

/**
 * Asks all detectors at once.
 * @param stop Ends it before `timeoutMs` passed.
 * @throws Error that names every detector which failed.
 */
export async function detectAll(
  detectors: readonly Detector[],
  timeoutMs: number,
  stop: AbortSignal,
  log: Logger,
): Promise<Detected> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  const results = await Promise.allSettled(detectors.map((detector) => detectOrRetry(detector, signal, log)));
  const problems: string[] = [];
  const found: Detected[] = [];
  for (const [index, result] of results.entries()) {
    if (result.status === "fulfilled") found.push(result.value);
    else problems.push(`detector ${detectors[index]?.name}: ${(result.reason as Error).message}`);
  }
  if (problems.length > 0) throw new Error(problems.join("; "));
  return mergeDetected(found);
}

async function detectOrRetry(detector: Detector, signal: AbortSignal, log: Logger): Promise<Detected> {
  const backoff = new Backoff(RETRY, performance.now());
  for (;;) {
    try {
      return await detector.detect(signal);
    } catch (error) {
      const waitMs = backoff.nextMs(performance.now(), undefined) ?? 0;
      if (signal.aborted) throw error;
      log.warn(`failed to detect resource, trying again: detector ${detector.name}: ${(error as Error).message}`);
      // What the detector said is told, not that the time is over.
      await wait(waitMs, undefined, { signal }).catch(() => Promise.reject(error));
    }
  }
}
