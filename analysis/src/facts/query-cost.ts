import type { DetectorContext } from "../detector.js";
import { mean, quantile } from "../numbers.js";
import { type Claim, costOf, predictP95Ms } from "./cost.js";
import { type Cost, isMaterial, isMaterialUnbacked } from "./materiality.js";
import { withCausedWaits } from "./pools.js";
import type { QueryGroup } from "./queries.js";

/** A query shorter than this is not slow, only frequent. */
const slowQueryMs = 10;
/** What a query by key takes over a connection to a database nearby. */
const quickQueryMs = 2;
/** Executions of one statement that differ by more than this factor: some wait, for a lock or for the machine. */
const erratic = 10;
/** More than half of it cannot be an even spread of bad luck. */
const dominantShare = 0.6;

/** What one statement costs slow requests, with the waits for connections that it holds. */
export interface QueryCost {
  readonly cost: Cost;
  readonly claim: Claim;
  /** The part of the time for which it holds the pool's connections. */
  readonly part: number;
  readonly meanMs: number;
  readonly p10Ms: number;
  readonly p95Ms: number;
  /** It is quick at times: what it does is little, and something else keeps it. */
  readonly waits: boolean;
  /** How long it would take unhindered. */
  readonly betterMs: number;
  /** The requests' p95, were it always that quick. */
  readonly afterMs: number;
}

/** Null when it costs too little, or too little to tell from a machine that lacks CPU. */
export function queryCost(context: DetectorContext, group: QueryGroup): QueryCost | null {
  const { focus } = context;
  const { claim, part } = withCausedWaits(context, group.service, group.claim);
  const cost = costOf(focus, claim);
  const meanMs = mean(group.durationsMs);
  if (!isMaterial(cost) || meanMs < slowQueryMs) return null;
  const [p10Ms, p95Ms] = [quantile(group.durationsMs, 0.1), quantile(group.durationsMs, 0.95)];
  const waits = p95Ms > erratic * Math.max(0.5, p10Ms);
  // Where CPU is short every query is slow at times. One that is slow each time, or takes most of the time, is not that.
  if (context.machineLacksCpu && (waits ? cost.shareOfP95 < dominantShare : !isMaterialUnbacked(cost))) return null;
  const betterMs = waits ? Math.max(p10Ms, 0.5) : quickQueryMs;
  const afterMs = predictP95Ms(focus, (node, ownUs) =>
    group.claim(node, ownUs) > 0 ? Math.min(ownUs, betterMs * 1000) : ownUs - claim(node, ownUs),
  );
  return { cost, claim, part, meanMs, p10Ms, p95Ms, waits, betterMs, afterMs };
}
