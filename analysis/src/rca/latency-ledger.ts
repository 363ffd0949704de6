import { mean, quantile } from "../numbers.js";
import type { Entry, Ledger } from "./ledger.js";
import type { NodeObservations, Observations } from "./observations.js";
import type { RcaSettings } from "./settings.js";

/** Makes a median absolute deviation the standard deviation of a normal distribution. */
const madToSigma = 1.4826;
/** The median of a squared standard normal variable. */
const medianOfSquare = 0.4549;

interface LogLevel {
  readonly log: number;
  readonly variance: number;
  readonly rows: number;
}

/** What latency is normal, node by node; logarithms, as latencies differ by factors. */
export interface LatencyBaseline {
  readonly levels: ReadonlyMap<string, LogLevel>;
  /** Variance of a node about which nothing is known. */
  readonly sharedVariance: number;
}

function logs(latencyS: Float64Array, rows?: readonly number[]): number[] {
  const values = rows === undefined ? [...latencyS] : rows.map((row) => latencyS[row] ?? Number.NaN);
  return values.filter((value) => value > 0).map(Math.log);
}

export function latencyBaseline(normal: Observations, { sharedRows }: RcaSettings): LatencyBaseline {
  const raw = new Map<string, LogLevel>();
  for (const [node, { latencyS }] of normal.nodes) {
    const values = logs(latencyS);
    if (values.length === 0) continue;
    const log = quantile(values, 0.5);
    const sigma =
      madToSigma *
      quantile(
        values.map((value) => Math.abs(value - log)),
        0.5,
      );
    raw.set(node, { log, variance: sigma ** 2, rows: values.length });
  }
  const several = [...raw.values()].filter(({ rows }) => rows > sharedRows).map(({ variance }) => variance);
  const sharedVariance = several.length === 0 ? 0.01 : quantile(several, 0.5);
  const levels = new Map<string, LogLevel>();
  for (const [node, { log, variance, rows }] of raw)
    levels.set(node, {
      log,
      variance: (rows * variance + sharedRows * sharedVariance) / (rows + sharedRows),
      rows,
    });
  return { levels, sharedVariance };
}

/**
 * How far levels have wandered since `normal` was recorded (variance of logarithms), from all nodes together: what the rows
 * before the alert differ from the baseline, less what their own noise explains. Hours give none, months give much.
 */
function drift(baseline: LatencyBaseline, issue: Observations, before: readonly number[]): number {
  const gaps: number[] = [];
  for (const [node, { latencyS }] of issue.nodes) {
    const level = baseline.levels.get(node);
    const recent = logs(latencyS, before);
    if (level === undefined || recent.length === 0) continue;
    gaps.push((mean(recent) - level.log) ** 2 / medianOfSquare - level.variance / recent.length);
  }
  return gaps.length === 0 ? 0 : Math.max(0, quantile(gaps, 0.5));
}

/** The expected level: the old level and the rows before the alert, each weighted by how well it is known. */
function expectation(
  observed: NodeObservations,
  level: LogLevel | undefined,
  baseline: LatencyBaseline,
  before: readonly number[],
  driftVariance: number,
): { readonly log: number; readonly variance: number } | undefined {
  const recent = logs(observed.latencyS, before);
  const variance = level?.variance ?? baseline.sharedVariance;
  const oldWeight = level === undefined ? 0 : 1 / (driftVariance + variance / level.rows + 1e-12);
  const recentWeight = recent.length / (variance + 1e-12);
  const weight = oldWeight + recentWeight;
  if (weight === 0) return undefined;
  return {
    log: (oldWeight * (level?.log ?? 0) + recentWeight * mean(recent)) / weight,
    variance: variance + 1 / weight,
  };
}

/** Seconds above expectation; where nobody called, nothing was spent. */
export function latencyLedger(baseline: LatencyBaseline, issue: Observations, before: readonly number[]): Ledger {
  const driftVariance = drift(baseline, issue, before);
  const entries = new Map<string, Entry>();
  for (const [node, observed] of issue.nodes) {
    const expected = expectation(observed, baseline.levels.get(node), baseline, before, driftVariance);
    if (expected === undefined || observed.latencyS.every(Number.isNaN)) continue;
    const levelS = Math.exp(expected.log);
    const excess = observed.latencyS.map((latencyS, row) => {
      const requests = observed.requests[row] || 0;
      return requests === 0 ? 0 : requests * (latencyS - levelS);
    });
    const noise = observed.requests.map((requests) => (requests || 0) * levelS * Math.sqrt(expected.variance));
    const total = observed.requests.map((requests, row) => (requests || 0) * (observed.latencyS[row] || 0));
    entries.set(node, { excess, noise, total });
  }
  return { metric: "latency", entries };
}
