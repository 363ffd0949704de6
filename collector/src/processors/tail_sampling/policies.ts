import type { PolicyConfig } from "./config.js";
import type { TokenBucket } from "./token-bucket.js";
import { DEFAULT_SALT, hashThreshold, SaltedHash } from "./trace-id-hash.js";
import { ERROR, NOT_SAMPLED, SAMPLED, type Verdict } from "./verdict.js";

/** What policies ask of a trace when it is decided. One object that is moved from trace to trace. */
export interface TraceFacts {
  readonly spanCount: number;
  readonly byteLength: number;
  /** One of the four big-endian words of the trace id. */
  idWord(which: 0 | 1 | 2 | 3): number;
  /** Whether the condition of that number became true. */
  holds(condition: number): boolean;
}

export interface Policy {
  /** Whether the answer depends on other traces, or may change from true to false as spans arrive. */
  readonly stateful: boolean;
  evaluate(trace: TraceFacts): Verdict;
}

export interface NamedPolicy {
  readonly name: string;
  readonly type: PolicyConfig["type"];
  readonly policy: Policy;
}

export const ALWAYS: Policy = { stateful: false, evaluate: () => SAMPLED };

export class ConditionPolicy implements Policy {
  readonly stateful: boolean;
  private readonly condition: number;
  private readonly inverted: boolean;

  constructor(condition: number, inverted: boolean, stateful: boolean) {
    this.condition = condition;
    this.inverted = inverted;
    this.stateful = stateful;
  }

  evaluate(trace: TraceFacts): Verdict {
    return trace.holds(this.condition) !== this.inverted ? SAMPLED : NOT_SAMPLED;
  }
}

/** Samples the traces whose salted hash is low, the same ones as upstream. */
export class ProbabilisticPolicy implements Policy {
  readonly stateful = false;
  private readonly hash: SaltedHash;
  private readonly high: number;
  private readonly low: number;

  constructor(salt: string, percentage: number) {
    this.hash = new SaltedHash(salt === "" ? DEFAULT_SALT : salt);
    const threshold = hashThreshold(percentage / 100);
    this.high = Number(threshold >> 32n);
    this.low = Number(threshold & 0xffff_ffffn);
  }

  evaluate(trace: TraceFacts): Verdict {
    const { hash, high, low } = this;
    hash.of(trace.idWord(0), trace.idWord(1), trace.idWord(2), trace.idWord(3));
    const ofHigh = hash.result[0] as number;
    const ofLow = hash.result[1] as number;
    return ofHigh < high || (ofHigh === high && ofLow <= low) ? SAMPLED : NOT_SAMPLED;
  }
}

export class LimitPolicy implements Policy {
  readonly stateful = true;
  private readonly bucket: TokenBucket;
  private readonly cost: (trace: TraceFacts) => number;

  constructor(bucket: TokenBucket, cost: (trace: TraceFacts) => number) {
    this.bucket = bucket;
    this.cost = cost;
  }

  evaluate(trace: TraceFacts): Verdict {
    return this.bucket.take(this.cost(trace)) ? SAMPLED : NOT_SAMPLED;
  }
}

export class SpanCountPolicy implements Policy {
  readonly stateful: boolean;
  private readonly min: number;
  private readonly max: number;

  constructor(min: number, max: number) {
    this.min = min;
    this.max = max === 0 ? Number.POSITIVE_INFINITY : max;
    this.stateful = max > 0;
  }

  evaluate({ spanCount }: TraceFacts): Verdict {
    return spanCount >= this.min && spanCount <= this.max ? SAMPLED : NOT_SAMPLED;
  }
}

/** `and` and `drop`: what to say when all sub-policies sample. */
export class AllPolicy implements Policy {
  readonly stateful: boolean;
  private readonly parts: readonly Policy[];
  private readonly verdict: Verdict;

  constructor(parts: readonly Policy[], verdict: Verdict) {
    this.parts = parts;
    this.verdict = verdict;
    this.stateful = parts.some((part) => part.stateful);
  }

  evaluate(trace: TraceFacts): Verdict {
    for (const part of this.parts) {
      const verdict = part.evaluate(trace);
      if (verdict === ERROR || verdict === NOT_SAMPLED) return verdict;
    }
    return this.verdict;
  }
}

export class NotPolicy implements Policy {
  readonly stateful: boolean;
  private readonly inner: Policy;

  constructor(inner: Policy) {
    this.inner = inner;
    this.stateful = inner.stateful;
  }

  evaluate(trace: TraceFacts): Verdict {
    const verdict = this.inner.evaluate(trace);
    return verdict === SAMPLED ? NOT_SAMPLED : verdict === NOT_SAMPLED ? SAMPLED : verdict;
  }
}

export interface CompositePart {
  readonly policy: Policy;
  /** Spans. */
  readonly perSecond: number;
  /** Spans in the current second. */
  sampled: number;
}

/** The first sub-policy that samples decides, unless its share of this second's spans is used up. */
export class CompositePolicy implements Policy {
  readonly stateful: boolean;
  private readonly parts: readonly CompositePart[];
  private readonly perSecond: number;
  private readonly wallMs: () => number;
  private second = 0;

  constructor(parts: readonly CompositePart[], perSecond: number, wallMs: () => number) {
    this.parts = parts;
    this.perSecond = perSecond;
    this.wallMs = wallMs;
    this.stateful = parts.some(({ policy }) => policy.stateful);
  }

  evaluate(trace: TraceFacts): Verdict {
    const second = Math.floor(this.wallMs() / 1000);
    if (second !== this.second) {
      this.second = second;
      for (const part of this.parts) part.sampled = 0;
    }
    for (const part of this.parts) {
      const verdict = part.policy.evaluate(trace);
      if (verdict === ERROR) return ERROR;
      if (verdict !== SAMPLED) continue;
      const spans = part.sampled + trace.spanCount;
      if (spans > part.perSecond || spans > this.perSecond) return NOT_SAMPLED;
      part.sampled = spans;
      return SAMPLED;
    }
    return NOT_SAMPLED;
  }
}
