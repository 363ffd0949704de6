import type { Batch, PrometheusOptions, PrometheusTranslation, TranslationStrategy } from "@venturi/otlp";
import { toPrometheus } from "@venturi/otlp";
import { z } from "zod";
import { section } from "../config/schema-types.js";

/** Options about names and labels that both Prometheus exporters have. */
export const translationOptions = {
  namespace: z.string().default(""),
  /** Superseded by `translation_strategy`, which wins. */
  add_metric_suffixes: z.boolean().default(true),
  translation_strategy: z
    .enum([
      "UnderscoreEscapingWithSuffixes",
      "UnderscoreEscapingWithoutSuffixes",
      "NoUTF8EscapingWithSuffixes",
      "NoTranslation",
    ])
    .optional(),
  resource_to_telemetry_conversion: section(
    z.strictObject({ enabled: z.boolean().default(false), exclude_service_attributes: z.boolean().default(false) }),
  ).prefault({}),
};
const optionsSchema = z.strictObject(translationOptions);
export type TranslationConfig = z.infer<typeof optionsSchema>;

export function translationStrategy(config: TranslationConfig): TranslationStrategy {
  if (config.translation_strategy !== undefined) return config.translation_strategy;
  return config.add_metric_suffixes ? "UnderscoreEscapingWithSuffixes" : "UnderscoreEscapingWithoutSuffixes";
}

/** Options of the translation, by a component's config: the same object for the same config, which is what keeps the cache. */
const optionsByConfig = new WeakMap<object, PrometheusOptions>();

/** Names and labels as the exporter's options want them; the data's labels win over `extra` ones. */
export function translate(
  batch: Batch,
  config: TranslationConfig,
  extra: Readonly<Record<string, string>>,
  targetInfo: boolean,
): PrometheusTranslation {
  let options = optionsByConfig.get(config);
  if (options === undefined) {
    const { enabled, exclude_service_attributes } = config.resource_to_telemetry_conversion;
    options = {
      translationStrategy: translationStrategy(config),
      namespace: config.namespace,
      resourceToTelemetry: enabled,
      excludeServiceAttributes: exclude_service_attributes,
      externalLabels: extra,
      targetInfo,
    };
    optionsByConfig.set(config, options);
  }
  return toPrometheus(batch, options);
}
