import { grown } from "../../records/grown.js";
import { IdTable } from "../../records/id-table.js";
import type { SpanFields } from "../../records/span-fields.js";
import type { TraceFacts } from "./policies.js";
import { NO_RUN } from "./span-runs.js";
import { NOT_EVALUATED, type Verdict } from "./verdict.js";

const TWO_32 = 2 ** 32;

/**
 * What is known of each trace, by the number that its id has in the table: columns, so that a trace costs no object. It is
 * also the `TraceFacts` of the trace that `facts` is called for.
 */
export class TraceTable extends IdTable implements TraceFacts {
  /** Of the trace that is being decided; see `select`. */
  spanCount = 0;
  byteLength = 0;

  spanCounts!: Uint32Array;
  sizes!: Float64Array;
  arrivedMs!: Float64Array;
  /** 0: not yet, or as it was too large. */
  decidedMs!: Float64Array;
  /** Number of the tick that decides it. */
  dueTicks!: Uint32Array;
  decisions!: Uint8Array;
  firstRuns!: Int32Array;
  lastRuns!: Int32Array;
  /** Serial number of the last Resource* in which spans of it came. */
  lastChunks!: Uint32Array;
  private truths!: Uint32Array;
  private startLow!: Uint32Array;
  private startHigh!: Uint32Array;
  private endLow!: Uint32Array;
  private endHigh!: Uint32Array;
  private readonly truthWords: number;
  private columns = 0;
  private selected = 0;

  /** @param conditions How many bits are kept of a trace. */
  constructor(capacity: number, conditions: number) {
    super(capacity);
    this.truthWords = Math.max(1, Math.ceil(conditions / 32));
    this.resize();
  }

  /** Adds a trace that is not in the table. */
  open(fields: SpanFields, nowMs: number, dueTick: number): number {
    const index = this.add(fields.trace0, fields.trace1, fields.trace2, fields.trace3);
    if (index >= this.columns) this.resize();
    this.spanCounts[index] = 0;
    this.sizes[index] = 0;
    this.arrivedMs[index] = nowMs;
    this.decidedMs[index] = 0;
    this.dueTicks[index] = dueTick;
    this.decisions[index] = NOT_EVALUATED;
    this.firstRuns[index] = this.lastRuns[index] = NO_RUN;
    this.lastChunks[index] = 0;
    this.forgetSpans(index);
    return index;
  }

  /** Makes all conditions untrue and the trace timeless. */
  forgetSpans(index: number): void {
    const { truthWords } = this;
    for (let word = 0; word < truthWords; word++) this.truths[index * truthWords + word] = 0;
    this.startLow[index] = this.startHigh[index] = this.endLow[index] = this.endHigh[index] = 0;
  }

  decision(index: number): Verdict {
    return this.decisions[index] as Verdict;
  }

  isTrue(index: number, condition: number): boolean {
    return ((this.truths[index * this.truthWords + (condition >>> 5)] as number) & (1 << (condition & 31))) !== 0;
  }

  setTrue(index: number, condition: number): void {
    const at = index * this.truthWords + (condition >>> 5);
    this.truths[at] = (this.truths[at] as number) | (1 << (condition & 31));
  }

  /**
   * Widens the times of the trace by those of a span and answers the whole milliseconds that they then span. As upstream, a
   * time of 0 counts as none.
   */
  widen(index: number, span: SpanFields): number {
    let startLow = this.startLow[index] as number;
    let startHigh = this.startHigh[index] as number;
    let endLow = this.endLow[index] as number;
    let endHigh = this.endHigh[index] as number;
    if ((startLow | startHigh) === 0 || isLess(span.startHigh, span.startLow, startHigh, startLow)) {
      this.startLow[index] = startLow = span.startLow;
      this.startHigh[index] = startHigh = span.startHigh;
    }
    if ((endLow | endHigh) === 0 || isLess(endHigh, endLow, span.endHigh, span.endLow)) {
      this.endLow[index] = endLow = span.endLow;
      this.endHigh[index] = endHigh = span.endHigh;
    }
    // Exact for durations below 104 days, where the times themselves as doubles would round.
    return Math.trunc(((endHigh - startHigh) * TWO_32 + (endLow - startLow)) / 1e6);
  }

  /** Makes this the facts of one trace. */
  facts(index: number): TraceFacts {
    this.selected = index;
    this.spanCount = this.spanCounts[index] as number;
    this.byteLength = this.sizes[index] as number;
    return this;
  }

  idWord(which: 0 | 1 | 2 | 3): number {
    return this.word(this.selected, which);
  }

  holds(condition: number): boolean {
    return this.isTrue(this.selected, condition);
  }

  private resize(): void {
    const { capacity, truthWords } = this;
    this.spanCounts = grown(this.spanCounts, new Uint32Array(capacity));
    this.sizes = grown(this.sizes, new Float64Array(capacity));
    this.arrivedMs = grown(this.arrivedMs, new Float64Array(capacity));
    this.decidedMs = grown(this.decidedMs, new Float64Array(capacity));
    this.dueTicks = grown(this.dueTicks, new Uint32Array(capacity));
    this.decisions = grown(this.decisions, new Uint8Array(capacity));
    this.firstRuns = grown(this.firstRuns, new Int32Array(capacity));
    this.lastRuns = grown(this.lastRuns, new Int32Array(capacity));
    this.lastChunks = grown(this.lastChunks, new Uint32Array(capacity));
    this.truths = grown(this.truths, new Uint32Array(capacity * truthWords));
    this.startLow = grown(this.startLow, new Uint32Array(capacity));
    this.startHigh = grown(this.startHigh, new Uint32Array(capacity));
    this.endLow = grown(this.endLow, new Uint32Array(capacity));
    this.endHigh = grown(this.endHigh, new Uint32Array(capacity));
    this.columns = capacity;
  }
}

/** Whether the 64-bit number of the first two halves is below that of the other two. */
function isLess(aHigh: number, aLow: number, bHigh: number, bLow: number): boolean {
  return aHigh < bHigh || (aHigh === bHigh && aLow < bLow);
}
