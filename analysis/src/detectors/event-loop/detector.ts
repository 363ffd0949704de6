import type { Detector, DetectorContext } from "../../detector.js";
import { categoryOf } from "../../facts/category.js";
import { type Claim, costOf, exemplars, predictP95Ms, quickHopUs } from "../../facts/cost.js";
import {
  busiestLoop,
  type EventLoop,
  eventLoopSignals,
  isStarved,
  saturatedUtilization,
} from "../../facts/event-loops.js";
import { frontQueue } from "../../facts/front-queue.js";
import { type Cost, isMaterial, materialMs } from "../../facts/materiality.js";
import { jobMatcher } from "../../facts/series.js";
import { serviceWork } from "../../facts/service-work.js";
import type { Evidence, Finding } from "../../model.js";
import { quantile, sum } from "../../numbers.js";
import { formatMs, formatNumber, formatPercent, possessive } from "../../text.js";
import type { SpanNode } from "../../trace/span-node.js";
import { ownClaim, processClaim, unhinderedUs } from "./claims.js";

/** A loop that stalls for this long blocks requests noticeably even when it is idle in between. */
const stallMs = 50;
/** … and it is this service that stalls, not the machine: its delay stands out against the other services'. */
const stallFactor = 2;
const cpuFactor = 2;
/** Own work that even quick requests have to do, from which on it can block others noticeably. */
const steadyWorkMs = 20;
/** Utilization is sampled and rates are averages: the law holds within this factor. */
const lawTolerance = 0.8;
/** A loop this busy is the limit even if the service's own spans don't show it: its work is done while its calls are open. */
const exhaustedUtilization = 0.9;
/** Below this share of the critical path, a service's own work is not what requests wait for. */
const leastOwnShare = 0.1;
/** A second service is named beside the first only when its own work weighs at least this much of the first's. */
const secondCulprit = 0.5;

interface Candidate {
  readonly loop: EventLoop;
  readonly own: Cost;
  readonly cost: Cost;
  /** The p95 that the cost is a share of: the load generator's when requests queue for this loop before their span begins. */
  readonly beforeMs: number;
  readonly claim: Claim;
  readonly saturated: boolean;
}

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
    if (candidates.length === 0) {
      const busiest = [...context.loops].sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0))[0];
      if (busiest !== undefined) context.ruleOut(`the busiest event loop is ${describe(busiest)}`);
      return [];
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
  const claim = processClaim(context, service);
  const own = costOf(context.focus, ownClaim(service));
  const { cost, beforeMs } = withFrontQueue(context, service, costOf(context.focus, claim));
  const works = steady || own.shareOfP95 >= leastOwnShare || (loop.utilization ?? 0) >= exhaustedUtilization;
  if (!isMaterial(cost) || !works) {
    context.ruleOut(
      `${describe(loop)}, but its own work is only ${formatMs(own.p95Ms)} of p95 (${formatPercent(own.shareOfP95)})`,
    );
    return null;
  }
  return { loop, own, cost, beforeMs, claim, saturated };
}

/** A busy loop of the first service also keeps requests waiting before their span begins. */
function withFrontQueue(
  { focus, input, requests }: DetectorContext,
  service: string,
  cost: Cost,
): { cost: Cost; beforeMs: number } {
  const front = service === focus.service ? frontQueue(input.load, requests) : null;
  if (front === null || front.p95Ms < materialMs) return { cost, beforeMs: focus.p95Ms };
  const p95Ms = front.p95Ms + cost.shareOfP95 * front.insideMs;
  return { cost: { p95Ms, shareOfP95: p95Ms / front.outsideMs }, beforeMs: front.outsideMs };
}

function isStalling(loops: readonly EventLoop[], loop: EventLoop): boolean {
  const delay = loop.delayP99Ms ?? 0;
  const others = loops.filter((other) => other.service !== loop.service && other.delayP99Ms !== null);
  const usual = quantile(
    others.map((other) => other.delayP99Ms ?? 0),
    0.5,
  );
  return delay >= stallMs && delay >= stallFactor * usual;
}

/**
 * Every request takes long in the service itself, and the loop is busy enough for that to be work and no sleep
 * (utilization law: visits per second × work per visit).
 */
function worksSteadily(context: DetectorContext, loop: EventLoop): boolean {
  const { visitsPerSecond, leastOwnMs } = serviceWork(context, loop.service);
  if (leastOwnMs < steadyWorkMs || visitsPerSecond === null) return false;
  return busySum(context.loops, loop.service) >= lawTolerance * ((visitsPerSecond * leastOwnMs) / 1000);
}

function busySum(loops: readonly EventLoop[], service: string): number {
  return sum(loops.filter((loop) => loop.service === service).map((loop) => loop.utilization ?? 0));
}

/** Even where CPU is short, one that gets twice as much of it as any other service is the one that works. */
function standsOut(loops: readonly EventLoop[], loop: EventLoop): boolean {
  const others = loops.filter((other) => other.service !== loop.service).map((other) => other.cpuCores ?? 0);
  return (loop.cpuCores ?? 0) >= cpuFactor * Math.max(0, ...others);
}

