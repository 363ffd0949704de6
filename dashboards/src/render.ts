import { stringify } from "yaml";
import { allDashboards } from "./catalog.js";
import { alerts } from "./rules/alerts.js";
import type { RuleGroup } from "./rules/model.js";
import { recording } from "./rules/recording.js";

/** The groups in the order in which they must be evaluated: alerts read what the first one records. */
export const ruleGroups: readonly RuleGroup[] = [recording, alerts];

/** Everything below `dashboards/dist`, by path within it. The same code always gives the same bytes. */
export function renderFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const dashboard of allDashboards()) {
    const name = (dashboard.uid ?? "").replace("venturi-", "");
    files.set(`grafana/${name}.json`, `${JSON.stringify(dashboard, null, 2)}\n`);
  }
  const header =
    "# Built from dashboards/src/rules. Change it there, then: npm run build --workspace @venturi/dashboards\n";
  files.set("prometheus/rules.yaml", header + stringify({ groups: ruleGroups }, { lineWidth: 0 }));
  return files;
}
