import type { Entry, Ledger } from "./ledger.js";
import type { NodeObservations, Observations } from "./observations.js";

interface FailureRate {
  readonly share: number;
  /** Variance of the failures of an interval beyond that of independent failures (bursts). */
  readonly burstVariance: number;
}

export type FailureBaseline = ReadonlyMap<string, FailureRate>;

function failures(observed: NodeObservations, row: number): number {
  return (observed.failureShare[row] ?? Number.NaN) * (observed.requests[row] ?? Number.NaN);
}

/** Failed share of the requests in some rows; undefined without requests. Half a failure is added: none seen is not never. */
function failureRate(observed: NodeObservations, rows: Iterable<number>): FailureRate | undefined {
  let failed = 0;
  let squares = 0;
  let requests = 0;
  let count = 0;
  for (const row of rows) {
    const of = failures(observed, row);
    if (Number.isNaN(of) || !((observed.requests[row] ?? 0) > 0)) continue;
    failed += of;
    squares += of * of;
    requests += observed.requests[row] ?? 0;
    count++;
  }
  if (count === 0) return undefined;
  const meanFailed = failed / count;
  return {
    share: Math.min(1, (failed + 0.5) / requests),
    burstVariance: Math.max(0, squares / count - meanFailed ** 2 - meanFailed),
  };
}

export function failureBaseline(normal: Observations): FailureBaseline {
  const rates = new Map<string, FailureRate>();
  for (const [node, observed] of normal.nodes) {
    const rate = failureRate(observed, observed.requests.keys());
    if (rate !== undefined) rates.set(node, rate);
  }
  return rates;
}

/** Failed requests above expectation. A node that failed as much just before the alert is no news: the higher rate counts. */
export function failureLedger(baseline: FailureBaseline, issue: Observations, before: readonly number[]): Ledger {
  const entries = new Map<string, Entry>();
  for (const [node, observed] of issue.nodes) {
    const old = baseline.get(node);
    const recent = failureRate(observed, before);
    if ((old === undefined && recent === undefined) || observed.failureShare.every(Number.isNaN)) continue;
    // Half a failure is much among the few requests of one interval: what is recent speaks only once something failed.
    const recentFailed = before.some((row) => failures(observed, row) > 0);
    const share = Math.max(old?.share ?? 0, recentFailed || old === undefined ? (recent?.share ?? 0) : 0);
    const excess = observed.requests.map((requests, row) =>
      requests > 0 ? failures(observed, row) - share * requests : 0,
    );
    const noise = observed.requests.map((requests) => Math.sqrt((requests || 0) * share + (old?.burstVariance ?? 0)));
    entries.set(node, { excess, noise, total: observed.requests.map((requests) => requests || 0) });
  }
  return { metric: "availability", entries };
}
