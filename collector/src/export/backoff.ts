import type { RetryConfig } from "./queue-config.js";

/** Exponential waits with jitter, as the Collector's `retry_on_failure` has them. */
export class Backoff {
  private intervalMs: number;
  private readonly config: RetryConfig;
  private readonly random: () => number;
  private readonly startedMs: number;

  constructor(config: RetryConfig, nowMs: number, random: () => number = Math.random) {
    this.config = config;
    this.random = random;
    this.intervalMs = config.initial_interval;
    this.startedMs = nowMs;
  }

  /** How long to wait before the next attempt; undefined when `max_elapsed_time` would pass. */
  nextMs(nowMs: number, retryAfterMs: number | undefined): number | undefined {
    const spread = this.config.randomization_factor * this.intervalMs;
    const jittered = this.intervalMs - spread + this.random() * 2 * spread;
    this.intervalMs = Math.min(this.intervalMs * this.config.multiplier, this.config.max_interval);
    // The destination's wish is a minimum: never sooner.
    const waitMs = Math.max(jittered, retryAfterMs ?? 0);
    const limit = this.config.max_elapsed_time;
    return limit > 0 && nowMs - this.startedMs + waitMs > limit ? undefined : waitMs;
  }
}
