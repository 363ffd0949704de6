import type { TranslationStrategy } from "@venturi/otlp";
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
