import type { Detector, DetectorContext } from "../../detector.js";
import { costOf, exemplars } from "../../facts/cost.js";
import { lockOf } from "../../facts/locks.js";
import { causePart } from "../../facts/pools.js";
import { type QueryGroup, queryGroups, repeatedFrom } from "../../facts/queries.js";
import { queryCost } from "../../facts/query-cost.js";
import { jobMatcher } from "../../facts/series.js";
import type { Finding } from "../../model.js";
import { formatMs, formatNumber, formatPercent, plural, possessive, shorten } from "../../text.js";

/** One statement whose execution dominates slow requests. It is a fact of the critical path; the cause is a hint. */
export const slowQuery: Detector = {
  kind: "slow-query",
  signals: [],
  detect(context) {
    const groups = queryGroups(context).filter((group) => group.perSlowRequest < repeatedFrom);
    if (groups.length === 0) context.ruleOut("slow requests run no database queries");
    const findings = groups.flatMap((group) => detectQuery(context, group) ?? []);
    if (findings.length === 0 && groups.length > 0) {
      const [most] = groups
        .map((group) => ({ group, cost: costOf(context.focus, group.claim) }))
        .sort((a, b) => b.cost.p95Ms - a.cost.p95Ms);
      if (most !== undefined) {
        context.ruleOut(
          `the costliest query, ${possessive(most.group.service)} "${shorten(most.group.fingerprint, 60)}", is ${formatMs(most.cost.p95Ms)} of p95`,
        );
      }
    }
    return findings;
  },
};

function detectQuery(context: DetectorContext, group: QueryGroup): Finding | null {
  const measured = queryCost(context, group);
  // A wait for a lock is told by its own detector.
  if (measured === null || lockOf(group, measured) !== null) return null;
  const { focus, range } = context;
  const { service, fingerprint } = group;
  const { cost, claim, part, meanMs, p10Ms, p95Ms, waits, betterMs, afterMs } = measured;
  return {
    kind: "slow-query",
    resource: { service, type: "database-query", name: fingerprint },
    title: `${service} waits for a slow query ("${shorten(fingerprint, 60)}")`,
    evidence: [
      {
        text: `It takes ${formatMs(meanMs)} on average, ${formatMs(p10Ms)} at p10 and ${formatMs(p95Ms)} at p95 (${plural(group.durationsMs.length, "execution")}), ${formatNumber(group.perSlowRequest)} per slow request.`,
        query: `sum by (job, db_operation_name) (rate(db_client_operation_duration_seconds_sum{${jobMatcher(service)}}${range})) / sum by (job, db_operation_name) (rate(db_client_operation_duration_seconds_count{${jobMatcher(service)}}${range}))`,
        value: meanMs,
        unit: "ms",
      },
      {
        text: `${formatPercent(cost.shareOfP95)} of the critical path of slow requests is spent in it${part < causePart ? "" : ", and in waiting for the connections that are held by it"}, over ${plural(focus.slow.length, "slow request")}.`,
        value: cost.shareOfP95,
        unit: "1",
      },
      { text: `Statement: ${shorten(fingerprint, 400)}` },
    ],
    cost,
    fix: fixOf(waits),
    expectedGain: {
      text: `were it always ${formatMs(betterMs)}, p95 would be ${formatMs(afterMs)} instead of ${formatMs(focus.p95Ms)} (estimate: replay of the traces)`,
      p95Ms: { before: focus.p95Ms, after: afterMs },
    },
    confidence: context.confidence(waits || context.machineLacksCpu ? "medium" : "high"),
    exemplarTraceIds: exemplars(focus, claim),
    measures: { heldPart: part, meanMs, p10Ms, p95Ms, perSlowRequest: group.perSlowRequest },
  };
}

function fixOf(waits: boolean): string {
  if (waits)
    return "it is quick at times and slow at others: look at EXPLAIN (ANALYZE, BUFFERS) for slow parameters, at locks, and at the load of the database";
  return "it is slow every time: run EXPLAIN (ANALYZE, BUFFERS) and look for a missing index (a sequential scan that drops most rows)";
}
