import type { Detector, DetectorContext } from "../../detector.js";
import { busiestLoop, isStarved } from "../../facts/event-loops.js";
import type { FrontQueue } from "../../facts/front-queue.js";
import { isMaterialUnbacked } from "../../facts/materiality.js";
import { jobMatcher } from "../../facts/series.js";
import type { Finding } from "../../model.js";
import { formatMs, formatPercent, possessive } from "../../text.js";

/**
 * The load generator waits much longer than the first service's spans last: requests queue before a span begins. In the
 * service's accept queue when its loop is busy, in a proxy before it, or in a load generator that lacks CPU.
 */
export const frontQueueWait: Detector = {
  kind: "front-queue",
  signals: [],
  detect(context) {
    const { front } = context;
    if (front === null || !isMaterialUnbacked(front)) {
      context.ruleOut(
        front === null
          ? "there is no load generator to compare the first service with"
          : `requests wait ${formatMs(front.p95Ms)} before ${context.focus.service} takes them up`,
      );
      return [];
    }
    const loop = busiestLoop(context.loops, context.focus.service);
    if (context.machineLacksCpu || (loop !== undefined && isStarved(loop))) {
      context.ruleOut(
        `requests wait ${formatMs(front.p95Ms)} before ${context.focus.service} takes them up, as the machine lacks CPU`,
      );
      return [];
    }
    return [findingFor(context, front)];
  },
};

function findingFor(context: DetectorContext, front: FrontQueue): Finding {
  const { service } = context.focus;
  const loop = busiestLoop(context.loops, service);
  const busy =
    loop?.utilization === null || loop?.utilization === undefined
      ? ""
      : ` ${possessive(service)} event loop was ${formatPercent(loop.utilization)} busy.`;
  return {
    kind: "front-queue",
    resource: { service, type: "accept-queue", name: `requests before ${service}` },
    title: `requests wait before ${service} takes them up`,
    evidence: [
      {
        text: `The load generator saw a p95 of ${formatMs(front.outsideMs)} (median over the load).`,
        query: "k6_http_req_duration_p95",
        value: front.outsideMs,
        unit: "ms",
      },
      {
        text: `The spans of ${service} have a p95 of ${formatMs(front.insideMs)}, in the same steps.${busy}`,
        query: `histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{${jobMatcher(service)}}${context.range})))`,
        value: front.insideMs,
        unit: "ms",
      },
    ],
    cost: { shareOfP95: front.shareOfP95, p95Ms: front.p95Ms },
    fix: `see whether ${service}, a proxy before it or the machine of the load generator is out of CPU; run the load generator on another machine, or more instances of ${service}`,
    expectedGain: {
      text: `if requests were taken up at once, the load generator would see the ${formatMs(front.insideMs)} that ${service} sees (estimate)`,
      p95Ms: { before: front.outsideMs, after: front.insideMs },
    },
    confidence: context.confidence(loop === undefined ? "low" : "medium"),
    exemplarTraceIds: [],
    measures: { outsideP95Ms: front.outsideMs, insideP95Ms: front.insideMs },
  };
}
