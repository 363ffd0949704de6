import type { Batch } from "@venturi/otlp";
import type { Consumer, Outcome } from "../component.js";

/** A consumer that somebody holds on to while a reload points it elsewhere. */
export class Switch implements Consumer {
  private target: Consumer = UNWIRED;
  private held: (() => void)[] | undefined;
  private readonly onWaiting: (items: number) => void;

  /** `onWaiting` hears of items that begin (negative: cease) to wait. */
  constructor(onWaiting: (items: number) => void = () => {}) {
    this.onWaiting = onWaiting;
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    const { held } = this;
    if (held === undefined) return this.target.consume(batch);
    this.onWaiting(batch.itemCount);
    return new Promise((resolve) => {
      held.push(() => {
        this.onWaiting(-batch.itemCount);
        resolve(this.target.consume(batch));
      });
    });
  }

  point(target: Consumer): void {
    this.target = target;
  }

  /** What comes from now on waits. */
  hold(): void {
    this.held ??= [];
  }

  /** What waits goes on, in its order. */
  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const go of held) go();
  }
}

const UNWIRED: Consumer = {
  consume: () => {
    throw new Error("BUG: a batch came before the pipelines were joined");
  },
};
