import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import {
  AxisPlacement,
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingMode,
  TooltipDisplayMode,
} from "@grafana/grafana-foundation-sdk/common";
import { type Panel, ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { datasource } from "./variables.js";

/** One query of a panel. */
export interface Query {
  readonly expr: string;
  /** Grafana legend template, e.g. `{{job}} p95`. */
  readonly legend: string;
  /** Ask for exemplars: dots that link to a trace. */
  readonly exemplars?: boolean;
}

/** What every panel has to say about itself. */
export interface PanelText {
  readonly title: string;
  /** What is shown and what a bad value means, for somebody who sees the panel for the first time. */
  readonly description: string;
  /** Grafana unit id, e.g. `s`, `bytes`, `percentunit`, `reqps`. */
  readonly unit: string;
}

/** Values from which a panel turns yellow and red. */
export interface Thresholds {
  readonly warn: number;
  readonly bad: number;
  /** Set when a small value is the bad one (Apdex). */
  readonly lowIsBad?: boolean;
}

function thresholds(t: Thresholds): ThresholdsConfigBuilder {
  const steps = t.lowIsBad
    ? [
        { color: "red", value: null },
        { color: "yellow", value: t.bad },
        { color: "green", value: t.warn },
      ]
    : [
        { color: "green", value: null },
        { color: "yellow", value: t.warn },
        { color: "red", value: t.bad },
      ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function target(query: Query, index: number): DataqueryBuilder {
  const builder = new DataqueryBuilder()
    .datasource(datasource)
    .refId(String.fromCharCode(65 + index))
    .expr(query.expr)
    .legendFormat(query.legend)
    .range();
  return query.exemplars ? builder.exemplar(true) : builder;
}

/** Lines over time. `span` is the width in 24ths of a row. */
export function lines(
  o: PanelText & {
    queries: readonly Query[];
    span?: number;
    stack?: boolean;
    min?: number;
    max?: number;
    thresholds?: Thresholds;
  },
): Builder<Panel> {
  const panel = new timeseries.PanelBuilder()
    .title(o.title)
    .description(o.description)
    .unit(o.unit)
    .datasource(datasource)
    .span(o.span ?? 8)
    .height(8)
    .min(o.min ?? 0)
    .lineWidth(1)
    .fillOpacity(o.stack ? 30 : 8)
    .gradientMode(GraphGradientMode.None)
    .axisPlacement(AxisPlacement.Auto)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(["mean", "max", "lastNotNull"]),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(o.queries.map(target));
  if (o.max !== undefined) panel.max(o.max);
  if (o.stack) panel.stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
  if (o.thresholds) {
    panel
      .thresholds(thresholds(o.thresholds))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

/** One big number with its recent course. */
export function number(
  o: PanelText & { expr: string; span?: number; decimals?: number; thresholds?: Thresholds },
): Builder<Panel> {
  const panel = new stat.PanelBuilder()
    .title(o.title)
    .description(o.description)
    .unit(o.unit)
    .datasource(datasource)
    .span(o.span ?? 4)
    .height(4)
    .colorMode(o.thresholds ? BigValueColorMode.Background : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false))
    .targets([target({ expr: o.expr, legend: o.title }, 0)]);
  if (o.decimals !== undefined) panel.decimals(o.decimals);
  if (o.thresholds) panel.thresholds(thresholds(o.thresholds));
  return panel;
}

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly expr: string;
  readonly unit: string;
  /** Show as a bar inside the cell: for the column the eye should follow. */
  readonly gauge?: boolean;
}

/** A table of instant values: one row per combination of `labels`, one column per query. */
export function values(
  o: PanelText & {
    labels: readonly { name: string; title: string }[];
    columns: readonly Column[];
    sortBy: string;
    span?: number;
    height?: number;
  },
): Builder<Panel> {
  const names: Record<string, string> = {};
  const order: Record<string, number> = {};
  for (const [i, label] of o.labels.entries()) {
    names[label.name] = label.title;
    order[label.name] = i;
  }
  for (const [i, column] of o.columns.entries()) {
    const field = o.columns.length === 1 ? "Value" : `Value #${String.fromCharCode(65 + i)}`;
    names[field] = column.title;
    order[field] = o.labels.length + i;
  }
  const panel = new table.PanelBuilder()
    .title(o.title)
    .description(o.description)
    .unit(o.unit)
    .datasource(datasource)
    .span(o.span ?? 24)
    .height(o.height ?? 9)
    .filterable(true)
    .targets(
      o.columns.map((column, i) =>
        new DataqueryBuilder()
          .datasource(datasource)
          .refId(String.fromCharCode(65 + i))
          .expr(column.expr)
          .format(PromQueryFormat.Table)
          .legendFormat(column.title)
          .instant(),
      ),
    )
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: { excludeByName: { Time: true }, indexByName: order, renameByName: names },
    })
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(o.sortBy).desc(true)]);
  for (const column of o.columns) {
    const properties: { id: string; value: unknown }[] = [{ id: "unit", value: column.unit }];
    if (column.gauge) properties.push({ id: "custom.cellOptions", value: { type: "gauge", mode: "basic" } });
    panel.overrideByName(column.title, properties as { id: string; value: string }[]);
  }
  return panel;
}
