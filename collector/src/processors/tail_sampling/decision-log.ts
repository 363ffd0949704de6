import { grown } from "../../records/grown.js";
import { IdTable, NOT_FOUND } from "../../records/id-table.js";
import { IndexList } from "./index-list.js";
import type { Verdict } from "./verdict.js";

const VERDICTS_PER_WORD = 8;

/** Why a trace got its decision, when no policy gave it. */
export type Cause = "policies" | "evicted_num_traces" | "evicted_bytes" | "trace_too_large" | "shutdown";
const CAUSES: readonly Cause[] = ["policies", "evicted_num_traces", "evicted_bytes", "trace_too_large", "shutdown"];

/** A decision that is to be remembered. */
export interface Decision {
  readonly verdict: Verdict;
  readonly cause: Cause;
  /** Number of the policy that decided; -1: none did. */
  readonly policy: number;
  readonly spans: number;
  readonly arrivedMs: number;
  readonly decidedMs: number;
}

export interface LoggedDecision extends Decision {
  readonly lateSpans: number;
  /** What each policy said. */
  readonly verdicts: readonly Verdict[];
}

/** The last decisions and what each policy said of them, in columns: about 60 bytes each. */
export class DecisionLog {
  private readonly size: number;
  private readonly policies: number;
  private readonly words: number;
  private readonly ids = new IdTable(16);
  private readonly order = new IndexList();
  private columns = 0;
  private verdicts = new Uint8Array(0);
  private causes = new Uint8Array(0);
  private deciders = new Int16Array(0);
  private spans = new Uint32Array(0);
  private late = new Uint32Array(0);
  private arrivedMs = new Float64Array(0);
  private decidedMs = new Float64Array(0);
  private said = new Uint32Array(0);

  constructor(size: number, policies: number) {
    this.size = size;
    this.policies = policies;
    this.words = Math.max(1, Math.ceil(policies / VERDICTS_PER_WORD));
  }

  /** @param said What each policy said. */
  record(a: number, b: number, c: number, d: number, decision: Decision, said: Uint8Array): void {
    if (this.size === 0) return;
    let index = this.ids.find(a, b, c, d);
    if (index !== NOT_FOUND) this.order.remove(index);
    else {
      if (this.ids.size === this.size) {
        const oldest = this.order.first;
        this.order.remove(oldest);
        this.ids.remove(oldest);
      }
      index = this.ids.add(a, b, c, d);
      if (index >= this.columns) this.resize();
    }
    this.order.push(index);
    this.verdicts[index] = decision.verdict;
    this.causes[index] = CAUSES.indexOf(decision.cause);
    this.deciders[index] = decision.policy;
    this.spans[index] = decision.spans;
    this.late[index] = 0;
    this.arrivedMs[index] = decision.arrivedMs;
    this.decidedMs[index] = decision.decidedMs;
    const { words, policies } = this;
    for (let word = 0; word < words; word++) this.said[index * words + word] = 0;
    for (let policy = 0; policy < policies; policy++) {
      const at = index * words + (policy >>> 3);
      this.said[at] = (this.said[at] as number) | ((said[policy] as number) << ((policy & 7) * 4));
    }
  }

  /** A span of a decided trace has come. */
  recordLate(a: number, b: number, c: number, d: number): void {
    const index = this.ids.find(a, b, c, d);
    if (index !== NOT_FOUND) this.late[index] = (this.late[index] as number) + 1;
  }

  find(a: number, b: number, c: number, d: number): LoggedDecision | undefined {
    const index = this.ids.find(a, b, c, d);
    if (index === NOT_FOUND) return undefined;
    const verdicts = Array.from({ length: this.policies }, (_, policy) => {
      const word = this.said[index * this.words + (policy >>> 3)] as number;
      return ((word >>> ((policy & 7) * 4)) & 15) as Verdict;
    });
    return {
      verdict: this.verdicts[index] as Verdict,
      cause: CAUSES[this.causes[index] as number] as Cause,
      policy: this.deciders[index] as number,
      spans: this.spans[index] as number,
      lateSpans: this.late[index] as number,
      arrivedMs: this.arrivedMs[index] as number,
      decidedMs: this.decidedMs[index] as number,
      verdicts,
    };
  }

  private resize(): void {
    const { capacity } = this.ids;
    this.verdicts = grown(this.verdicts, new Uint8Array(capacity));
    this.causes = grown(this.causes, new Uint8Array(capacity));
    this.deciders = grown(this.deciders, new Int16Array(capacity));
    this.spans = grown(this.spans, new Uint32Array(capacity));
    this.late = grown(this.late, new Uint32Array(capacity));
    this.arrivedMs = grown(this.arrivedMs, new Float64Array(capacity));
    this.decidedMs = grown(this.decidedMs, new Float64Array(capacity));
    this.said = grown(this.said, new Uint32Array(capacity * this.words));
    this.columns = capacity;
  }
}
