import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";

/** A titled group of panels. */
export interface Section {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

/** What a dashboard says, before the conventions that all of them share are added. */
export interface DashboardSpec {
  /** Fixed for ever: links and bookmarks hold it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly sections: readonly Section[];
}

/** The tag by which dashboards find each other. */
export const tag = "venturi";

/**
 * The newest schema that Grafana 10.0 writes. Later versions migrate an older dashboard when they load it; an older version
 * does not understand a newer one.
 */
const schemaVersion = 38;

/** Adds the conventions: tag, links to the other dashboards, time range, refresh, shared crosshair, panel ids. */
export function buildDashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([tag])
    .readonly()
    .timezone("browser")
    .time({ from: "now-15m", to: "now" })
    .refresh("10s")
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...spec.variables])
    .link(
      new DashboardLinkBuilder("Venturi")
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .tooltip("The other dashboards, for the same time and the same services")
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true),
    );
  for (const section of spec.sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  dashboard.schemaVersion = schemaVersion;
  dashboard.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  return dashboard;
}
