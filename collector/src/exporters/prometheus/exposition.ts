import type { PrometheusExemplar, PrometheusLabels } from "@venturi/otlp";
import { escapeHelp, escapeLabelValue, formatValue } from "../../telemetry/exposition.js";
import type { StoredFamily, StoredSeries } from "./series-store.js";

export const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Prometheus text format 0.0.4. */
export function renderText(families: readonly StoredFamily[], timestamps: boolean): string {
  const lines: string[] = [];
  for (const family of families) {
    if (family.help !== "") lines.push(`# HELP ${family.name} ${escapeHelp(family.help)}`);
    lines.push(`# TYPE ${family.name} ${family.type === "unknown" ? "untyped" : family.type}`);
    for (const series of family.series.values()) {
      const time = timestamps ? ` ${series.timestampMs}` : "";
      lines.push(`${series.name}${renderLabels(series.labels)} ${formatValue(series.value)}${time}`);
    }
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** OpenMetrics 1.0: counters lose `_total` in their family's name, exemplars follow their sample. */
export function renderOpenMetrics(families: readonly StoredFamily[], timestamps: boolean): string {
  const lines: string[] = [];
  for (const family of families) {
    const counter = family.type === "counter" && family.name.endsWith("_total");
    const name = counter ? family.name.slice(0, -"_total".length) : family.name;
    const type = family.type === "counter" && !counter ? "unknown" : family.type;
    lines.push(`# TYPE ${name} ${type}`);
    if (family.help !== "") lines.push(`# HELP ${name} ${escapeOpenMetricsHelp(family.help)}`);
    for (const series of family.series.values()) lines.push(sample(series, counter, timestamps));
  }
  lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

function sample(series: StoredSeries, counter: boolean, timestamps: boolean): string {
  const time = timestamps ? ` ${series.timestampMs / 1000}` : "";
  const line = `${series.name}${renderLabels(series.labels)} ${formatValue(series.value)}${time}`;
  const exemplar = counter || series.name.endsWith("_bucket") ? series.exemplars?.at(-1) : undefined;
  return exemplar === undefined ? line : `${line} ${renderExemplar(exemplar)}`;
}

function renderExemplar({ labels, value, timestampMs }: PrometheusExemplar): string {
  return `# ${renderLabels(labels) || "{}"} ${formatValue(value)} ${timestampMs / 1000}`;
}

function renderLabels(labels: PrometheusLabels): string {
  if (labels.length === 0) return "";
  return `{${labels.map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(",")}}`;
}

/** OpenMetrics escapes quotes in help texts too. */
function escapeOpenMetricsHelp(help: string): string {
  return escapeLabelValue(help);
}
