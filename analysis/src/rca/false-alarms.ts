import { type Baselines, explain, type Incident } from "./incident.js";
import type { AlertTarget } from "./model.js";
import { type Observations, sliceRows } from "./observations.js";
import type { RcaSettings } from "./settings.js";
import type { WaitGraph } from "./wait-graph.js";

/**
 * How often a normal time looks at least as bad: the share of its windows, each examined as if an alert had fired there,
 * in which there is as much evidence. A conformal p-value of at most `settings.falseAlarms` makes an incident; where the normal
 * time is too short for that, none of its windows may be as bad.
 */
export function isFalseAlarm(
  incident: Incident,
  normal: Observations,
  base: Baselines,
  graph: WaitGraph,
  issue: Observations,
  alert: AlertTarget,
  settings: RcaSettings,
): boolean {
  const rows = issue.time.length;
  const windows = Math.max(0, normal.time.length - rows + 1);
  const offsetS = alert.time - (issue.time[0] ?? 0);
  let asBad = 0;
  for (let from = 0; from < windows; from++) {
    const window = sliceRows(normal, from, from + rows);
    const supposed = { ...alert, time: (window.time[0] ?? 0) + offsetS };
    const { evidence } = explain(alert.metric, base, graph, window, supposed, settings);
    if (evidence >= incident.evidence) asBad++;
  }
  return asBad + 1 > Math.max(1, settings.falseAlarms * (windows + 1));
}
