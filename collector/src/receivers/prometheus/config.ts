import { type ZodType, z } from "zod";
import { count, durationMs, section, unsupported } from "../../config/schema-types.js";
import { discoveries, missingDiscoveries } from "./discoveries.js";
import { prometheusDuration } from "./duration.js";
import { checkHttpOptions, httpOptions } from "./http-options.js";
import { SCRAPE_PROTOCOLS } from "./protocols.js";
import { relabelSchema } from "./relabel-config.js";

const BYTE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
};

/** Prometheus' sizes: `10MB` and `10MiB` are the same 10·2^20 bytes. */
function bytes(): ZodType<number> {
  return z.union([z.string(), z.int().min(0)]).transform((input, context) => {
    const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)i?(B?)$/.exec(String(input));
    const unit = match === null ? undefined : BYTE_UNITS[match[2] === "" ? (match[3] as string) : `${match[2]}B`];
    if (match !== null && unit !== undefined) return Math.floor(Number(match[1]) * unit);
    context.addIssue({ code: "custom", message: `"${input}" is not a size; write it like "10MB"` });
    return z.NEVER;
  });
}

const protocols = z.array(z.enum(SCRAPE_PROTOCOLS)).min(1);
const ESCAPINGS = ["allow-utf-8", "underscores", "dots", "values"] as const;

/** What a scrape config takes from `global` when it does not say it itself. */
const inherited = {
  body_size_limit: bytes().optional(),
  sample_limit: count().optional(),
  target_limit: count().optional(),
  label_limit: count().optional(),
  label_name_length_limit: count().optional(),
  label_value_length_limit: count().optional(),
  keep_dropped_targets: count().optional(),
  scrape_protocols: protocols.optional(),
  scrape_native_histograms: z.boolean().optional(),
  always_scrape_classic_histograms: z.boolean().optional(),
  /** OTLP has explicit bounds: a classic histogram is what it becomes, converted or not. */
  convert_classic_histograms_to_nhcb: z.boolean().optional(),
  extra_scrape_metrics: z.boolean().optional(),
  metric_name_validation_scheme: z.enum(["legacy", "utf8"]).optional(),
  metric_name_escaping_scheme: z.enum(ESCAPINGS).optional(),
  scrape_failure_log_file: unsupported("a file of scrape failures; they are in the collector's log"),
};

const globalSchema = z.strictObject({
  ...inherited,
  scrape_interval: prometheusDuration("1m"),
  scrape_timeout: prometheusDuration("10s"),
  external_labels: z.record(z.string(), z.string()).default({}),
  // Of rules, which a collector does not have.
  evaluation_interval: z.string().optional(),
  rule_query_offset: z.string().optional(),
  query_log_file: z.string().optional(),
});

const scrapeSchema = z
  .strictObject({
    ...httpOptions,
    ...inherited,
    job_name: z.string().min(1),
    scrape_interval: prometheusDuration().optional(),
    scrape_timeout: prometheusDuration().optional(),
    metrics_path: z.string().default("/metrics"),
    scheme: z.enum(["http", "https"]).default("http"),
    params: z.record(z.string(), z.array(z.string())).default({}),
    honor_labels: z.boolean().default(false),
    honor_timestamps: z.boolean().default(true),
    track_timestamps_staleness: z.boolean().default(false),
    enable_compression: z.boolean().default(true),
    fallback_scrape_protocol: z.enum(SCRAPE_PROTOCOLS).default("PrometheusText0.0.4"),
    native_histogram_bucket_limit: count(0),
    native_histogram_min_bucket_factor: z.number().min(0).default(0),
    relabel_configs: z.array(relabelSchema).default([]),
    metric_relabel_configs: z.array(relabelSchema).default([]),
    ...discoveryOptions(),
  })
  .superRefine(checkHttpOptions);
export type ScrapeConfig = z.infer<typeof scrapeSchema>;

/** A list for each kind of discovery, and a refusal for those that are missing. */
function discoveryOptions(): Record<`${string}_configs`, ZodType<readonly unknown[] | undefined>> {
  const known = discoveries.map(({ key, schema }) => [key, z.array(schema).default([])]);
  const missing = missingDiscoveries.map((key) => [
    key,
    unsupported(`${key}; list the targets by static, file, DNS or HTTP discovery`),
  ]);
  return Object.fromEntries([...known, ...missing]);
}

export type GlobalConfig = z.infer<typeof globalSchema>;

function checkJobs(
  { scrape_configs, global }: { readonly scrape_configs: readonly ScrapeConfig[]; readonly global: GlobalConfig },
  context: z.core.$RefinementCtx,
): void {
  const seen = new Set<string>();
  scrape_configs.forEach(({ job_name, scrape_interval, scrape_timeout }, index) => {
    const at = ["scrape_configs", index];
    if (seen.has(job_name)) {
      context.addIssue({ code: "custom", path: [...at, "job_name"], message: `job_name "${job_name}" occurs twice` });
    }
    seen.add(job_name);
    if (scrape_timeout !== undefined && scrape_timeout > (scrape_interval ?? global.scrape_interval)) {
      const message = "scrape timeout greater than scrape interval";
      context.addIssue({ code: "custom", path: [...at, "scrape_timeout"], message });
    }
  });
  if (scrape_configs.length > 0) return;
  const message = "no scrape_configs: nothing to scrape";
  context.addIssue({ code: "custom", path: ["scrape_configs"], message });
}

const NOT_HERE = "not a part of the receiver, as in the Collector";

export const prometheusReceiverSchema = z.strictObject({
  config: section(
    z
      .strictObject({
        global: section(globalSchema).prefault({}),
        scrape_configs: z.array(scrapeSchema).default([]),
        scrape_config_files: unsupported("files of scrape configs; write them into scrape_configs"),
        remote_write: unsupported(NOT_HERE),
        remote_read: unsupported(NOT_HERE),
        rule_files: unsupported(NOT_HERE),
        alerting: unsupported(NOT_HERE),
      })
      .superRefine(checkJobs),
  ),
  trim_metric_suffixes: z.boolean().default(false),
  /** Waits before the first scrape of a target, in addition to its place in the interval. */
  initial_scrape_offset: durationMs("0s"),
  /** Scrapes every target once more before it ends. */
  scrape_on_shutdown: z.boolean().default(false),
  // Targets are always discovered at once.
  discovery_reload_on_startup: z.boolean().default(false),
  target_allocator: unsupported("the target allocator"),
  api_server: unsupported("the API server"),
});
export type PrometheusReceiverConfig = z.infer<typeof prometheusReceiverSchema>;