function describe(loop: EventLoop): string {
  const busy = loop.utilization === null ? "" : ` ${formatPercent(loop.utilization)} busy`;
  const delay = loop.delayP99Ms === null ? "" : `${busy === "" ? "" : ","} delay p99 ${formatMs(loop.delayP99Ms)}`;
  return `${loop.service}${busy}${delay}`;
}

function findingFor(context: DetectorContext, { loop, own, cost, beforeMs, claim, saturated }: Candidate): Finding {
  const { focus } = context;
  const { service } = loop;
  const workUs = workPerVisitUs(context, loop);
  const ownTime = (node: SpanNode, ownUs: number): number => {
    if (claim(node, ownUs) === 0) return ownUs;
    const category = categoryOf(node);
    if (category === "service") return Math.min(ownUs, workUs ?? unhinderedUs(context, node));
    return Math.min(ownUs, category === "hop" ? quickHopUs : unhinderedUs(context, node));
  };
  const after = predictP95Ms(focus, ownTime);
  const busy = loop.utilization === null ? "" : ` (${formatPercent(loop.utilization)} busy)`;
  return {
    kind: "event-loop",
    resource: { service, type: "event-loop", name: loop.instance === "" ? service : loop.instance },
    title: saturated
      ? `${possessive(service)} event loop is saturated${busy}`
      : `${service} blocks its event loop${busy}`,
    evidence: evidenceOf(context, loop, own.shareOfP95, workUs),
    cost,
    fix: `take synchronous work off ${possessive(service)} event loop (worker threads, smaller steps, a cache for its result) or run more instances`,
    expectedGain: {
      text: `if requests did not queue for the loop, ${workUs === null ? "" : `and each still took its ${formatMs(workUs / 1000)} of work, `}p95 would be ${formatMs(after)} instead of ${formatMs(beforeMs)} (estimate: replay of the traces)`,
      p95Ms: { before: beforeMs, after },
    },
    confidence: context.confidence(saturated && (loop.delayP99Ms ?? stallMs) >= stallMs ? "high" : "medium"),
    exemplarTraceIds: exemplars(focus, claim),
    measures: {
      ownShareOfP95: own.shareOfP95,
      ...(loop.utilization === null ? {} : { utilization: loop.utilization }),
      ...(loop.delayP99Ms === null ? {} : { delayP99Ms: loop.delayP99Ms }),
      ...(workUs === null ? {} : { workPerRequestMs: workUs / 1000 }),
    },
  };
}

/**
 * Utilization law: the loop's busy time, shared among the requests that it handled. For a starved loop, whose busy time
 * is mostly waiting, what even quick requests take. Null when neither is known.
 */
function workPerVisitUs(context: DetectorContext, loop: EventLoop): number | null {
  const { visitsPerSecond, leastOwnMs } = serviceWork(context, loop.service);
  if (isStarved(loop)) return leastOwnMs * 1000;
  if (loop.utilization === null || visitsPerSecond === null || visitsPerSecond === 0) return null;
  return (busySum(context.loops, loop.service) / visitsPerSecond) * 1e6;
}

function evidenceOf(
  { range, focus, loops, input }: DetectorContext,
  loop: EventLoop,
  ownShare: number,
  workUs: number | null,
): Evidence[] {
  const job = jobMatcher(loop.service);
  const evidence: Evidence[] = [];
  if (loop.utilization !== null) {
    const next = [...loops]
      .filter((other) => other.service !== loop.service)
      .sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0))[0];
    evidence.push({
      text: `${possessive(loop.service)} event loop was ${formatPercent(loop.utilization)} busy under load${next === undefined ? "" : `; the next busiest is ${next.service} with ${formatPercent(next.utilization ?? 0)}`}.`,
      query: `max_over_time(nodejs_eventloop_utilization_ratio{${job}}${range})`,
      value: loop.utilization,
      unit: "1",
    });
  }
  if (loop.delayP99Ms !== null) {
    evidence.push({
      text: `Timers and I/O waited up to ${formatMs(loop.delayP99Ms)} (p99) for their turn.`,
      query: `max_over_time(nodejs_eventloop_delay_p99_seconds{${job}}${range})`,
      value: loop.delayP99Ms,
      unit: "ms",
    });
  }
  evidence.push({
    text: `${formatPercent(ownShare)} of the critical path of slow requests is spent in ${loop.service} itself, in no call and no query.`,
    value: ownShare,
    unit: "1",
  });
  if (workUs !== null) {
    evidence.push({
      text: `Each request costs the loop about ${formatMs(workUs / 1000)} of work (${isStarved(loop) ? "the quickest tenth takes that long" : "utilization law"}).`,
      value: workUs / 1000,
      unit: "ms",
    });
  }
  const outside = input.load?.p95Ms ?? 0;
  if (loop.service === focus.service && outside > 1.5 * focus.p95Ms && outside - focus.p95Ms > stallMs) {
    evidence.push({
      text: `The load generator saw a p95 of ${formatMs(outside)}, the service's own spans ${formatMs(focus.p95Ms)}: requests also wait before ${loop.service} takes them up (${formatNumber(outside - focus.p95Ms)} ms).`,
      value: outside,
      unit: "ms",
    });
  }
  return evidence;
}
