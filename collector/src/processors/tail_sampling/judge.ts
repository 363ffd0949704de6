import type { TailSamplingMetrics } from "./metrics.js";
import type { NamedPolicy, TraceFacts } from "./policies.js";
import { DROPPED, NOT_EVALUATED, NOT_SAMPLED, SAMPLED, type Verdict } from "./verdict.js";

export const NO_POLICY = -1;
/** The clock is read for one trace in so many: reading it for each would cost as much as cheap policies do. */
const TIMED_ONE_IN = 16;

/** Asks the policies about a trace and makes one decision of what they say. */
export class Judge {
  /** What each policy said of the trace that was decided last. */
  readonly said: Uint8Array;
  /** Number of the policy that decided it. */
  decider: number = NO_POLICY;
  private readonly policies: readonly NamedPolicy[];
  private readonly sampleOnFirstMatch: boolean;
  private readonly metrics: TailSamplingMetrics;
  private turns = 0;

  constructor(policies: readonly NamedPolicy[], sampleOnFirstMatch: boolean, metrics: TailSamplingMetrics) {
    this.policies = policies;
    this.sampleOnFirstMatch = sampleOnFirstMatch;
    this.metrics = metrics;
    this.said = new Uint8Array(policies.length);
  }

  /** One policy that drops is enough to drop, else one that samples to sample. */
  decide(trace: TraceFacts): Verdict {
    this.begin();
    for (let index = 0; index < this.policies.length; index++) {
      const verdict = this.ask(index, trace);
      if (verdict === DROPPED) return this.end(index, DROPPED);
      if (verdict !== SAMPLED) continue;
      if (this.decider === NO_POLICY) this.decider = index;
      if (this.sampleOnFirstMatch) break;
    }
    return this.decider === NO_POLICY ? NOT_SAMPLED : SAMPLED;
  }

  /**
   * Of spans that just came: a verdict that later ones can't change, or `NOT_EVALUATED`. As upstream, a drop policy that
   * does not match may still do so later, so with one in the list nothing is sampled before.
   */
  decideEarly(trace: TraceFacts): Verdict {
    this.begin();
    let mayStillDrop = false;
    for (let index = 0; index < this.policies.length; index++) {
      const isDrop = this.policies[index]?.type === "drop";
      if (!isDrop && mayStillDrop) break;
      const verdict = this.ask(index, trace);
      if (verdict === DROPPED || (verdict === SAMPLED && !isDrop)) return this.end(index, verdict);
      mayStillDrop ||= isDrop;
    }
    return NOT_EVALUATED;
  }

  /** Nobody was asked. */
  begin(): void {
    this.said.fill(NOT_EVALUATED);
    this.decider = NO_POLICY;
    this.turns++;
  }

  private end(decider: number, verdict: Verdict): Verdict {
    this.decider = decider;
    return verdict;
  }

  private ask(index: number, trace: TraceFacts): Verdict {
    const { policy } = this.policies[index] as NamedPolicy;
    const isTimed = this.turns % TIMED_ONE_IN === 0;
    const startedMs = isTimed ? performance.now() : 0;
    const verdict = policy.evaluate(trace);
    if (isTimed) this.metrics.policyTook(index, (performance.now() - startedMs) * 1000 * TIMED_ONE_IN);
    this.said[index] = verdict;
    this.metrics.policyDecided(index, verdict);
    return verdict;
  }
}
