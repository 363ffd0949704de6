import { setImmediate } from "node:timers/promises";
import { PromqlError } from "../errors.js";

/** How long the evaluator may hold the event loop before it lets others run, and sees an abort. */
const SLICE_MS = 8;

/** Units of work (a slot, a sample: some nanoseconds each) between two looks at the clock. */
const UNITS_PER_LOOK = 16_384;

/** What one query may use: samples in memory, time, and the caller's patience. */
export class Budget {
  readonly #maxSamples: number;
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;
  #samples = 0;
  #slots = 0;
  #units = 0;
  #sliceEnd: number;

  constructor(maxSamples: number, timeoutMs: number, signal: AbortSignal | undefined) {
    this.#maxSamples = maxSamples;
    const now = performance.now();
    this.#deadline = now + timeoutMs;
    this.#sliceEnd = now + SLICE_MS;
    this.#signal = signal;
  }

  get samples(): number {
    return this.#samples;
  }

  get slots(): number {
    return this.#slots;
  }

  /** Counts samples that are now in memory; throws when there are too many. */
  take(samples: number): void {
    this.#samples += samples;
    if (this.#samples > this.#maxSamples) throw tooManySamples();
  }

  /**
   * Counts slots that are about to be allocated, filled or not: results hold one per step. Throws when they would take
   * much more memory than the samples that are allowed.
   */
  reserve(slots: number): void {
    this.#slots += slots;
    if (this.#slots > 2 * this.#maxSamples) throw tooManySamples();
  }

  /** Back to counts read earlier, plus what is kept of the work since. */
  settle(before: { samples: number; slots: number }, kept: { samples: number; slots: number }): void {
    this.#samples = before.samples;
    this.#slots = before.slots;
    this.take(kept.samples);
    this.reserve(kept.slots);
  }

  /** Throws when the query was canceled or ran out of time. */
  check(): void {
    if (this.#signal?.aborted) {
      const options = { cause: this.#signal.reason };
      throw new PromqlError("canceled", "query was canceled in expression evaluation", undefined, options);
    }
    if (performance.now() > this.#deadline) {
      throw new PromqlError("timeout", "query timed out in expression evaluation");
    }
  }

  /** Notes work done; true when it is time to `pause`. */
  spend(units: number): boolean {
    this.#units += units;
    if (this.#units < UNITS_PER_LOOK) return false;
    this.#units = 0;
    return performance.now() > this.#sliceEnd;
  }

  /** Lets the event loop run, then checks. */
  async pause(): Promise<void> {
    this.check();
    await setImmediate();
    this.check();
    this.#sliceEnd = performance.now() + SLICE_MS;
  }
}

function tooManySamples(): PromqlError {
  const text = "query processing would load too many samples into memory in query execution";
  return new PromqlError("execution", text);
}

/** Maps a list, giving way to the event loop in between; each element costs some units of work. */
export async function mapInSlices<T, R>(
  budget: Budget,
  items: readonly T[],
  units: number,
  map: (item: T, index: number) => R,
): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    results.push(map(item, index));
    if (budget.spend(units)) await budget.pause();
  }
  return results;
}
