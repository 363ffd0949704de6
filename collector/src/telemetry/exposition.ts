import type { MetricDefinition, MetricFamily, MetricLabels, MetricRegistry } from "./metric-registry.js";

/** The switches of the Collector's Prometheus reader. */
export interface ExpositionOptions {
  readonly withoutUnits: boolean;
  readonly withoutTypeSuffix: boolean;
  readonly withoutScopeInfo: boolean;
  /** Labels that every series carries. */
  readonly constantLabels?: MetricLabels;
  /** Attributes of the collector itself, for `target_info`. */
  readonly resource?: MetricLabels;
}

const UNIT_SUFFIX: Readonly<Record<string, string>> = { s: "seconds", ms: "milliseconds", By: "bytes" };
const SCOPE = "github.com/venturi/collector";

/** Renders the registry in Prometheus text format 0.0.4. */
export function renderRegistry(registry: MetricRegistry, options: ExpositionOptions): string {
  const lines: string[] = [];
  const scope = options.withoutScopeInfo
    ? {}
    : { otel_scope_name: SCOPE, otel_scope_version: "", otel_scope_schema_url: "" };
  const families = registry.collect().sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const family of families) {
    const name = exposedName(family, family.type, options);
    lines.push(`# HELP ${name} ${escapeHelp(family.help)}`, `# TYPE ${name} ${family.type}`);
    for (const point of family.points) {
      renderPoint(lines, name, { ...point, labels: { ...point.labels, ...scope, ...options.constantLabels } });
    }
  }
  if (options.resource !== undefined) {
    lines.push("# HELP target_info Target metadata", "# TYPE target_info gauge");
    lines.push(`target_info${renderLabels(sanitizeNames(options.resource))} 1`);
  }
  return `${lines.join("\n")}\n`;
}

/** `otelcol_process_uptime` (s, counter) → `otelcol_process_uptime_seconds_total`, by the reader's switches. */
export function exposedName(
  definition: MetricDefinition,
  type: MetricFamily["type"],
  options: Pick<ExpositionOptions, "withoutUnits" | "withoutTypeSuffix">,
): string {
  let name = definition.name;
  const unit = UNIT_SUFFIX[definition.unit];
  if (!options.withoutUnits && unit !== undefined && !name.endsWith(`_${unit}`)) name += `_${unit}`;
  if (!options.withoutTypeSuffix && type === "counter") name += "_total";
  return name;
}

function renderPoint(lines: string[], name: string, point: MetricFamily["points"][number]): void {
  if ("value" in point) {
    lines.push(`${name}${renderLabels(point.labels)} ${formatValue(point.value)}`);
    return;
  }
  let cumulative = 0;
  point.counts.forEach((count, index) => {
    cumulative += count;
    const bound = point.bounds[index];
    const le = bound === undefined ? "+Inf" : formatValue(bound);
    lines.push(`${name}_bucket${renderLabels({ ...point.labels, le })} ${cumulative}`);
  });
  lines.push(`${name}_sum${renderLabels(point.labels)} ${formatValue(point.sum)}`);
  lines.push(`${name}_count${renderLabels(point.labels)} ${point.count}`);
}

export function renderLabels(labels: MetricLabels): string {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return "";
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${pairs.map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(",")}}`;
}

export function escapeLabelValue(value: string): string {
  return /["\\\n]/.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;
}

export function escapeHelp(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** As Go writes floats: `+Inf`, `-Inf`, `NaN`. */
export function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}

function sanitizeNames(labels: MetricLabels): MetricLabels {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name.replaceAll(/[^a-zA-Z0-9_]/g, "_"), value]),
  );
}
