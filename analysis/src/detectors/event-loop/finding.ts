import type { DetectorContext } from "../../detector.js";
import { categoryOf } from "../../facts/category.js";
import { type Claim, exemplars, predictP95Ms } from "../../facts/cost.js";
import { type EventLoop, isStarved } from "../../facts/event-loops.js";
import type { Cost } from "../../facts/materiality.js";
import { jobMatcher } from "../../facts/series.js";
import { serviceWork } from "../../facts/service-work.js";
import type { Evidence, Finding } from "../../model.js";
import { formatMs, formatPercent, possessive } from "../../text.js";
import type { SpanNode } from "../../trace/span-node.js";
import type { Unhindered } from "./claims.js";
import { busySum, stallMs } from "./saturation.js";

/** A loop that may be the limit. */
export interface Candidate {
  readonly loop: EventLoop;
  readonly own: Cost;
  readonly cost: Cost;
  /** The p95 that the cost is a share of: the load generator's when requests queue for this loop before their span begins. */
  readonly beforeMs: number;
  readonly claim: Claim;
  readonly unhindered: Unhindered;
  readonly saturated: boolean;
}

export function findingFor(
  context: DetectorContext,
  { loop, own, cost, beforeMs, claim, unhindered, saturated }: Candidate,
): Finding {
  const { focus } = context;
  const { service } = loop;
  const workUs = workPerVisitUs(context, loop);
  const ownTime = (node: SpanNode, ownUs: number): number => {
    if (claim(node, ownUs) === 0) return ownUs;
    const works = categoryOf(node) === "service" && workUs !== null;
    return Math.min(ownUs, works ? workUs : unhindered(node));
  };
  const after = predictP95Ms(focus, ownTime);
  const busy = loop.utilization === null ? "" : ` (${formatPercent(loop.utilization)} busy)`;
  return {
    kind: "event-loop",
    resource: { service, type: "event-loop", name: loop.instance === "" ? service : loop.instance },
    title: saturated
      ? `${possessive(service)} event loop is saturated${busy}`
      : `${service} blocks its event loop${busy}`,
    evidence: evidenceOf(context, { loop, own, beforeMs }, workUs),
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
  { range, focus, loops }: DetectorContext,
  { loop, own, beforeMs }: Pick<Candidate, "loop" | "own" | "beforeMs">,
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
    text: `${formatPercent(own.shareOfP95)} of the critical path of slow requests is spent in ${loop.service} itself, in no call and no query.`,
    value: own.shareOfP95,
    unit: "1",
  });
  if (workUs !== null) {
    evidence.push({
      text: `Each request costs the loop about ${formatMs(workUs / 1000)} of work (${isStarved(loop) ? "the quickest tenth takes that long" : "utilization law"}).`,
      value: workUs / 1000,
      unit: "ms",
    });
  }
  if (beforeMs !== focus.p95Ms) {
    evidence.push({
      text: `The load generator saw a p95 of ${formatMs(beforeMs)}: requests also wait before ${loop.service} takes them up and their span begins.`,
      value: beforeMs,
      unit: "ms",
    });
  }
  return evidence;
}
