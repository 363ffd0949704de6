import { fitUsl, type Interval, knee, uslIntervals } from "@venturi/analysis";
import type { KneeReport } from "./knee-report.js";
import type { KneeStep } from "./steps.js";
import { type Limits, overload } from "./stop-rule.js";

type Found = Pick<KneeReport, "capacity" | "capacityRange" | "kneeRate" | "usl">;

/** Reads the capacity, the knee and the scalability law off the steps. */
export function capacityOf(steps: readonly KneeStep[], limits: Limits): Found {
  const held = steps.filter((step) => overload(step, limits) === undefined);
  const over = steps.filter((step) => overload(step, limits) !== undefined);
  const goodputs = (held.length > 0 ? steps : over).map(({ goodput }) => goodput);
  const capacity = Math.max(0, ...goodputs);
  const kept = Math.max(0, ...held.map(({ throughput }) => throughput));
  const firstOver = Math.min(...over.map(({ offeredRequests }) => offeredRequests));
  const capacityRange: Interval = [kept, Number.isFinite(firstOver) ? Math.max(kept, firstOver) : kept];
  return { capacity, capacityRange, kneeRate: kneeRateOf(steps), usl: uslOf(steps) };
}

/** Where latency begins to climb, by the rate that was offered: the curve is flat first, then ever steeper. */
function kneeRateOf(steps: readonly KneeStep[]): number | null {
  const byRate = [...steps].sort((a, b) => a.offeredRequests - b.offeredRequests);
  return knee(
    byRate.map(({ offeredRequests, p95Ms }) => ({ x: offeredRequests, y: p95Ms })),
    "convex-increasing",
  );
}

/** Throughput by the number of requests that are under way: also of the steps beyond the capacity, which show whether it falls. */
function uslOf(steps: readonly KneeStep[]): Found["usl"] {
  const points = steps.map(({ concurrency, throughput }) => ({ concurrency, throughput }));
  const fit = fitUsl(points);
  return fit === null ? null : { ...fit, intervals: uslIntervals(points, fit) };
}
