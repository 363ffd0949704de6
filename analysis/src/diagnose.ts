import { criticalPathTable } from "./critical-path-table.js";
import type { DetectorContext, Signal } from "./detector.js";
import { detectors } from "./detectors.js";
import { judgeEvidence, telemetryLossSignals } from "./evidence-quality.js";
import { type EventLoop, eventLoops } from "./facts/event-loops.js";
import { type FrontQueue, frontQueue } from "./facts/front-queue.js";
import { ownTimes } from "./facts/own-times.js";
import { poolFacts } from "./facts/pools.js";
import {
  buildRequests,
  chooseFocus,
  type Focus,
  findRootService,
  type Request,
  summarizeOperations,
} from "./facts/requests.js";
import { startingAt, startMsOf, warmUpEnd } from "./facts/warm-up.js";
import type { AnalysisInput, Confidence, Diagnosis, EvidenceQuality, Finding, RuledOut, TimeSeries } from "./model.js";
import { rankFindings } from "./ranking.js";
import { verdictOf } from "./verdict.js";

/** Every range query whose result `diagnose` wants in `input.series`, keyed by name. */
export const signals: readonly Signal[] = [
  ...detectors.flatMap((detector) => detector.signals),
  ...telemetryLossSignals,
];

/**
 * Names what limits a system under load, from its traces, its metrics and what the load generator saw.
 * Pure and deterministic: the same input gives the same diagnosis. Says "no bottleneck" for a healthy system.
 *
 * @example
 * const { verdict, findings } = diagnose({ window, traces, series, load });
 */
export function diagnose(whole: AnalysisInput): Diagnosis {
  const rootService = whole.rootService ?? findRootService(whole.traces);
  const all = rootService === null ? [] : buildRequests(whole.traces, rootService);
  const warmUpEndMs = warmUpEnd(all, whole.window);
  const input = warmUpEndMs === null ? whole : startingAt(whole, warmUpEndMs);
  const requests = all.filter((request) => startMsOf(request) >= input.window.startMs || warmUpEndMs === null);
  const focus = chooseFocus(requests);
  const loops = eventLoops(input.series);
  const quality = judgeEvidence(input, requests, focus, loops);
  const { findings, ruledOut } =
    focus === null
      ? { findings: [], ruledOut: [] }
      : detectAll(input, requests, focus, loops, quality, frontQueue(whole.load, all, input.window.startMs));
  const warmUpSeconds = (input.window.startMs - whole.window.startMs) / 1000;
  return {
    verdict: verdictOf({ findings, requests, load: input.load, quality, warmUpSeconds }),
    findings,
    ruledOut,
    criticalPath: focus === null ? [] : criticalPathTable(focus),
    operations: summarizeOperations(requests, focus),
    focus:
      focus === null
        ? null
        : { service: focus.service, operations: focus.operations, p50Ms: focus.p50Ms, p95Ms: focus.p95Ms },
    traceCount: whole.traces.length,
    warmUpSeconds,
    evidenceQuality: quality,
  };
}

function detectAll(
  input: AnalysisInput,
  requests: readonly Request[],
  focus: Focus,
  loops: readonly EventLoop[],
  quality: EvidenceQuality,
  front: FrontQueue | null,
): { findings: Finding[]; ruledOut: RuledOut[] } {
  const ruledOut: RuledOut[] = [];
  const facts = { ...factsOf(input, requests, focus, loops, quality), front };
  const found = detectors.flatMap((detector) =>
    detector.detect({ ...facts, ruleOut: (why) => void ruledOut.push({ kind: detector.kind, why }) }),
  );
  const { findings, dropped } = rankFindings(found);
  return { findings, ruledOut: [...ruledOut, ...dropped] };
}

function factsOf(
  input: AnalysisInput,
  requests: readonly Request[],
  focus: Focus,
  loops: readonly EventLoop[],
  quality: EvidenceQuality,
): Omit<DetectorContext, "ruleOut" | "front"> {
  const { window, series, load } = input;
  const windowSeconds = Math.max(1, (window.endMs - window.startMs) / 1000);
  const requestRate = load?.ratePerSecond ?? requests.filter((request) => !request.extra).length / windowSeconds;
  const signal = (name: string): readonly TimeSeries[] => series[name] ?? [];
  return {
    input,
    focus,
    requests,
    loops,
    machineLacksCpu: quality.machineLacksCpu,
    requestRate,
    range: `[${Math.ceil(windowSeconds)}s]`,
    series: signal,
    ownTimes: ownTimes(requests),
    pools: memoize((service) => poolFacts({ requests, requestRate, series: signal }, service)),
    confidence: (best) => capConfidence(best, quality),
  };
}

function memoize<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}

/** Thin evidence makes nothing certain. */
function capConfidence(best: Confidence, { level }: EvidenceQuality): Confidence {
  return level === "good" || best === "low" ? best : "medium";
}
