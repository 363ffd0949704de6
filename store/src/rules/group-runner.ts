import type { RuleGroup } from "./rule-group.js";

/** Node's timers take no more. */
const maxDelayMs = 2 ** 31 - 1;

/** Evaluates a group at each of its times, until it is stopped. */
export class GroupRunner {
  readonly group: RuleGroup;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  /** @param now milliseconds since 1970 */
  constructor(group: RuleGroup, now: () => number) {
    this.group = group;
    this.#now = now;
  }

  /** The first evaluation is at the group's next time. */
  start(): void {
    const { slot } = this.group;
    this.#schedule(slot.lastMs(this.#now()) + slot.intervalMs);
  }

  /** Evaluates for one time now: for tests and tools that keep their own clock. */
  evaluate(timeMs: number): Promise<void> {
    return this.group.evaluate(timeMs, this.#stop.signal);
  }

  /** Resolves when the rule that is being evaluated, if any, has ended; the group's others are left out. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(timeMs: number): void {
    const delayMs = timeMs - this.#now();
    const run = (): void => {
      if (delayMs > maxDelayMs) this.#schedule(timeMs);
      else this.#running = this.#run(timeMs);
    };
    this.#timer = setTimeout(run, Math.min(delayMs, maxDelayMs));
    this.#timer.unref();
  }

  async #run(timeMs: number): Promise<void> {
    await this.evaluate(timeMs);
    if (this.#stop.signal.aborted) return;
    // After a slow evaluation the last of the times that passed is made up for, the others are left out.
    const { intervalMs } = this.group.slot;
    const passed = Math.floor((this.#now() - timeMs) / intervalMs);
    this.#schedule(timeMs + Math.max(1, passed) * intervalMs);
  }
}
