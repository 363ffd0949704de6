import type { KneeStep } from "./steps.js";

/** When a system is loaded enough. */
export interface Limits {
  /** Share of failed requests, 0…1. */
  readonly failedShareMax: number;
  /** p95 ceiling, milliseconds. */
  readonly p95MaxMs: number;
}

/** Below this share of the offered rate the queue grows and nothing is gained by more. */
const keptUp = 0.9;

/** Why a step shows that the capacity is passed; undefined when it does not. */
export function overload(step: KneeStep, limits: Limits): string | undefined {
  if (step.failedShare > limits.failedShareMax) return "too many requests fail";
  if (step.p95Ms > limits.p95MaxMs) return "the p95 is above its ceiling";
  return step.throughput < step.offeredRequests * keptUp ? "it can't keep up" : undefined;
}
