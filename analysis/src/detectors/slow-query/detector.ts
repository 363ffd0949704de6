import type { Detector, DetectorContext } from "../../detector.js";
import { costOf, exemplars, predictP95Ms } from "../../facts/cost.js";
import { isMaterial, isMaterialUnbacked } from "../../facts/materiality.js";
import { causePart, withCausedWaits } from "../../facts/pools.js";
import { type QueryGroup, queryGroups, repeatedFrom } from "../../facts/queries.js";
import { jobMatcher } from "../../facts/series.js";
import type { Finding } from "../../model.js";
import { mean, quantile } from "../../numbers.js";
import { formatMs, formatNumber, formatPercent, plural, possessive, shorten } from "../../text.js";

/** A query shorter than this is not slow, only frequent. */
const slowQueryMs = 10;
/** What a query by key takes over a connection to a database nearby. */
const quickQueryMs = 2;
/** Executions of one statement that differ by more than this factor: some wait, for a lock or for the machine. */
const erratic = 10;
/** More than half of it cannot be an even spread of bad luck. */
const dominantShare = 0.6;
const writes = /^\s*(insert|update|delete|merge|with\b.*\b(insert|update|delete)\b)|for\s+(no\s+key\s+)?update/is;

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
  const { focus, range } = context;
  const { service, fingerprint } = group;
  const { claim, part } = withCausedWaits(context, service, group.claim);
  const cost = costOf(focus, claim);
  const meanMs = mean(group.durationsMs);
  if (!isMaterial(cost) || meanMs < slowQueryMs) return null;
  const [quick, slow] = [quantile(group.durationsMs, 0.1), quantile(group.durationsMs, 0.95)];
  const waits = slow > erratic * Math.max(0.5, quick);
  // Where CPU is short every query is slow at times. One that is slow each time, or takes most of the time, is not that.
  if (context.machineLacksCpu && (waits ? cost.shareOfP95 < dominantShare : !isMaterialUnbacked(cost))) return null;
  const betterUs = (waits ? Math.max(quick, 0.5) : quickQueryMs) * 1000;
  const after = predictP95Ms(focus, (node, ownUs) =>
    group.claim(node, ownUs) > 0 ? Math.min(ownUs, betterUs) : ownUs - claim(node, ownUs),
  );
  return {
    kind: "slow-query",
    resource: { service, type: "database-query", name: fingerprint },
    title: `${service} waits for a slow query ("${shorten(fingerprint, 60)}")`,
    evidence: [
      {
        text: `It takes ${formatMs(meanMs)} on average, ${formatMs(quick)} at p10 and ${formatMs(slow)} at p95 (${plural(group.durationsMs.length, "execution")}), ${formatNumber(group.perSlowRequest)} per slow request.`,
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
    fix: fixOf(group, waits),
    expectedGain: {
      text: `were it always ${formatMs(betterUs / 1000)}, p95 would be ${formatMs(after)} instead of ${formatMs(focus.p95Ms)} (estimate: replay of the traces)`,
      p95Ms: { before: focus.p95Ms, after },
    },
    confidence: context.confidence(waits || context.machineLacksCpu ? "medium" : "high"),
    exemplarTraceIds: exemplars(focus, claim),
    measures: { heldPart: part, meanMs, p10Ms: quick, p95Ms: slow, perSlowRequest: group.perSlowRequest },
  };
}

function fixOf({ fingerprint }: QueryGroup, waits: boolean): string {
  if (waits && writes.test(fingerprint)) {
    return "it is quick at times and slow at others, and it writes: look for row locks (pg_stat_activity, pg_locks) and keep transactions short";
  }
  if (waits)
    return "it is quick at times and slow at others: look at EXPLAIN (ANALYZE, BUFFERS) for slow parameters, at locks, and at the load of the database";
  return "it is slow every time: run EXPLAIN (ANALYZE, BUFFERS) and look for a missing index (a sequential scan that drops most rows)";
}
