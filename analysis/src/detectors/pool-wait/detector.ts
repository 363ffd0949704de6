import type { Detector, DetectorContext } from "../../detector.js";
import { costOf, exemplars, predictP95Ms, shareOf } from "../../facts/cost.js";
import { isMaterial } from "../../facts/materiality.js";
import { poolSignals } from "../../facts/pool-gauges.js";
import { acquireClaim, isAcquire, type PoolFacts, quickAcquireUs } from "../../facts/pools.js";
import { jobMatcher } from "../../facts/series.js";
import type { Confidence, Evidence, Finding } from "../../model.js";
import { formatMs, formatNumber, formatPercent, plural } from "../../text.js";
import { waitAtP95Ms } from "./queueing.js";

/** A wait of this part of the time held is hardly one. */
const tolerableWait = 0.1;
const suggestedMax = 500;
/** A pool that is used less than this on average is too small for bursts at most. */
const steadyUse = 0.5;

export const poolWait: Detector = {
  kind: "pool-wait",
  signals: poolSignals,
  detect(context) {
    const services = servicesThatAcquire(context);
    if (services.length === 0) {
      context.ruleOut("no request waited for a pooled connection on its critical path");
      return [];
    }
    return services.flatMap((service) => detectInService(context, service) ?? []);
  },
};

function servicesThatAcquire({ focus }: DetectorContext): string[] {
  const services = new Set<string>();
  for (const { path } of focus.slow) for (const { node } of path) if (isAcquire(node)) services.add(node.span.service);
  return [...services].sort();
}

function detectInService(context: DetectorContext, service: string): Finding | null {
  const { focus } = context;
  const claim = acquireClaim(service);
  const cost = costOf(focus, claim);
  if (!isMaterial(cost)) {
    context.ruleOut(
      `${service} waits for its pool for ${formatMs(cost.p95Ms)} of p95 (${formatPercent(cost.shareOfP95)})`,
    );
    return null;
  }
  const facts = context.pools(service);
  const use = meanUse(facts);
  if (context.machineLacksCpu && use !== null && use < steadyUse) {
    context.ruleOut(
      `${service} waits for its pool for ${formatMs(cost.p95Ms)} of p95, but only ${formatPercent(use)} of the pool are in use on average: bursts, as the machine lacks CPU`,
    );
    return null;
  }
  const { size } = facts.gauges;
  const after = predictP95Ms(focus, (node, ownUs) =>
    claim(node, ownUs) > 0 ? Math.min(ownUs, quickAcquireUs) : ownUs,
  );
  const suggested = suggestedSize(facts);
  const typicalShare = shareOf(focus.typical, claim);
  return {
    kind: "pool-wait",
    resource: { service, type: "connection-pool", name: facts.database },
    title: `${service} waits for its database pool${size === null ? "" : ` (${plural(size, "connection")})`}`,
    evidence: evidenceOf(context, facts, cost, typicalShare),
    cost,
    fix: fixOf(facts, suggested),
    expectedGain: {
      text: `without the wait, the same requests have a p95 of ${formatMs(after)} instead of ${formatMs(focus.p95Ms)} (estimate: replay of the traces; the database must bear the extra connections)`,
      p95Ms: { before: focus.p95Ms, after },
    },
    confidence: context.confidence(confidenceOf(facts)),
    exemplarTraceIds: exemplars(focus, claim),
    measures: {
      waitMeanMs: facts.waitMs.mean,
      waitP95Ms: facts.waitMs.p95,
      holdMs: facts.hold.ms,
      holdQueryMs: facts.hold.queryMs,
      ...(size === null ? {} : { poolSize: size }),
      ...(suggested === null ? {} : { suggestedPoolSize: suggested }),
      ...(facts.acquirePerSecond === null ? {} : { acquiresPerSecond: facts.acquirePerSecond }),
    },
  };
}

