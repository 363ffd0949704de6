import { type LoadStep, sortedQuantile } from "@venturi/analysis";
import type { Samples } from "../k6/measurements.js";
import type { Staircase } from "./staircase.js";

/** What one step of the staircase measured. Its first part is left out: queues of the step before drain in it. */
export interface KneeStep extends LoadStep {
  /** Iterations per second that were asked for. */
  readonly offered: number;
  /** Requests that those iterations would make per second: what `throughput` would be without a limit. */
  readonly offeredRequests: number;
  /** Requests answered without failure, per second. */
  readonly goodput: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** 0…1 */
  readonly failedShare: number;
  /** Requests under way at once, by Little's law: throughput × mean time. */
  readonly concurrency: number;
}

const settling = 0.3;
const requestsMin = 5;

/** The complete steps of a staircase that began with the first request; `iterations` were finished in all. */
export function stepsOf(samples: Samples, iterations: number, { rates, stepSeconds }: Staircase): KneeStep[] {
  const startMs = firstStart(samples);
  const endMs = samples.endMs.reduce((latest, value) => Math.max(latest, value), 0);
  const stepMs = stepSeconds * 1000;
  const perIteration = samples.endMs.length / Math.max(1, iterations);
  return rates.flatMap((offered, index) => {
    const from = startMs + (index + settling) * stepMs;
    const to = startMs + (index + 1) * stepMs;
    if (to > endMs + stepMs * 0.1) return [];
    const step = measure(samples, from, to);
    return step === undefined ? [] : [{ offered, offeredRequests: offered * perIteration, ...step }];
  });
}

function measure(
  samples: Samples,
  from: number,
  to: number,
): Omit<KneeStep, "offered" | "offeredRequests"> | undefined {
  const durations: number[] = [];
  let [failed, totalMs] = [0, 0];
  for (let at = 0; at < samples.endMs.length; at++) {
    const endMs = samples.endMs[at] ?? 0;
    if (endMs < from || endMs >= to) continue;
    durations.push(samples.durationMs[at] ?? 0);
    totalMs += samples.durationMs[at] ?? 0;
    failed += samples.failed[at] ?? 0;
  }
  const count = durations.length;
  if (count < requestsMin) return undefined;
  const seconds = (to - from) / 1000;
  const sorted = Float64Array.from(durations).sort();
  return {
    startMs: from,
    endMs: to,
    throughput: count / seconds,
    goodput: (count - failed) / seconds,
    p50Ms: sortedQuantile(sorted, 0.5),
    p95Ms: sortedQuantile(sorted, 0.95),
    failedShare: failed / count,
    concurrency: totalMs / 1000 / seconds,
  };
}

function firstStart({ endMs, durationMs }: Samples): number {
  let first = Number.POSITIVE_INFINITY;
  for (let at = 0; at < endMs.length; at++) first = Math.min(first, (endMs[at] ?? 0) - (durationMs[at] ?? 0));
  return first;
}
