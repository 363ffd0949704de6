/** The clock a delay line runs on; replaceable, so that tests need not wait. */
export interface Clock {
  now(): number;
  setTimeout(run: () => void, delayMs: number): unknown;
}

const systemClock: Clock = { now: () => performance.now(), setTimeout: (run, delayMs) => setTimeout(run, delayMs) };

/**
 * Hands items on after a delay that may change at any moment. Order is kept: an item never overtakes an earlier one,
 * even when the delay shrinks in between.
 */
export class DelayLine<T> {
  readonly #deliver: (item: T) => void;
  readonly #delayMs: () => number;
  readonly #clock: Clock;
  readonly #items: { readonly item: T; readonly dueMs: number }[] = [];
  #waiting = false;

  constructor(deliver: (item: T) => void, delayMs: () => number, clock: Clock = systemClock) {
    this.#deliver = deliver;
    this.#delayMs = delayMs;
    this.#clock = clock;
  }

  push(item: T): void {
    const delayMs = this.#delayMs();
    if (delayMs === 0 && this.#items.length === 0) {
      this.#deliver(item);
      return;
    }
    this.#items.push({ item, dueMs: this.#clock.now() + delayMs });
    this.#wait();
  }

  #wait(): void {
    const first = this.#items[0];
    if (this.#waiting || first === undefined) return;
    this.#waiting = true;
    this.#clock.setTimeout(
      () => {
        this.#waiting = false;
        this.#deliverDue();
        this.#wait();
      },
      // Timers may fire a fraction early; rounding up keeps the delay a lower bound.
      Math.max(0, Math.ceil(first.dueMs - this.#clock.now())),
    );
  }

  #deliverDue(): void {
    const nowMs = this.#clock.now();
    while (this.#items[0] !== undefined && this.#items[0].dueMs <= nowMs) this.#deliver(this.#items.shift()!.item);
  }
}
