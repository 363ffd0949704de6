import { expect, test } from "vitest";
import { type Clock, DelayLine } from "./delay-line.js";

/** Time stands still until it is moved. */
class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  setTimeout(run: () => void, delayMs: number): void {
    this.#timers.push({ atMs: this.#nowMs + delayMs, run });
  }

  advanceTo(ms: number): void {
    for (;;) {
      this.#timers.sort((a, b) => a.atMs - b.atMs);
      const next = this.#timers[0];
      if (next === undefined || next.atMs > ms) break;
      this.#timers.shift();
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = ms;
  }
}

function line(delays: { ms: number }): { clock: VirtualClock; push: (item: string) => void; out: string[] } {
  const clock = new VirtualClock();
  const out: string[] = [];
  const delayLine = new DelayLine<string>(
    (item) => out.push(`${item}@${clock.now()}`),
    () => delays.ms,
    clock,
  );
  return { clock, push: (item) => delayLine.push(item), out };
}

test("without a delay an item passes at once", () => {
  const { push, out } = line({ ms: 0 });
  push("a");
  expect(out).toEqual(["a@0"]);
});

test("every item is held back by the delay of its own moment", () => {
  const { clock, push, out } = line({ ms: 60 });
  push("a");
  clock.advanceTo(25);
  push("b");
  clock.advanceTo(59);
  expect(out).toEqual([]);
  clock.advanceTo(200);
  expect(out).toEqual(["a@60", "b@85"]);
});

test("an item never overtakes an earlier one when the delay shrinks", () => {
  const delays = { ms: 100 };
  const { clock, push, out } = line(delays);
  push("slow");
  delays.ms = 0;
  clock.advanceTo(10);
  push("fast");
  expect(out).toEqual([]);
  clock.advanceTo(100);
  expect(out).toEqual(["slow@100", "fast@100"]);
});
