import type { GlobalConfig, PrometheusReceiverConfig, ScrapeConfig } from "./config.js";
import { isLegacyName } from "./legacy-names.js";
import { schemaForFactor } from "./native-points.js";
import { acceptHeader, defaultProtocols } from "./protocols.js";

/** What a body may be at most when the configuration sets no limit: memory is bounded whatever a target does. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** A scrape config with everything that it takes from `global`. */
export interface Job {
  readonly config: ScrapeConfig;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly accept: string;
  readonly bodyBytes: number;
  /** Limits; 0: none. */
  readonly sampleLimit: number;
  readonly targetLimit: number;
  readonly labelLimit: number;
  readonly labelNameLimit: number;
  readonly labelValueLimit: number;
  readonly scrapesNative: boolean;
  readonly alwaysClassic: boolean;
  readonly maxSchema: number;
  readonly extraMetrics: boolean;
  readonly isValidName: (name: string) => boolean;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly trimsSuffixes: boolean;
  readonly firstDelayMs: number;
}

export function jobsOf({ config, ...options }: PrometheusReceiverConfig): Job[] {
  return config.scrape_configs.map((scrape) => job(scrape, config.global, options));
}

function job(
  config: ScrapeConfig,
  global: GlobalConfig,
  options: Pick<PrometheusReceiverConfig, "trim_metric_suffixes" | "initial_scrape_offset">,
): Job {
  const intervalMs = config.scrape_interval ?? global.scrape_interval;
  const scrapesNative = config.scrape_native_histograms ?? global.scrape_native_histograms ?? false;
  const validation = config.metric_name_validation_scheme ?? global.metric_name_validation_scheme ?? "utf8";
  const escaping =
    config.metric_name_escaping_scheme ??
    global.metric_name_escaping_scheme ??
    (validation === "legacy" ? "underscores" : "allow-utf-8");
  const protocols = config.scrape_protocols ?? global.scrape_protocols ?? defaultProtocols(scrapesNative);
  const limit = (own: number | undefined, inherited: number | undefined): number => own || inherited || 0;
  return {
    config,
    intervalMs,
    timeoutMs: config.scrape_timeout ?? Math.min(global.scrape_timeout, intervalMs),
    accept: acceptHeader(protocols, escaping),
    bodyBytes: limit(config.body_size_limit, global.body_size_limit) || MAX_BODY_BYTES,
    sampleLimit: limit(config.sample_limit, global.sample_limit),
    targetLimit: limit(config.target_limit, global.target_limit),
    labelLimit: limit(config.label_limit, global.label_limit),
    labelNameLimit: limit(config.label_name_length_limit, global.label_name_length_limit),
    labelValueLimit: limit(config.label_value_length_limit, global.label_value_length_limit),
    scrapesNative,
    alwaysClassic: config.always_scrape_classic_histograms ?? global.always_scrape_classic_histograms ?? false,
    maxSchema: schemaForFactor(config.native_histogram_min_bucket_factor),
    extraMetrics: config.extra_scrape_metrics ?? global.extra_scrape_metrics ?? false,
    isValidName: validation === "legacy" ? isLegacyName : (name) => name !== "",
    externalLabels: global.external_labels,
    trimsSuffixes: options.trim_metric_suffixes,
    firstDelayMs: options.initial_scrape_offset,
  };
}
