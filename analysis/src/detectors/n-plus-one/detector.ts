import type { Detector, DetectorContext } from "../../detector.js";
import { costOf, exemplars, predictP95Ms } from "../../facts/cost.js";
import { isMaterial } from "../../facts/materiality.js";
import { withCausedWaits } from "../../facts/pools.js";
import { type QueryGroup, queryGroups, repeatedFrom } from "../../facts/queries.js";
import { jobMatcher } from "../../facts/series.js";
import type { Finding } from "../../model.js";
import { mean } from "../../numbers.js";
import { formatMs, formatNumber, formatPercent, plural, shorten } from "../../text.js";

/** The same statement again and again within one request: a loop over rows that one statement could answer. */
export const nPlusOne: Detector = {
  kind: "n-plus-one",
  signals: [],
  detect(context) {
    const repeated = queryGroups(context).filter((group) => group.perSlowRequest >= repeatedFrom);
    if (repeated.length === 0) context.ruleOut(`no statement runs ${repeatedFrom} times or more in a slow request`);
    return repeated.flatMap((group) => detectRepetition(context, group) ?? []);
  },
};

function detectRepetition(context: DetectorContext, group: QueryGroup): Finding | null {
  const { focus, range } = context;
  const { claim, part } = withCausedWaits(context, group.service, group.claim);
  const cost = costOf(focus, claim);
  const times = formatNumber(Math.round(group.perSlowRequest));
  if (!isMaterial(cost)) {
    context.ruleOut(
      `${group.service} runs "${shorten(group.fingerprint, 60)}" ${times} times per slow request, for ${formatMs(cost.p95Ms)} in sum`,
    );
    return null;
  }
  const { service, fingerprint, perSlowRequest } = group;
  const oneIsEnough = 1 - 1 / Math.max(1, perSlowRequest);
  const after = predictP95Ms(focus, (node, ownUs) => ownUs - oneIsEnough * claim(node, ownUs));
  return {
    kind: "n-plus-one",
    resource: { service, type: "database-query", name: fingerprint },
    title: `${service} runs the same query ${times} times per request ("${shorten(fingerprint, 60)}")`,
    evidence: [
      {
        text: `${times} executions of ${formatMs(mean(group.durationsMs))} each in every slow request, over ${plural(focus.slow.length, "slow request")}.`,
        query: `sum(rate(db_client_operation_duration_seconds_count{${jobMatcher(service)}}${range})) / sum(rate(http_server_request_duration_seconds_count{${jobMatcher(service)}}${range}))`,
        value: perSlowRequest,
        unit: "1/request",
      },
      {
        text: `${formatPercent(cost.shareOfP95)} of the critical path of slow requests is spent in them.`,
        value: cost.shareOfP95,
        unit: "1",
      },
      { text: `Statement: ${shorten(fingerprint, 400)}` },
    ],
    cost,
    fix: "fetch all rows in one statement (JOIN, IN, = ANY) instead of one per row",
    expectedGain: {
      text: `with one execution in place of ${times}, p95 would be ${formatMs(after)} instead of ${formatMs(focus.p95Ms)} (estimate: replay of the traces)`,
      p95Ms: { before: focus.p95Ms, after },
    },
    confidence: context.confidence("high"),
    exemplarTraceIds: exemplars(focus, claim),
    measures: { heldPart: part, perSlowRequest, meanMs: mean(group.durationsMs) },
  };
}
