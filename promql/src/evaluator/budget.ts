import { setImmediate } from "node:timers/promises";
import { PromqlError } from "../errors.js";

/** How long the evaluator may hold the event loop before it lets others run, and sees an abort. */
const SLICE_MS = 12;

/** What one query may use: samples in memory, time, and the caller's patience. */
export class Budget {
  readonly #maxSamples: number;
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;
  #samples = 0;
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

  /** Counts samples that are now in memory; throws when there are too many. */
  take(samples: number): void {
    this.#samples += samples;
    if (this.#samples <= this.#maxSamples) return;
    const text = "query processing would load too many samples into memory in query execution";
    throw new PromqlError("execution", text);
  }

  /** Back to a count read earlier, plus what is kept of the work since. */
  settle(before: number, kept: number): void {
    this.#samples = before;
    this.take(kept);
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

  /** Whether it is time to `pause`. */
  get isSliceOver(): boolean {
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