/** The smallest pool per instance in which 95 of 100 acquisitions hardly wait; null when load or size are not known. */
function suggestedSize({ gauges, acquirePerSecond, hold }: PoolFacts): number | null {
  if (gauges.size === null || acquirePerSecond === null || hold.ms <= 0) return null;
  const perInstance = acquirePerSecond / gauges.instances;
  let size = gauges.size + 1;
  while (size < suggestedMax && waitAtP95Ms(perInstance, hold.ms, size) > tolerableWait * hold.ms) size++;
  return size;
}

function fixOf(facts: PoolFacts, suggested: number | null): string {
  const hold = facts.hold.ms;
  const idle = hold >= 20 && facts.hold.queryMs < hold / 2;
  const release = `release connections sooner (held for ~${formatMs(hold)}, of which ${formatMs(facts.hold.queryMs)} are queries)`;
  const raise =
    suggested === null
      ? "raise the pool's size"
      : `raise the pool from ${facts.gauges.size} to ${suggested} connections`;
  return idle ? `${raise}, or ${release}` : `${raise}, or make the queries on it faster`;
}

/** Mean part of the pool's connections that were in use. */
function meanUse({ gauges }: PoolFacts): number | null {
  const { usedMean, size, instances } = gauges;
  return usedMean === null || size === null ? null : usedMean / (size * instances);
}

/** High when the pool itself says so; medium from traces alone; low when the pool's own numbers speak against it. */
function confidenceOf(facts: PoolFacts): Confidence {
  const { gauges } = facts;
  if (gauges.pendingMax === null) return "medium";
  if ((meanUse(facts) ?? 1) < steadyUse) return "low";
  if (gauges.pendingMax > 0) return "high";
  return gauges.size !== null && gauges.usedMax !== null && gauges.usedMax < gauges.size ? "low" : "medium";
}

function evidenceOf(
  { range, focus }: DetectorContext,
  facts: PoolFacts,
  cost: { shareOfP95: number },
  typicalShare: number,
): Evidence[] {
  const job = jobMatcher(facts.service);
  const { gauges, waitMs, acquirePerSecond } = facts;
  const evidence: Evidence[] = [
    {
      text: `Waiting for a connection is ${formatPercent(cost.shareOfP95)} of the critical path of slow requests (${formatPercent(typicalShare)} of typical ones), over ${plural(focus.slow.length, "slow request")}.`,
      value: cost.shareOfP95,
      unit: "1",
    },
    {
      text: `An acquisition takes ${formatMs(waitMs.mean)} on average and ${formatMs(waitMs.p95)} at p95.`,
      query: `histogram_quantile(0.95, sum by (le) (rate(traces_span_metrics_duration_milliseconds_bucket{service_name="${facts.service}",span_name="pg-pool.connect"}${range})))`,
      value: waitMs.p95,
      unit: "ms",
    },
  ];
  if (gauges.pendingMax !== null) {
    evidence.push({
      text: `The pool reported up to ${plural(gauges.pendingMax, "request")} waiting${gauges.size === null ? "" : `, with ${formatNumber(gauges.usedMax ?? 0)} of ${gauges.size} connections in use`}.`,
      query: `max_over_time(db_client_connection_pending_requests{${job}}${range})`,
      value: gauges.pendingMax,
      unit: "requests",
    });
  }
  if (acquirePerSecond !== null) {
    const waiting = (acquirePerSecond * waitMs.mean) / 1000;
    const reported =
      gauges.pendingMean === null ? "" : `; the pool reported ${formatNumber(gauges.pendingMean)} on average`;
    evidence.push({
      text: `Little's law: ${formatNumber(acquirePerSecond)} acquisitions/s × ${formatMs(waitMs.mean)} = ${formatNumber(waiting)} waiting at any time${reported}.`,
      value: waiting,
      unit: "requests",
    });
    const { hold } = facts;
    if (hold.byLittle) {
      evidence.push({
        text: `${formatNumber(gauges.usedMean ?? 0)} connections in use at ${formatNumber(acquirePerSecond)} acquisitions/s: each is held for ${formatMs(hold.ms)}; its queries take ${formatMs(facts.hold.queryMs)} of that.`,
        query: `avg_over_time(db_client_connection_count{${job},db_client_connection_state="used"}${range})`,
        value: hold.ms,
        unit: "ms",
      });
    }
  }
  return evidence;
}
