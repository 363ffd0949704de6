import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { buildDashboard, type DashboardSpec } from "./dashboard.js";
import { collector } from "./dashboards/collector.js";
import { database } from "./dashboards/database.js";
import { loadTest } from "./dashboards/load-test.js";
import { nodeRuntime } from "./dashboards/node-runtime.js";
import { services } from "./dashboards/services.js";

/** Every dashboard. A new one is a file in `dashboards/` and a line here. */
const specs: readonly DashboardSpec[] = [services, nodeRuntime, database, loadTest, collector];

/** All dashboards as Grafana loads them. */
export function allDashboards(): Dashboard[] {
  return specs.map(buildDashboard);
}
