import { calleeEntries, type OwnShare, ownShares, rowWeights } from "./attribution.js";
import { type FailureBaseline, failureBaseline, failureLedger } from "./failure-ledger.js";
import { type LatencyBaseline, latencyBaseline, latencyLedger } from "./latency-ledger.js";
import { type Entry, fillUnknown, type Ledger, standIn } from "./ledger.js";
import type { AlertTarget } from "./model.js";
import type { Observations } from "./observations.js";
import type { RcaSettings } from "./settings.js";
import type { WaitGraph } from "./wait-graph.js";

export interface Baselines {
  readonly latency: LatencyBaseline;
  readonly failures: FailureBaseline;
}

export function baselines(normal: Observations, settings: RcaSettings): Baselines {
  return { latency: latencyBaseline(normal, settings), failures: failureBaseline(normal) };
}

export interface Suspect extends OwnShare {
  readonly metric: Ledger["metric"];
  /** Standard deviations that `own` lies above nothing. */
  readonly sigmas: number;
  /** `own` less what noise may pretend (Breiman's garrote): zero below the gate, nearly all of `own` far above it. */
  readonly certain: number;
}

/** An alert, or a window of a normal time looked at as if it were one. */
export interface Incident {
  /** Most certain first. */
  readonly suspects: readonly Suspect[];
  readonly ledger: Ledger;
  /** What the alerted node has in excess per interval. */
  readonly targetExcess: number;
  /**
   * How much and how unusual: the share of all that the alerted node spent (or served) that the first suspect accounts for,
   * times the suspect's standard deviations. 0 says that there is no incident.
   */
  readonly evidence: number;
}

/** Rows wholly before the alert's interval, and those of the incident. */
export function splitRows(
  issue: Observations,
  alertTime: number,
  intervalsAfter: number,
): { readonly before: readonly number[]; readonly during: readonly number[] } {
  const before: number[] = [];
  const during: number[] = [];
  for (const [row, start] of issue.time.entries()) {
    // An alert waits for an interval to end, so that trouble may have begun in the one before.
    if (start <= alertTime - issue.intervalS) before.push(row);
    else if (start < alertTime + intervalsAfter * issue.intervalS) during.push(row);
  }
  return { before, during };
}

function toSuspect(share: OwnShare, metric: Ledger["metric"], noiseGate: number): Suspect {
  const sigmas = share.noise > 0 ? share.own / share.noise : 0;
  const certain = sigmas > noiseGate ? share.own * (1 - (noiseGate / sigmas) ** 2) : 0;
  return { ...share, metric, sigmas, certain };
}

/** Explains an alert in one metric; `metric` may be another one than that which fired. */
export function explain(
  metric: Ledger["metric"],
  { latency, failures }: Baselines,
  graph: WaitGraph,
  issue: Observations,
  alert: AlertTarget,
  settings: RcaSettings,
): Incident {
  const { before, during } = splitRows(issue, alert.time, settings.intervalsAfter);
  const raw = metric === "latency" ? latencyLedger(latency, issue, before) : failureLedger(failures, issue, before);
  const filled = [...raw.entries].map(([node, entry]): [string, Entry] => [node, fillUnknown(entry, during)]);
  const ledger: Ledger = { metric: metric, entries: new Map(filled) };
  const entry = ledger.entries.get(alert.node) ?? standIn(calleeEntries(alert.node, ledger, graph));
  const weights = rowWeights(entry, during);
  const suspects = ownShares(ledger, graph, weights)
    .map((share) => toSuspect(share, metric, settings.noiseGate))
    .sort((a, b) => b.certain - a.certain || b.sigmas - a.sigmas || (a.node < b.node ? -1 : 1));
  let targetExcess = 0;
  let targetTotal = 0;
  for (const { row, weight } of weights) {
    targetExcess += weight * (entry?.excess[row] ?? 0);
    targetTotal += weight * (entry?.total[row] ?? 0);
  }
  const [first] = suspects;
  const accounted = Math.min(first?.certain ?? 0, Math.max(0, targetExcess));
  const evidence = targetTotal > 0 ? (accounted / targetTotal) * (first?.sigmas ?? 0) : 0;
  return { suspects, ledger, targetExcess, evidence };
}
