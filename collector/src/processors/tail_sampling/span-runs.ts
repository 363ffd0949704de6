import { grown } from "../../records/grown.js";
import type { ScopeHeader } from "../../records/scope-header.js";
import type { HeldMemory } from "./held-memory.js";

export const NO_RUN = -1;

/**
 * The waiting spans, as positions in the requests they came in: a run is spans of one trace that lie side by side in one
 * scope. Runs of a trace are a list from its first to its last. Each is a use of the memory that it lies in.
 */
export class SpanRuns {
  private readonly memory: HeldMemory;
  private readonly scopes: (ScopeHeader | undefined)[] = [];
  private starts = new Int32Array(256);
  private ends = new Int32Array(256);
  private counts = new Int32Array(256);
  private nexts = new Int32Array(256);
  private firstFree = NO_RUN;

  constructor(memory: HeldMemory) {
    this.memory = memory;
  }

  /** Adds a span behind the run `last` of its trace and answers the run that it is in; `last` itself when they touch. */
  append(last: number, scope: ScopeHeader, start: number, end: number): number {
    if (last !== NO_RUN && this.ends[last] === start && this.scopes[last] === scope) {
      this.ends[last] = end;
      this.counts[last] = (this.counts[last] as number) + 1;
      return last;
    }
    const run = this.allocate();
    scope.resource.slice.uses++;
    this.scopes[run] = scope;
    this.starts[run] = start;
    this.ends[run] = end;
    this.counts[run] = 1;
    this.nexts[run] = NO_RUN;
    if (last !== NO_RUN) this.nexts[last] = run;
    return run;
  }

  /** Hands the runs from `first` on to `take`, and lets them go. */
  release(first: number, take?: (scope: ScopeHeader, start: number, end: number, spans: number) => void): void {
    for (let run = first; run !== NO_RUN; ) {
      const scope = this.scopes[run] as ScopeHeader;
      take?.(scope, this.starts[run] as number, this.ends[run] as number, this.counts[run] as number);
      this.scopes[run] = undefined;
      this.memory.release(scope.resource.slice);
      const next = this.nexts[run] as number;
      this.nexts[run] = this.firstFree;
      this.firstFree = run;
      run = next;
    }
  }

  private allocate(): number {
    const free = this.firstFree;
    if (free !== NO_RUN) {
      this.firstFree = this.nexts[free] as number;
      return free;
    }
    const run = this.scopes.push(undefined) - 1;
    if (run === this.starts.length) this.grow();
    return run;
  }

  private grow(): void {
    const capacity = this.starts.length * 2;
    this.starts = grown(this.starts, new Int32Array(capacity));
    this.ends = grown(this.ends, new Int32Array(capacity));
    this.counts = grown(this.counts, new Int32Array(capacity));
    this.nexts = grown(this.nexts, new Int32Array(capacity));
  }
}
