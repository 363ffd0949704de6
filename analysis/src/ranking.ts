import { causePart } from "./facts/pools.js";
import type { Finding, RuledOut } from "./model.js";
import { formatMs } from "./text.js";

/** Findings whose cost differs by less than this cost the same, as far as a load test can tell. */
const sameShare = 0.02;
/** What is predicted to gain less than this part of the p95 is no bottleneck, whatever time is spent in it. */
const leastGain = 0.05;
/** A symptom is kept beside its cause only when it costs this much more. */
const symptomExcess = 1.5;
/** A predicted p95 below this part of another is clearly less, given what a replay can tell. */
const clearlyLess = 0.7;

const confidenceOrder = { high: 0, medium: 1, low: 2 } as const;

/**
 * Puts findings in order: what costs more stands first; at equal cost, what is surer. Two rules stand above cost:
 *
 * 1. A blocked event loop delays everything in its process. Waits seen in that process (pool, queries), and time nobody
 *    can explain anywhere, are its symptoms.
 * 2. A pool is exhausted because connections are held. When one thing makes up most of the time for which they are held
 *    (a slow query, a slow hop), either that or the pool is to be fixed: the pool, being the simpler fix, unless the
 *    other is predicted to gain clearly more.
 */
export function rankFindings(found: readonly Finding[]): { findings: Finding[]; dropped: RuledOut[] } {
  const dropped: RuledOut[] = [];
  const kept = found.filter((finding) => {
    if (finding.besidesLatency !== true && !gains(finding)) {
      const { before, after } = finding.expectedGain.p95Ms;
      dropped.push({
        kind: finding.kind,
        why: `${finding.title} (${formatMs(finding.cost.p95Ms)} of p95), but without it p95 would go from ${formatMs(before)} to ${formatMs(after)} only: something else takes as long`,
      });
      return false;
    }
    const loop = loopThatExplains(finding, found);
    if (loop === undefined) return true;
    dropped.push({
      kind: finding.kind,
      why: `${finding.title} (${formatMs(finding.cost.p95Ms)} of p95), but ${loop.title}: what waits in that process waits for its loop`,
    });
    return false;
  });
  kept.sort(compare);
  for (const pool of kept.filter((finding) => finding.kind === "pool-wait")) orderByGain(kept, pool);
  return { findings: kept, dropped };
}

function gains({ expectedGain }: Finding): boolean {
  const { before, after } = expectedGain.p95Ms;
  return before - after >= leastGain * before;
}

function compare(a: Finding, b: Finding): number {
  const byTier = tier(a) - tier(b);
  if (byTier !== 0) return byTier;
  const byCost = b.cost.shareOfP95 - a.cost.shareOfP95;
  if (Math.abs(byCost) >= sameShare) return byCost;
  return confidenceOrder[a.confidence] - confidenceOrder[b.confidence] || byCost || (a.kind < b.kind ? -1 : 1);
}

/** Causes of latency, then latency without a known cause, then what costs no latency. */
function tier({ kind, besidesLatency }: Finding): number {
  if (besidesLatency === true) return kind === "errors" ? 2 : 3;
  return kind === "service-time" ? 1 : 0;
}

const waitsInProcess = ["pool-wait", "slow-query", "lock-wait", "n-plus-one"];

function loopThatExplains(finding: Finding, found: readonly Finding[]): Finding | undefined {
  return found.find((loop) => {
    if (loop.kind !== "event-loop" || loop === finding) return false;
    if (finding.kind === "service-time") return true;
    if (finding.kind === "front-queue") return finding.resource.service === loop.resource.service;
    const inside = waitsInProcess.includes(finding.kind) && finding.resource.service === loop.resource.service;
    return inside && finding.cost.shareOfP95 < symptomExcess * loop.cost.shareOfP95;
  });
}

function orderByGain(findings: Finding[], pool: Finding): void {
  const cause = findings.find(
    ({ resource, measures }) => resource.service === pool.resource.service && (measures.heldPart ?? 0) >= causePart,
  );
  if (cause === undefined) return;
  const gainsMore = cause.expectedGain.p95Ms.after < clearlyLess * pool.expectedGain.p95Ms.after;
  const [first, second] = gainsMore ? [cause, pool] : [pool, cause];
  const note = `Connections of ${pool.resource.service}'s pool are mostly held by one thing; ${gainsMore ? "ending that is predicted to gain more than a larger pool" : "a larger pool is predicted to gain about as much, and is the simpler fix"}.`;
  const at = Math.min(findings.indexOf(first), findings.indexOf(second));
  const others = findings.filter((finding) => finding !== first && finding !== second);
  findings.splice(
    0,
    findings.length,
    ...others.slice(0, at),
    { ...first, rankNote: note },
    second,
    ...others.slice(at),
  );
}
