import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import { allDashboards } from "./catalog.js";

/** One PromQL expression of one panel, with Grafana's variables still in it. */
export interface PanelExpression {
  /** The dashboard's uid. */
  readonly dashboard: string;
  /** The panel's title. */
  readonly panel: string;
  /** The query's letter within the panel. */
  readonly refId: string;
  /** As Grafana shows it: `range` over the chosen time or `instant` at its end. */
  readonly kind: "range" | "instant";
  readonly expr: string;
}

/** The panels of a dashboard without its row headings. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  const isPanel = (panel: Panel | RowPanel): panel is Panel => panel.type !== "row";
  return (dashboard.panels ?? []).filter(isPanel);
}

/**
 * Every expression of every dashboard, so that a test can run each one against a store or a real Prometheus.
 * @example
 * for (const e of listExpressions()) await query(substituteVariables(e.expr));
 */
export function listExpressions(): PanelExpression[] {
  return allDashboards().flatMap((dashboard) =>
    panelsOf(dashboard).flatMap((panel) =>
      (panel.targets ?? []).map((target) => {
        const { refId, expr, instant } = target as { refId?: string; expr?: string; instant?: boolean };
        return {
          dashboard: dashboard.uid ?? "",
          panel: panel.title ?? "",
          refId: refId ?? "",
          kind: instant ? ("instant" as const) : ("range" as const),
          expr: expr ?? "",
        };
      }),
    ),
  );
}

/** What Grafana would put in when everything is chosen, at a scrape interval of 15 s or less. */
const everything: Readonly<Record<string, string>> = {
  $__rate_interval: "1m",
  $__interval: "15s",
  $__range: "15m",
  $job: ".+",
  $instance: ".*",
  $testid: ".*",
};

/**
 * Replaces Grafana's variables. `chosen` overrides the defaults, e.g. `{ $job: "gateway", $__rate_interval: "30s" }`.
 * @throws when a variable has no value
 */
export function substituteVariables(expr: string, chosen: Readonly<Record<string, string>> = {}): string {
  return expr.replace(/\$\w+/g, (name) => {
    const value = chosen[name] ?? everything[name];
    if (value === undefined) throw new Error(`cannot substitute ${name} in ${expr}: it has no value`);
    return value;
  });
}
