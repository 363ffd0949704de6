import type { ComponentHost } from "../../component.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import type { Accumulator } from "./accumulator.js";
import type { ExposedFamily } from "./families.js";
import { parseLabelText } from "./label-text.js";

/** How many of a family's series are looked at: enough to see which label never repeats. */
const SAMPLE_MAX = 20_000;

export interface LabelCardinality {
  readonly label: string;
  /** Different values, estimated for all series of the family. */
  readonly values: number;
}

/**
 * How many different values each label of a family has, the most first. Series beyond `SAMPLE_MAX` are sampled evenly;
 * values are then scaled up as far as most of them were seen once only.
 */
export function labelCardinality(from: Accumulator, family: ExposedFamily): LabelCardinality[] {
  const step = Math.max(1, Math.ceil(family.series.size / SAMPLE_MAX));
  const seen = new Map<string, Map<string, number>>();
  let index = 0;
  let sampled = 0;
  for (const id of family.series.values()) {
    if (index++ % step !== 0) continue;
    sampled++;
    for (const [name, value] of parseLabelText(from.columns.labels[id] as string)) {
      let values = seen.get(name);
      if (values === undefined) seen.set(name, (values = new Map()));
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  }
  const scale = sampled === 0 ? 1 : family.series.size / sampled;
  return Array.from(seen, ([label, values]) => ({ label, values: estimate(values, scale) })).sort(
    (a, b) => b.values - a.values || (a.label < b.label ? -1 : 1),
  );
}

function estimate(values: ReadonlyMap<string, number>, scale: number): number {
  let once = 0;
  for (const count of values.values()) if (count === 1) once++;
  return Math.round(values.size - once + once * scale);
}

/** Says which metric is too many series, and which of its labels makes them. */
export class CardinalityGuard {
  private readonly from: Accumulator;
  private readonly host: ComponentHost;
  private readonly throttle = new LogThrottle();
  private readonly limits: { readonly metric: number; readonly total: number };

  constructor(from: Accumulator, host: ComponentHost, limits: { readonly metric: number; readonly total: number }) {
    this.from = from;
    this.host = host;
    this.limits = limits;
    const definition = {
      name: "otelcol_exporter_prometheus_series",
      help: "Number of series that the exporter exposes.",
      unit: "{series}",
    };
    host.metrics.observe("gauge", definition, { exporter: host.id.text }, () => from.columns.aliveCount);
  }

  /** Looks for families that refused series. Call it when some were; it does little until its interval has passed. */
  look(): void {
    this.throttle.run(() => {
      for (const family of this.from.families.sorted()) if (family.refused > 0) this.report(family);
    });
  }

  private report(family: ExposedFamily): void {
    const { host, limits } = this;
    const refused = family.refused;
    family.refused = 0;
    const labels = labelCardinality(this.from, family);
    const widest = labels[0];
    host.log.warn("Cardinality limit reached. New series of this metric are dropped; remove the label that explodes.", {
      metric: family.name,
      series: family.series.size,
      dropped_points: refused,
      exploding_label: widest?.label ?? "",
      distinct_values: Object.fromEntries(labels.slice(0, 5).map(({ label, values }) => [label, values])),
      cardinality_limit: limits.metric,
      series_limit: limits.total,
    });
    const dropped = {
      name: "otelcol_exporter_prometheus_cardinality_dropped",
      help: "Number of metric points whose series found no place, by metric and by the label that explodes.",
      unit: "{datapoint}",
    };
    const own = { exporter: host.id.text, metric: family.name, label: widest?.label ?? "" };
    host.metrics.counter(dropped, own).add(refused);
    const values = {
      name: "otelcol_exporter_prometheus_distinct_label_values",
      help: "Estimated number of values of the label that explodes.",
      unit: "{value}",
    };
    host.metrics.gauge(values, own).set(widest?.values ?? 0);
  }
}
