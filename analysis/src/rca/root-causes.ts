import { comparable } from "./comparable.js";
import { isFalseAlarm } from "./false-alarms.js";
import { baselines, explain, type Incident, type Suspect } from "./incident.js";
import type { IncidentInput, RankedCause } from "./model.js";
import { type Observations, observe } from "./observations.js";
import { withRequestCounts } from "./request-counts.js";
import { defaultRcaSettings, type RcaSettings } from "./settings.js";
import { type WaitGraph, waitGraph } from "./wait-graph.js";
import { whySuspect } from "./why.js";

/** People read the first three; more than this are no help. */
const maxCauses = 10;

function fromSuspect(suspect: Suspect, incident: Incident, { issue, target }: IncidentInput): RankedCause {
  return {
    node: suspect.node,
    score: suspect.metric === target.metric ? suspect.certain / incident.targetExcess : 0,
    why: whySuspect(suspect, incident, issue.intervalS, target),
  };
}

/** Callees of suspects that are called and yet not measured: what their caller is blamed for may be theirs. */
function unseenBehind({ suspects, ledger }: Incident, waits: WaitGraph, issue: Observations): RankedCause[] {
  return suspects
    .filter(({ certain }) => certain > 0)
    .flatMap(({ node, metric }) =>
      (waits.callees.get(node) ?? [])
        .filter((callee) => !ledger.entries.has(callee) && waits.kinds.get(callee) === "service")
        .filter((callee) => issue.nodes.get(callee)?.requests.every((count) => count > 0))
        .map((callee) => ({
          node: callee,
          score: 0,
          why: `It is called by ${node}, a suspect, but its own ${metric} was not measured.`,
        })),
    );
}

/**
 * Names the nodes that an alert comes from, most likely first; an empty list says that nothing is out of the ordinary.
 *
 * Every node's seconds (or failed requests) above expectation are compared with those of its callees; what they do not
 * explain is the node's own. The whole method, its sources and its limits are told in docs/analysis/rca.md.
 */
export function rankRootCauses(input: IncidentInput, settings: RcaSettings = defaultRcaSettings): RankedCause[] {
  const { target, graph } = input;
  const tables = comparable(input.normal, input.issue);
  const seen = { normal: observe(tables.normal), issue: observe(tables.issue) };
  const normal = withRequestCounts(seen.normal, seen.issue, graph);
  const issue = withRequestCounts(seen.issue, seen.normal, graph);
  const waits = waitGraph(graph, [normal, issue], target.node);
  const base = baselines(normal, settings);

  const incident = explain(target.metric, base, waits, issue, target, settings);
  if (incident.evidence === 0) return [];
  if (isFalseAlarm(incident, normal, base, waits, issue, target, settings)) return [];

  const other = target.metric === "latency" ? "availability" : "latency";
  const aside = explain(other, base, waits, issue, target, settings);
  const causes = [
    ...incident.suspects.filter(({ certain }) => certain > 0).map((suspect) => fromSuspect(suspect, incident, input)),
    ...unseenBehind(incident, waits, issue),
    // Slow nodes may fail, and failing ones be slow: the other metric stands behind the one that the alert is about.
    ...[...aside.suspects.filter(({ certain }) => certain > 0), ...incident.suspects.filter(({ own }) => own > 0)].map(
      (suspect) => fromSuspect(suspect, incident, input),
    ),
  ];
  const first = new Map(causes.toReversed().map((cause) => [cause.node, cause]));
  return causes.filter((cause) => first.get(cause.node) === cause).slice(0, maxCauses);
}
