import type { Detector, DetectorContext } from "../../detector.js";
import { exemplars } from "../../facts/cost.js";
import { type Lock, lockOf } from "../../facts/locks.js";
import { type QueryGroup, queryGroups } from "../../facts/queries.js";
import { type QueryCost, queryCost } from "../../facts/query-cost.js";
import { jobMatcher } from "../../facts/series.js";
import type { Evidence, Finding } from "../../model.js";
import { formatMs, formatNumber, formatPercent, plural, shorten } from "../../text.js";

/** Transactions wait for each other: a statement that is quick by itself is let through one at a time. */
export const lockWait: Detector = {
  kind: "lock-wait",
  signals: [],
  detect(context) {
    const findings = queryGroups(context).flatMap((group) => {
      const measured = queryCost(context, group);
      const lock = measured === null ? null : lockOf(group, measured);
      return measured === null || lock === null ? [] : [findingFor(context, group, measured, lock)];
    });
    if (findings.length === 0) context.ruleOut("no statement that locks is quick at times and slow at others");
    return findings;
  },
};

function findingFor(context: DetectorContext, group: QueryGroup, measured: QueryCost, lock: Lock): Finding {
  const { focus } = context;
  const { service } = group;
  const { cost, claim, part, meanMs, p10Ms, p95Ms, betterMs, afterMs } = measured;
  return {
    kind: "lock-wait",
    resource: { service, type: "database-lock", name: lock.name },
    title: `${service} waits for a lock on ${lock.name}`,
    evidence: evidenceOf(context, group, measured, lock),
    cost,
    fix: `keep transactions that lock ${lock.name} short (no calls or waits inside, lock late), lock fewer rows, or do without the lock (an atomic UPDATE, SKIP LOCKED, optimistic versions); pg_locks and pg_stat_activity show who holds it`,
    expectedGain: {
      text: `were the lock always free (${formatMs(betterMs)}), p95 would be ${formatMs(afterMs)} instead of ${formatMs(focus.p95Ms)} (estimate: replay of the traces)`,
      p95Ms: { before: focus.p95Ms, after: afterMs },
    },
    confidence: context.confidence(lock.turnMs === null ? "medium" : "high"),
    exemplarTraceIds: exemplars(focus, claim),
    measures: {
      heldPart: part,
      meanMs,
      p10Ms,
      p95Ms,
      perSlowRequest: group.perSlowRequest,
      ...(lock.turnMs === null ? {} : { turnMs: lock.turnMs }),
    },
  };
}

function evidenceOf(
  { focus, range }: DetectorContext,
  { service, fingerprint, durationsMs, perSlowRequest }: QueryGroup,
  { cost, meanMs, p10Ms, p95Ms }: QueryCost,
  { name, turnMs }: Lock,
): Evidence[] {
  const turns =
    turnMs === null
      ? []
      : [
          {
            text: `Waits end one at a time, at least ${formatMs(turnMs)} apart: each holder keeps ${name} for about that long.`,
          },
        ];
  return [
    {
      text: `The statement takes ${formatMs(p10Ms)} at p10 and ${formatMs(p95Ms)} at p95 (${plural(durationsMs.length, "execution")}), ${formatNumber(perSlowRequest)} per slow request: it is quick when nobody is in its way.`,
      query: `sum by (job, db_operation_name) (rate(db_client_operation_duration_seconds_sum{${jobMatcher(service)}}${range})) / sum by (job, db_operation_name) (rate(db_client_operation_duration_seconds_count{${jobMatcher(service)}}${range}))`,
      value: meanMs,
      unit: "ms",
    },
    ...turns,
    {
      text: `${formatPercent(cost.shareOfP95)} of the critical path of slow requests is spent waiting for it, over ${plural(focus.slow.length, "slow request")}.`,
      value: cost.shareOfP95,
      unit: "1",
    },
    { text: `Statement: ${shorten(fingerprint, 400)}` },
  ];
}
