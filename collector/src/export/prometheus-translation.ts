import type { Batch, PrometheusFamily, PrometheusLabels, PrometheusSeries } from "@venturi/otlp";
import { toPrometheus } from "@venturi/otlp";
import { z } from "zod";
import { section } from "../config/schema-types.js";

/** Options about names and labels that both Prometheus exporters have. */
export const translationOptions = {
  namespace: z.string().default(""),
  add_metric_suffixes: z.boolean().default(true),
  translation_strategy: z.enum(["UnderscoreEscapingWithSuffixes", "UnderscoreEscapingWithoutSuffixes"]).optional(),
  resource_to_telemetry_conversion: section(z.strictObject({ enabled: z.boolean().default(false) })).prefault({}),
};
const optionsSchema = z.strictObject(translationOptions);
export type TranslationConfig = z.infer<typeof optionsSchema>;

export interface Translated {
  readonly series: readonly PrometheusSeries[];
  readonly families: readonly PrometheusFamily[];
  readonly dropped: readonly { readonly reason: string; readonly count: number }[];
}

/** Names and labels as the exporter's options want them; `extra` labels win over those of the data. */
export function translate(
  batch: Batch,
  config: TranslationConfig,
  extra: Readonly<Record<string, string>>,
  targetInfo: boolean,
): Translated {
  const suffixes =
    config.translation_strategy === undefined
      ? config.add_metric_suffixes
      : config.translation_strategy === "UnderscoreEscapingWithSuffixes";
  const translated = toPrometheus(batch, {
    addMetricSuffixes: suffixes,
    resourceToTelemetry: config.resource_to_telemetry_conversion.enabled,
    targetInfo,
  });
  const prefix = config.namespace === "" ? "" : `${config.namespace.replaceAll(/[^a-zA-Z0-9_]/g, "_")}_`;
  const names = Object.keys(extra);
  if (prefix === "" && names.length === 0) return translated;
  return {
    dropped: translated.dropped,
    families: translated.families.map((family) => ({ ...family, name: prefixed(prefix, family.name) })),
    series: translated.series.map((series) => ({ ...series, labels: relabel(series.labels, prefix, extra) })),
  };
}

/** target_info is joined on by name: a prefix would break every such query. */
function prefixed(prefix: string, name: string): string {
  return name === "target_info" ? name : prefix + name;
}

function relabel(labels: PrometheusLabels, prefix: string, extra: Readonly<Record<string, string>>): PrometheusLabels {
  const kept = labels.filter(([name]) => !(name in extra));
  const result: (readonly [string, string])[] = kept.map((pair) =>
    pair[0] === "__name__" ? ([pair[0], prefixed(prefix, pair[1])] as const) : pair,
  );
  for (const [name, value] of Object.entries(extra)) result.push([name, value]);
  return result.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
