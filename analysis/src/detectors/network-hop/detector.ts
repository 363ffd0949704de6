import type { Detector, DetectorContext } from "../../detector.js";
import { categoryOf } from "../../facts/category.js";
import { type Claim, costOf, exemplars, predictP95Ms, quickHopUs } from "../../facts/cost.js";
import { busiestLoop, saturatedUtilization } from "../../facts/event-loops.js";
import { isMaterial, isMaterialUnbacked } from "../../facts/materiality.js";
import { withCausedWaits } from "../../facts/pools.js";
import { jobMatcher } from "../../facts/series.js";
import { groupBy } from "../../group.js";
import type { Confidence, Finding } from "../../model.js";
import { mean, quantile } from "../../numbers.js";
import { formatMs, formatPercent, plural, possessive } from "../../text.js";

/** A distance costs every call the same. Below this ratio of quick to slow calls the gap is rather a queue. */
const steadyRatio = 0.5;

interface Hop {
  readonly caller: string;
  readonly callee: string;
  readonly gapsMs: readonly number[];
  readonly callsPerRequest: number;
  readonly port: string;
}

/**
 * The time between a call as its caller saw it and the same call as its callee saw it: network, proxies, connection
 * set-up. A busy event loop at either end looks the same (the callee takes the request up late, or the caller the
 * answer), so a hop at such an end is not blamed.
 */
export const networkHop: Detector = {
  kind: "network-hop",
  signals: [],
  detect(context) {
    const hops = findHops(context);
    if (hops.length === 0) context.ruleOut("no call between two traced services is on the critical path");
    return hops.flatMap((hop) => detectHop(context, hop) ?? []);
  },
};

function hopClaim({ caller, callee }: Hop): Claim {
  return (node, ownUs) =>
    node.span.service === caller && node.callee?.span.service === callee && categoryOf(node) === "hop" ? ownUs : 0;
}

function findHops({ focus }: DetectorContext): Hop[] {
  const seen = [...focus.sample, ...focus.slow.filter((request) => request.extra)];
  const hops = seen.flatMap(({ tree }) => tree.nodes.filter((node) => categoryOf(node) === "hop"));
  const calls = groupBy(hops, (node) => `${node.span.service}\u0000${node.callee?.span.service}`);
  return [...calls]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, nodes]) => {
      const [caller = "", callee = ""] = key.split("\u0000");
      return {
        caller,
        callee,
        gapsMs: nodes.map((node) => Math.max(0, node.span.durationUs - (node.callee?.span.durationUs ?? 0)) / 1000),
        callsPerRequest: nodes.length / Math.max(1, focus.sample.length),
        port: String(nodes[0]?.span.attributes["server.port"] ?? ""),
      };
    });
}

function detectHop(context: DetectorContext, hop: Hop): Finding | null {
  const { focus } = context;
  const { caller, callee, gapsMs } = hop;
  const name = `${caller} → ${callee}`;
  const onHop = hopClaim(hop);
  const { claim, part } = withCausedWaits(context, caller, onHop);
  const cost = costOf(focus, claim);
  const median = quantile(gapsMs, 0.5);
  const steady = quantile(gapsMs, 0.1) >= steadyRatio * quantile(gapsMs, 0.9);
  if (!(steady || !context.machineLacksCpu ? isMaterial(cost) : isMaterialUnbacked(cost))) {
    context.ruleOut(`${name} costs ${formatMs(median)} per call, ${formatMs(cost.p95Ms)} of p95`);
    return null;
  }
  const busyEnd = busyEndOf(context, hop);
  if (busyEnd !== null) {
    context.ruleOut(`${name} shows a gap of ${formatMs(median)} per call, but ${busyEnd}, which makes the same gap`);
    return null;
  }
  const after = predictP95Ms(focus, (node, ownUs) =>
    onHop(node, ownUs) > 0 ? Math.min(ownUs, quickHopUs) : ownUs - claim(node, ownUs),
  );
  return {
    kind: "network-hop",
    resource: { service: caller, type: "network-hop", name },
    title: `the network hop ${name} adds ${formatMs(median)} per call`,
    evidence: evidenceOf(context, hop, cost.shareOfP95, steady),
    cost,
    fix: steady
      ? `bring ${caller} and ${callee} nearer to each other (same zone, no proxy between), keep connections alive, or call ${callee} less often: batch, cache, or run the calls in parallel`
      : `look at connection set-up, proxies and accept queues between ${caller} and ${callee}: the gap varies from call to call`,
    expectedGain: {
      text: `with a hop of ${formatMs(quickHopUs / 1000)}, the same requests have a p95 of ${formatMs(after)} instead of ${formatMs(focus.p95Ms)} (estimate: replay of the traces)`,
      p95Ms: { before: focus.p95Ms, after },
    },
    confidence: context.confidence(confidenceOf(context, hop, steady)),
    exemplarTraceIds: exemplars(focus, claim),
    measures: {
      heldPart: part,
      gapP10Ms: quantile(gapsMs, 0.1),
      gapP50Ms: median,
      gapP95Ms: quantile(gapsMs, 0.95),
      callsPerRequest: hop.callsPerRequest,
    },
  };
}

