import type { Detector, DetectorContext } from "../../detector.js";
import { type Spread, spreads } from "../../facts/instances.js";
import { jobMatcher } from "../../facts/series.js";
import type { Finding } from "../../model.js";
import { formatPercent, listNames, plural } from "../../text.js";

/** Fewer requests than this may fall unevenly by chance. */
const enoughCalls = 60;
/** So much more than its fair part must the busiest instance get: strategies that go by load differ by some. */
const unfair = 1.5;
/** Standard deviations from an even draw, so that chance is out of the question. */
const deviations = 6;

/**
 * One instance gets far more of a service's requests than the others. It costs capacity: the busiest is full while the
 * others idle. Whether that is meant (a weight, a hash by client) only a person can tell, so it says so.
 */
export const loadSkew: Detector = {
  kind: "load-skew",
  signals: [],
  detect(context) {
    const known = spreads(context.requests, context.loops);
    if (known.length === 0) context.ruleOut("no service has more than one instance");
    return known.flatMap((spread) => {
      const { share, isSkewed } = judge(spread);
      if (!isSkewed) context.ruleOut(`${spread.service}: the busiest of its instances gets ${formatPercent(share)}`);
      return isSkewed ? [findingFor(context, spread, share)] : [];
    });
  },
};

function judge({ requests, total }: Spread): { share: number; isSkewed: boolean } {
  const fair = 1 / requests.length;
  const most = requests[0]?.[1] ?? 0;
  const share = total === 0 ? 0 : most / total;
  const deviation = Math.sqrt(total * fair * (1 - fair));
  const isChance = most - total * fair < deviations * deviation;
  return { share, isSkewed: total >= enoughCalls && share >= unfair * fair && !isChance };
}

function findingFor({ focus, confidence, range }: DetectorContext, spread: Spread, share: number): Finding {
  const { service, caller, requests, total } = spread;
  const by = caller ?? "what stands before it";
  return {
    kind: "load-skew",
    resource: { service: caller ?? service, type: "load-balancer", name: service },
    title: `${by} sends ${formatPercent(share)} of ${service}'s requests to one of its ${requests.length} instances`,
    evidence: [
      {
        text: `Of ${plural(total, "traced request")} to ${service}: ${listNames(
          requests.map(([instance, count]) => `${count} to ${instance}`),
          4,
        )}.`,
        query: `sum by (instance) (rate(http_server_request_duration_seconds_count{${jobMatcher(service)}}${range}))`,
        value: share,
        unit: "1",
      },
    ],
    cost: { shareOfP95: 0, p95Ms: 0 },
    fix: `spread ${service}'s requests evenly (round robin or least connections), unless a weight or a hash by client is meant`,
    expectedGain: {
      text: `latency at this load is not expected to change; ${service} would take about ${(share * requests.length).toFixed(1)} times as many requests before its busiest instance is full`,
      p95Ms: { before: focus.p95Ms, after: focus.p95Ms },
    },
    confidence: confidence("high"),
    exemplarTraceIds: focus.slow.slice(0, 3).map(({ tree }) => tree.traceId),
    measures: { share, instances: requests.length, capacityGain: share * requests.length },
    besidesLatency: true,
    rankNote: "It costs capacity and not latency at this load, so it stands behind what costs latency.",
  };
}
