import type { DetectorContext } from "../detector.js";
import { mean, quantile, sum } from "../numbers.js";
import type { SpanNode } from "../trace/span-node.js";
import { categoryOf } from "./category.js";
import type { Claim } from "./cost.js";
import { measurePool, type PoolGauges } from "./pool-gauges.js";
import { type Hold, holdTimes } from "./pool-holds.js";

/** An acquisition that does not have to wait still costs a turn of the event loop. */
export const quickAcquireUs = 1000;

export interface PoolFacts {
  readonly service: string;
  /** Name and address of the database behind the pool. */
  readonly database: string;
  readonly acquirePerSecond: number | null;
  readonly waitMs: { readonly mean: number; readonly p95: number };
  /** How long a connection is held, and for how long of that queries run on it. */
  readonly hold: {
    readonly ms: number;
    readonly queryMs: number /** Else from the traces, a lower bound. */;
    readonly byLittle: boolean;
  };
  readonly gauges: PoolGauges;
  readonly holds: readonly Hold[];
}

type PoolContext = Pick<DetectorContext, "requests" | "requestRate" | "series">;

export function isAcquire(node: SpanNode): boolean {
  return categoryOf(node) === "pool-wait";
}

export function acquireClaim(service: string): Claim {
  return (node, ownUs) => (node.span.service === service && isAcquire(node) ? ownUs : 0);
}

export function poolFacts(context: PoolContext, service: string): PoolFacts {
  const sample = context.requests.filter((request) => !request.extra);
  const acquires = sample.flatMap(({ tree }) =>
    tree.nodes.filter((node) => node.span.service === service && isAcquire(node)),
  );
  const waits = acquires.map((node) => (node.endUs - node.startUs) / 1000);
  const gauges = measurePool(context, service);
  const holds = sample.flatMap(({ tree }) => holdTimes(tree, service));
  const { requestRate } = context;
  const acquirePerSecond = requestRate === null ? null : (requestRate * acquires.length) / Math.max(1, sample.length);
  const first = acquires[0]?.span.attributes ?? {};
  const at =
    first["server.address"] === undefined ? "" : ` at ${first["server.address"]}:${first["server.port"] ?? ""}`;
  return {
    service,
    database: `${first["db.namespace"] ?? first["db.name"] ?? "database"}${at}`,
    acquirePerSecond,
    waitMs: { mean: mean(waits), p95: quantile(waits, 0.95) },
    hold: holdOf(holds, gauges, acquirePerSecond),
    gauges,
    holds,
  };
}

/** By Little's law (connections in use = acquisitions per second × time held) where the pool reported its use. */
function holdOf(holds: readonly Hold[], gauges: PoolGauges, acquirePerSecond: number | null): PoolFacts["hold"] {
  const traced = mean(holds.map((hold) => hold.heldMs));
  const queryMs = mean(holds.map((hold) => hold.queryMs));
  if (gauges.usedMean === null || acquirePerSecond === null || acquirePerSecond === 0)
    return { ms: traced, queryMs, byLittle: false };
  return { ms: Math.max(traced, (gauges.usedMean / acquirePerSecond) * 1000), queryMs, byLittle: true };
}

/**
 * Which part of the time that the service's connections are held is owed to the claim, 0..1. A pool is exhausted because
 * connections are held: what makes up most of the hold is the cause, and waiting for the pool its symptom.
 */
export function heldPart({ holds, hold }: PoolFacts, claim: Claim): number {
  if (holds.length === 0 || hold.ms <= 0) return 0;
  const claimedMs = mean(holds.map(({ during }) => sum(during.map((node) => claim(node, ownDurationUs(node)))) / 1000));
  return Math.min(1, claimedMs / hold.ms);
}

function ownDurationUs(node: SpanNode): number {
  const callee = node.callee === null ? 0 : node.callee.span.durationUs;
  return Math.max(0, node.span.durationUs - callee);
}

/** From this part of the hold on, a claim is the cause of the waiting. */
export const causePart = 0.5;

/** The claim, with the waits for the service's pool that it causes. */
export function withCausedWaits(
  { pools }: Pick<DetectorContext, "pools">,
  service: string,
  claim: Claim,
): { claim: Claim; part: number } {
  const part = heldPart(pools(service), claim);
  if (part < causePart) return { claim, part };
  const waits = acquireClaim(service);
  return { claim: (node, ownUs) => claim(node, ownUs) + part * waits(node, ownUs), part };
}
