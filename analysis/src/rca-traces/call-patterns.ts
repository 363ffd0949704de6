import { type Pattern, patternKey } from "./pattern.js";
import type { Request } from "./request.js";

interface Known {
  readonly calls: ReadonlySet<string>;
  /** At most, at and below it. */
  spans: number;
  requests: number;
}

/** What one operation was seen to do, and in how many requests. */
interface History {
  readonly patterns: Map<string, Known>;
  requests: number;
}

/** The requests that came to one operation. */
export interface Passages {
  readonly service: string;
  readonly operation: string;
  /** Likelihood of what a request did there under "it broke off" over that under "as ever"; zero when it did not break off. */
  readonly ratios: readonly number[];
}

/** Which calls each operation makes, learnt from ordinary requests; finds operations that end before their usual calls. */
export class CallPatterns {
  readonly #histories = new Map<string, History>();
  readonly #unseen: number;

  constructor(ordinary: readonly Request[]) {
    for (const request of ordinary) for (const pattern of request.patterns) this.#learn(pattern);
    const histories = [...this.#histories.values()];
    const once = histories.reduce((sum, history) => sum + seenOnce(history), 0);
    const all = histories.reduce((sum, { requests }) => sum + requests, 0);
    this.#unseen = (once + 0.5) / (all + 1);
  }

  /** Leaves out what broke off because something deeper in the same request did, and operations without a history. */
  judge(requests: readonly Request[]): Passages[] {
    const byOperation = new Map<string, { pattern: Pattern; broken: boolean }[]>();
    for (const pattern of requests.flatMap(({ patterns }) => patterns)) {
      if (!this.#histories.has(pattern.operation) || this.#breaksBelow(pattern)) continue;
      const seen = { pattern, broken: this.#breaksOff(pattern) };
      const known = byOperation.get(pattern.operation);
      if (known === undefined) byOperation.set(pattern.operation, [seen]);
      else known.push(seen);
    }
    return [...byOperation.values()].map((seen) => this.#passages(seen));
  }

  /** Under "it broke off", each of the ways in which requests were seen to break off here is as likely as the others. */
  #passages(seen: readonly { readonly pattern: Pattern; readonly broken: boolean }[]): Passages {
    const ways = new Set(seen.filter(({ broken }) => broken).map(({ pattern }) => patternKey(pattern))).size;
    const ratios = seen.map(({ pattern, broken }) => (broken ? 1 / ways / this.#ordinary(pattern) : 0));
    const { service = "", operation = "" } = seen[0]?.pattern ?? {};
    return { service, operation, ratios };
  }

  #learn(pattern: Pattern): void {
    const history = this.#histories.get(pattern.operation) ?? { patterns: new Map<string, Known>(), requests: 0 };
    const { calls, spans } = pattern;
    const known = history.patterns.get(patternKey(pattern)) ?? { calls: new Set(calls), spans, requests: 0 };
    known.requests++;
    known.spans = Math.max(known.spans, spans);
    history.requests++;
    history.patterns.set(patternKey(pattern), known);
    this.#histories.set(pattern.operation, history);
  }

  #breaksBelow(pattern: Pattern): boolean {
    return pattern.below.some((child) => this.#breaksOff(child) || this.#breaksBelow(child));
  }

  /** It is the beginning of a known pattern: it made some of those calls, none but those, and less came of it. */
  #breaksOff(pattern: Pattern): boolean {
    for (const { calls, spans } of this.#histories.get(pattern.operation)?.patterns.values() ?? []) {
      if (spans <= pattern.spans || calls.size <= pattern.calls.length) continue;
      if (pattern.calls.every((call) => calls.has(call))) return true;
    }
    return false;
  }

  /**
   * How likely the pattern is in an ordinary request. After Good and Turing, the chance of what was never seen is the
   * share of what was seen once: of this operation, and, as one more request, of all operations.
   */
  #ordinary(pattern: Pattern): number {
    const history = this.#histories.get(pattern.operation);
    if (history === undefined) return this.#unseen;
    const own = history.patterns.get(patternKey(pattern))?.requests ?? seenOnce(history);
    return (own + this.#unseen) / (history.requests + 1);
  }
}

function seenOnce({ patterns }: History): number {
  let once = 0;
  for (const { requests } of patterns.values()) if (requests === 1) once++;
  return once;
}
