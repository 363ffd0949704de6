import type { Detector, DetectorContext } from "../../detector.js";
import { costOf } from "../../facts/cost.js";
import { busiestLoop, eventLoopSignals, isStarved, saturatedUtilization } from "../../facts/event-loops.js";
import { type Cost, isMaterial, materialMs } from "../../facts/materiality.js";
import { formatMs, formatPercent } from "../../text.js";
import { exhaustedUtilization, ownClaim, processClaim, unhinderedWaits } from "./claims.js";
import { type Candidate, findingFor } from "./finding.js";
import { describe, isStalling, standsOut, worksSteadily } from "./saturation.js";

/** Below this share of the critical path, a service's own work is not what requests wait for. */
const leastOwnShare = 0.1;
/** A second service is named beside the first only when its own work weighs at least this much of the first's. */
const secondCulprit = 0.5;

/**
 * The event loop of one service is the limit. Three things must hold: the loop is saturated or stalls, the service's
 * own time weighs on the critical path (a service that only waits is not to blame, however long its requests take), and
 * the time that the loop costs as a whole is material.
 */
export const eventLoop: Detector = {
  kind: "event-loop",
  signals: eventLoopSignals,
  detect(context) {
    if (context.loops.length === 0) {
      context.ruleOut("no service reported its event loop's utilization or delay");
      return [];
    }
    const services = [...new Set(context.loops.map((loop) => loop.service))].sort();
    const candidates = services.flatMap((service) => candidateFor(context, service) ?? []);
    if (candidates.length === 0 && context.loops.every((loop) => (loop.utilization ?? 0) < saturatedUtilization)) {
      const busiest = [...context.loops].sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0))[0];
      if (busiest !== undefined) context.ruleOut(`the busiest event loop is ${describe(busiest)}`);
    }
    const culprits = culpritsAmong(candidates);
    for (const { loop } of candidates.filter((candidate) => !culprits.includes(candidate))) {
      context.ruleOut(`${describe(loop)}, but it does far less of the work than ${culprits[0]?.loop.service}`);
    }
    return culprits.map((candidate) => findingFor(context, candidate));
  },
};

/**
 * On a small machine one busy process makes the others' loops look busy too. The culprits are those that do the work:
 * the first by own time (by all that their loops cost when nobody's own time shows), and those that come near it.
 */
function culpritsAmong(candidates: readonly Candidate[]): Candidate[] {
  const visible = candidates.some(({ own }) => own.shareOfP95 >= leastOwnShare);
  const weight = ({ own, cost }: Candidate): number => (visible ? own.shareOfP95 : cost.shareOfP95);
  const ranked = [...candidates].sort((a, b) => weight(b) - weight(a));
  const most = ranked[0] === undefined ? 0 : weight(ranked[0]);
  return ranked.filter((candidate) => weight(candidate) >= secondCulprit * most);
}

function candidateFor(context: DetectorContext, service: string): Candidate | null {
  const loop = busiestLoop(context.loops, service);
  if (loop === undefined) return null;
  const saturated = (loop.utilization ?? 0) >= saturatedUtilization;
  const stalls = isStalling(context.loops, loop);
  if (!saturated && !stalls) return null;
  const steady = worksSteadily(context, loop);
  if (isStarved(loop) && !steady && !standsOut(context.loops, loop)) {
    context.ruleOut(
      `${describe(loop)}, but it is on a CPU for only ${formatPercent(loop.onCpu ?? 0)} of that: it lacks CPU rather than works`,
    );
    return null;
  }
  const unhindered = unhinderedWaits(context, loop);
  const claim = processClaim(service, unhindered);
  const own = costOf(context.focus, ownClaim(service));
  const { cost, beforeMs } = withFrontQueue(context, service, costOf(context.focus, claim));
  // An exhausted loop is the limit even if the service's own spans don't show it: its work is done while its calls are open.
  const works = steady || own.shareOfP95 >= leastOwnShare || (loop.utilization ?? 0) >= exhaustedUtilization;
  if (!isMaterial(cost) || !works) {
    context.ruleOut(
      `${describe(loop)}, but its own work is only ${formatMs(own.p95Ms)} of p95 (${formatPercent(own.shareOfP95)})`,
    );
    return null;
  }
  return { loop, own, cost, beforeMs, claim, unhindered, saturated };
}

/** A busy loop of the first service also keeps requests waiting before their span begins. */
function withFrontQueue(
  { focus, front: whole }: DetectorContext,
  service: string,
  cost: Cost,
): { cost: Cost; beforeMs: number } {
  const front = service === focus.service ? whole : null;
  if (front === null || front.p95Ms < materialMs) return { cost, beforeMs: focus.p95Ms };
  const p95Ms = front.p95Ms + cost.shareOfP95 * front.insideMs;
  return { cost: { p95Ms, shareOfP95: p95Ms / front.outsideMs }, beforeMs: front.outsideMs };
}
