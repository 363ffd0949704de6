import {
  type Change,
  formatPercent,
  holm,
  mean,
  pairedDifference,
  pairedRatio,
  plural,
  quantileChange,
  shareChange,
  sortedQuantile,
} from "@venturi/analysis";
import type { Samples } from "../k6/measurements.js";
import { LoadTestError } from "../load-test-error.js";
import { type ComparedMetric, type Comparison, comparisonSchemaVersion, type Metric } from "./comparison.js";
import { allRequests, blocksOf, byEndpoint, type EndpointSamples, rateOf } from "./run-samples.js";

export interface Side {
  readonly label: string;
  /** One for each round. */
  readonly runs: readonly Samples[];
}

export interface CompareOptions {
  /** A share; changes below it are not called changes. Default 0.02. */
  readonly minChange?: number;
}

/** Fewer requests than this in a run say too little about its 95th percentile. */
const requestsMin = 40;
/** A chance of one in twenty of any false alarm. */
const level = 0.05;

/**
 * Compares a candidate with a baseline, per endpoint and over all requests: p50, p95, the share of failures and the rate.
 * With several rounds the spread between rounds says how sure a change is, with one the spread within the two runs.
 * @throws LoadTestError when the two have not the same number of runs, or nothing in common
 */
export function compareSamples(baseline: Side, candidate: Side, { minChange = 0.02 }: CompareOptions = {}): Comparison {
  const rounds = baseline.runs.length;
  if (rounds === 0 || rounds !== candidate.runs.length) {
    const counts = `${plural(rounds, "run")} against ${candidate.runs.length}`;
    throw new LoadTestError(`cannot compare ${counts}: give as many runs of the one as of the other`);
  }
  const notes: string[] = [];
  const before = baseline.runs.map(byEndpoint);
  const after = candidate.runs.map(byEndpoint);
  const unjudged = comparableEndpoints(before, after, notes).flatMap((endpoint) => {
    const pick = (runs: typeof before): EndpointSamples[] =>
      runs.map((run) => run.get(endpoint)).filter((samples) => samples !== undefined);
    return compareEndpoint(endpoint, pick(before), pick(after));
  });
  if (unjudged.length === 0) {
    throw new LoadTestError(`the runs have no endpoint in common with at least ${requestsMin} requests in each`);
  }
  const adjusted = holm(unjudged.map((row) => row.pValue));
  const rows = unjudged.map((row, index): ComparedMetric => judge(row, adjusted[index] ?? 1, minChange));
  if (rounds === 1) {
    notes.push(
      "One run of each: two runs of the same build differ too, which the intervals can't show. --rounds 5 (interleaved) can.",
    );
  }
  return {
    schemaVersion: comparisonSchemaVersion,
    baseline: baseline.label,
    candidate: candidate.label,
    rounds,
    method: rounds > 1 ? "paired rounds, Student's t" : "block bootstrap of two runs",
    minChange,
    rows,
    regressions: rows.filter(({ verdict }) => verdict === "worse").length,
    improvements: rows.filter(({ verdict }) => verdict === "better").length,
    verdict: verdictOf(rows),
    notes,
  };
}

/** The endpoints that every run has enough requests of; those left out are named in `notes`. */
function comparableEndpoints(
  before: readonly Map<string, EndpointSamples>[],
  after: readonly Map<string, EndpointSamples>[],
  notes: string[],
): string[] {
  const all = [...before, ...after];
  const names = new Set(all.flatMap((run) => [...run.keys()]));
  return [...names].filter((name) => {
    const inBefore = before.some((run) => run.has(name));
    const inAfter = after.some((run) => run.has(name));
    if (inBefore && inAfter) {
      const fewest = Math.min(...all.map((run) => run.get(name)?.endMs.length ?? 0));
      if (fewest >= requestsMin) return true;
      notes.push(`${name}: a run has only ${plural(fewest, "request")} of it, too few to compare`);
    } else notes.push(`${name}: only ${inBefore ? "the baseline" : "the candidate"} has it`);
    return false;
  });
}

type Unjudged = Omit<ComparedMetric, "adjustedP" | "verdict">;

function compareEndpoint(
  endpoint: string,
  before: readonly EndpointSamples[],
  after: readonly EndpointSamples[],
): Unjudged[] {
  const rows: Unjudged[] = [];
  const row = (metric: Metric, of: (run: EndpointSamples) => number, change: Change): void => {
    rows.push({ endpoint, metric, baseline: mean(before.map(of)), candidate: mean(after.map(of)), ...change });
  };
  for (const [metric, q] of [
    ["p50", 0.5],
    ["p95", 0.95],
  ] as const) {
    const latency = ({ durationMs }: EndpointSamples): number => sortedQuantile(durationMs.slice().sort(), q);
    row(metric, latency, latencyChange(before, after, latency, q));
  }
  const share = ({ failed }: EndpointSamples): number =>
    failed.reduce((total, value) => total + value, 0) / failed.length;
  if ([...before, ...after].some((run) => share(run) > 0)) row("failures", share, failureChange(before, after, share));
  if (endpoint === allRequests && before.length > 1) {
    row("rate", rateOf, pairedRatio(before.map(rateOf), after.map(rateOf)));
  }
  return rows;
}

function latencyChange(
  before: readonly EndpointSamples[],
  after: readonly EndpointSamples[],
  latency: (run: EndpointSamples) => number,
  q: number,
): Change {
  const [one, other] = [before[0], after[0]];
  if (before.length > 1 || one === undefined || other === undefined) {
    return pairedRatio(before.map(latency), after.map(latency));
  }
  return quantileChange(blocksOf(one).durationsMs, blocksOf(other).durationsMs, q);
}

function failureChange(
  before: readonly EndpointSamples[],
  after: readonly EndpointSamples[],
  share: (run: EndpointSamples) => number,
): Change {
  const [one, other] = [before[0], after[0]];
  if (before.length > 1 || one === undefined || other === undefined) {
    return pairedDifference(before.map(share), after.map(share));
  }
  return shareChange(blocksOf(one).failures, blocksOf(other).failures);
}

function judge(row: Unjudged, adjustedP: number, minChange: number): ComparedMetric {
  const isChange = adjustedP < level && Math.abs(row.change) >= minChange;
  const isMore = row.change > 0;
  const moreIsWorse = row.metric !== "rate";
  return { ...row, adjustedP, verdict: !isChange ? "same" : isMore === moreIsWorse ? "worse" : "better" };
}

function verdictOf(rows: readonly ComparedMetric[]): string {
  const worst = rows
    .filter(({ verdict }) => verdict === "worse")
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const best = rows
    .filter(({ verdict }) => verdict === "better")
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const [first] = worst.length > 0 ? worst : best;
  if (first === undefined) return "No difference could be shown.";
  const what = worst.length > 0 ? "worse" : "better";
  const count = worst.length > 0 ? worst.length : best.length;
  const more = count > 1 ? `, and ${plural(count - 1, "other figure")}` : "";
  return `The candidate is ${what}: ${describeChange(first)}${more}.`;
}

/** `p95 of GET /cart +12 % (+8 % to +16 %)`. */
export function describeChange({ metric, endpoint, change, low, high }: ComparedMetric): string {
  const unit = metric === "failures" ? " of the requests" : "";
  return `${metric} of ${endpoint} ${signed(change)}${unit} (${signed(low)} to ${signed(high)})`;
}

export function signed(share: number): string {
  return `${share < 0 ? "−" : "+"}${formatPercent(Math.abs(share))}`;
}
