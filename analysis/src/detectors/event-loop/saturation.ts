import type { DetectorContext } from "../../detector.js";
import type { EventLoop } from "../../facts/event-loops.js";
import { serviceWork } from "../../facts/service-work.js";
import { quantile, sum } from "../../numbers.js";
import { formatMs, formatPercent } from "../../text.js";

/** A loop that stalls for this long blocks requests noticeably even when it is idle in between. */
export const stallMs = 50;
/** … and it is this service that stalls, not the machine: its delay stands out against the other services'. */
const stallFactor = 2;
const cpuFactor = 2;
/** Own work that even quick requests have to do, from which on it can block others noticeably. */
const steadyWorkMs = 20;
/** Utilization is sampled and rates are averages: the law holds within this factor. */
const lawTolerance = 0.8;

/** The loop stands still at times, longer than others on the machine do. */
export function isStalling(loops: readonly EventLoop[], loop: EventLoop): boolean {
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
export function worksSteadily(context: DetectorContext, loop: EventLoop): boolean {
  const { visitsPerSecond, leastOwnMs } = serviceWork(context, loop.service);
  if (leastOwnMs < steadyWorkMs || visitsPerSecond === null) return false;
  return busySum(context.loops, loop.service) >= lawTolerance * ((visitsPerSecond * leastOwnMs) / 1000);
}

export function busySum(loops: readonly EventLoop[], service: string): number {
  return sum(loops.filter((loop) => loop.service === service).map((loop) => loop.utilization ?? 0));
}

/** Even where CPU is short, one that gets twice as much of it as any other service is the one that works. */
export function standsOut(loops: readonly EventLoop[], loop: EventLoop): boolean {
  const others = loops.filter((other) => other.service !== loop.service).map((other) => other.cpuCores ?? 0);
  return (loop.cpuCores ?? 0) >= cpuFactor * Math.max(0, ...others);
}

export function describe(loop: EventLoop): string {
  const busy = loop.utilization === null ? "" : ` ${formatPercent(loop.utilization)} busy`;
  const delay = loop.delayP99Ms === null ? "" : `${busy === "" ? "" : ","} delay p99 ${formatMs(loop.delayP99Ms)}`;
  return `${loop.service}${busy}${delay}`;
}
