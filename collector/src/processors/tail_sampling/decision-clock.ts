import type { TraceTable } from "./trace-table.js";

/**
 * Which traces are due at which tick. A trace that comes between two ticks joins the batch that is being built, which is
 * decided after as many further ticks as `decision_wait` has seconds.
 */
export class DecisionClock {
  /** Number of the next tick. */
  tick = 0;
  private readonly waitTicks: number;
  /** Numbers of traces by tick, in a ring. A number stays in a batch that its trace has left: `dueTicks` is what counts. */
  private readonly batches: number[][];
  private readonly traces: TraceTable;

  constructor(waitMs: number, traces: TraceTable) {
    this.waitTicks = Math.max(1, Math.floor(waitMs / 1000));
    this.batches = Array.from({ length: this.waitTicks + 1 }, () => []);
    this.traces = traces;
  }

  /** The tick at which a trace that comes now is due. */
  get due(): number {
    return this.tick + this.waitTicks;
  }

  /** How many ticks it takes until every trace that is here now was due. */
  get span(): number {
    return this.waitTicks + 1;
  }

  join(index: number): void {
    this.batchOf(this.traces.dueTicks[index] as number).push(index);
  }

  /** Makes a trace due after `waitMs`, unless it is due before that anyway. */
  hasten(index: number, waitMs: number): void {
    const due = this.tick + Math.floor(waitMs / 1000);
    if (due >= (this.traces.dueTicks[index] as number)) return;
    this.traces.dueTicks[index] = due;
    this.batchOf(due).push(index);
  }

  /** Numbers that may be due now, some of them of traces that are gone or due at another tick; the next tick begins. */
  take(): number[] {
    const at = this.tick % this.batches.length;
    const batch = this.batches[at] as number[];
    this.batches[at] = [];
    this.tick++;
    return batch;
  }

  private batchOf(tick: number): number[] {
    return this.batches[tick % this.batches.length] as number[];
  }
}