/** Why the gap may come from an event loop at one of the hop's ends; null when it may not. */
function busyEndOf({ loops }: DetectorContext, { caller, callee, gapsMs }: Hop): string | null {
  for (const service of [callee, caller]) {
    const loop = busiestLoop(loops, service);
    if (loop === undefined) continue;
    if ((loop.utilization ?? 0) >= saturatedUtilization)
      return `${possessive(service)} event loop is ${formatPercent(loop.utilization ?? 0)} busy`;
    // A stalling loop delays some calls, a distance delays all: so the quick calls tell them apart.
    const quickMs = quantile(gapsMs, 0.1);
    if ((loop.delayP99Ms ?? 0) >= 0.5 * mean(gapsMs) && quickMs < 0.25 * mean(gapsMs)) {
      return `${possessive(service)} event loop is delayed by up to ${formatMs(loop.delayP99Ms ?? 0)}`;
    }
  }
  return null;
}

function confidenceOf({ loops }: DetectorContext, { caller, callee }: Hop, steady: boolean): Confidence {
  const seen = [caller, callee].every((service) => busiestLoop(loops, service) !== undefined);
  if (steady) return seen ? "high" : "medium";
  return seen ? "medium" : "low";
}

function evidenceOf({ range, focus }: DetectorContext, hop: Hop, share: number, steady: boolean): Finding["evidence"] {
  const { caller, callee, gapsMs, port } = hop;
  const by = port === "" ? "" : `,server_port="${port}"`;
  const average = (metric: string, matcher: string): string =>
    `sum(rate(${metric}_sum{${matcher}}${range})) / sum(rate(${metric}_count{${matcher}}${range}))`;
  const quick = quantile(gapsMs, 0.1);
  const slow = quantile(gapsMs, 0.95);
  return [
    {
      text: `The call as ${caller} saw it takes ${formatMs(mean(gapsMs))} longer than as ${callee} saw it (over ${plural(gapsMs.length, "call")}).`,
      query: `${average("http_client_request_duration_seconds", `${jobMatcher(caller)}${by}`)} - ${average("http_server_request_duration_seconds", jobMatcher(callee))}`,
      value: mean(gapsMs),
      unit: "ms",
    },
    {
      text: steady
        ? `The gap is steady, ${formatMs(quick)} at p10 and ${formatMs(slow)} at p95: a distance, not a queue.`
        : `The gap varies from ${formatMs(quick)} at p10 to ${formatMs(slow)} at p95.`,
      value: slow,
      unit: "ms",
    },
    {
      text: `${formatPercent(share)} of the critical path of slow requests is spent on this hop, over ${plural(focus.slow.length, "slow request")}.`,
      value: share,
      unit: "1",
    },
  ];
}
