/** The evaluation times of a query or subquery: `steps` points, `stepMs` apart. An instant query is a grid of one. */
export class Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;
  /** Whether this is one time, and not an interval that happens to hold one step. */
  readonly isInstant: boolean;

  constructor(startMs: number, endMs: number, stepMs: number) {
    this.startMs = startMs;
    this.stepMs = stepMs;
    this.isInstant = startMs === endMs;
    this.steps = endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1;
  }

  get endMs(): number {
    return this.startMs + (this.steps - 1) * this.stepMs;
  }

  timeAt(step: number): number {
    return this.startMs + step * this.stepMs;
  }

  /** The grid of the first step alone, for what is the same at every step. */
  first(): Grid {
    return this.isInstant ? this : new Grid(this.startMs, this.startMs, this.stepMs);
  }
}
