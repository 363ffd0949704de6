import type { Detector, DetectorContext } from "../../detector.js";
import { type Category, categoryOf, operationKey, operationName } from "../../facts/category.js";
import { type Claim, costOf, exemplars, predictP95Ms } from "../../facts/cost.js";
import { busiestLoop } from "../../facts/event-loops.js";
import { isMaterialUnbacked } from "../../facts/materiality.js";
import type { Finding } from "../../model.js";
import { formatMs, formatPercent, plural } from "../../text.js";
import type { SpanNode } from "../../trace/span-node.js";

const explainable: readonly Category[] = ["service", "external", "connect", "messaging"];

/**
 * Where the time goes when no resource explains it: a fact of the critical path, without a cause. Asks for more than
 * the other detectors do (materiality.ts), and ranks behind them.
 */
export const serviceTime: Detector = {
  kind: "service-time",
  signals: [],
  detect(context) {
    const operations = new Map<string, SpanNode>();
    for (const { path } of context.focus.slow) {
      for (const { node } of path) if (explainable.includes(categoryOf(node))) operations.set(operationKey(node), node);
    }
    const findings = [...operations]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, node]) => detectOperation(context, key, node) ?? []);
    if (findings.length === 0)
      context.ruleOut("no operation takes a large part of slow requests without a cause being known");
    return findings;
  },
};

function detectOperation(context: DetectorContext, key: string, node: SpanNode): Finding | null {
  const { focus } = context;
  const category = categoryOf(node);
  const claim: Claim = (other, ownUs) => (categoryOf(other) === category && operationKey(other) === key ? ownUs : 0);
  const cost = costOf(focus, claim);
  if (!isMaterialUnbacked(cost)) return null;
  if (context.machineLacksCpu && category === "service") {
    context.ruleOut(`${node.span.service} takes ${formatMs(cost.p95Ms)} of p95 itself, but the machine lacked CPU`);
    return null;
  }
  const { service } = node.span;
  const name = operationName(node);
  const after = predictP95Ms(focus, (other, ownUs) => (claim(other, ownUs) > 0 ? ownUs / 2 : ownUs));
  return {
    kind: "service-time",
    resource: { service, type: "operation", name },
    title: titleOf(category, service, name, node),
    evidence: [
      {
        text: `${formatPercent(cost.shareOfP95)} of the critical path of slow requests is this operation's own time: no traced call or query was running, over ${plural(focus.slow.length, "slow request")}.`,
        query: `histogram_quantile(0.95, sum by (le) (rate(traces_span_metrics_duration_milliseconds_bucket{service_name="${service}",span_name="${node.span.name.replace(/["\\]/g, "\\$&")}"}${context.range})))`,
        value: cost.shareOfP95,
        unit: "1",
      },
      ...loopEvidence(context, service),
    ],
    cost,
    fix:
      category === "service"
        ? `trace or profile ${service} further (a CPU profile, spans around what it waits for)`
        : `look at the other side of the call, or make ${service} wait for it less: cache, time-out, parallel calls`,
    expectedGain: {
      text: `half of it gone would make p95 ${formatMs(after)} instead of ${formatMs(focus.p95Ms)} (estimate: replay of the traces)`,
      p95Ms: { before: focus.p95Ms, after },
    },
    confidence: context.confidence(category === "external" ? "medium" : "low"),
    exemplarTraceIds: exemplars(focus, claim),
    measures: {},
    rankNote: "It says where the time goes but not why; findings with a known cause stand before it.",
  };
}

function titleOf(category: Category, service: string, name: string, node: SpanNode): string {
  if (category === "service") return `${service} spends the time in ${name} itself, for a reason not traced`;
  if (category === "connect") return `${service} opens connections (${name}) on the critical path`;
  if (category === "messaging") return `${service} waits for its broker (${name})`;
  const address = node.span.attributes["server.address"];
  return `${service} waits for ${address === undefined ? "an untraced service" : String(address)} (${name})`;
}

function loopEvidence({ loops }: DetectorContext, service: string): Finding["evidence"] {
  const loop = busiestLoop(loops, service);
  if (loop === undefined || loop.utilization === null) return [];
  const busy = formatPercent(loop.utilization);
  const text = loop.utilization < 0.5 ? `${busy} busy: it waits rather than computes` : `${busy} busy`;
  return [{ text: `Its event loop is ${text}.`, value: loop.utilization, unit: "1" }];
}
