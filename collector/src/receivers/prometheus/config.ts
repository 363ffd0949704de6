import { type ZodType, z } from "zod";
import { count, parseDurationMs, section, unsupported } from "../../config/schema-types.js";

/** A Prometheus duration: as Go's, and days, weeks and years. In code, milliseconds. */
function prometheusDuration(defaultText?: string): ZodType<number> {
  const schema = z.string().transform((text, context) => {
    const milliseconds = parsePrometheusDurationMs(text);
    if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
    context.addIssue({ code: "custom", message: `"${text}" is not a duration; write it like "15s" or "1m"` });
    return z.NEVER;
  });
  return defaultText === undefined ? schema : schema.default(parsePrometheusDurationMs(defaultText) as number);
}

export function parsePrometheusDurationMs(text: string): number | undefined {
  const days = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(.*)$/.exec(text);
  if (days === null || text === "") return undefined;
  const rest = days[4] === "" ? 0 : parseDurationMs(days[4] as string);
  if (rest === undefined) return undefined;
  return (Number(days[1] ?? 0) * 365 + Number(days[2] ?? 0) * 7 + Number(days[3] ?? 0)) * 86_400_000 + rest;
}

const ACTIONS = [
  "replace",
  "keep",
  "drop",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
  "lowercase",
  "uppercase",
  "keepequal",
  "dropequal",
] as const;

const relabel = z.strictObject({
  source_labels: z.array(z.string()).default([]),
  separator: z.string().default(";"),
  target_label: z.string().default(""),
  regex: z
    .string()
    .default("(.*)")
    .transform((text, context) => {
      try {
        return new RegExp(`^(?:${text})$`, "s");
      } catch (error) {
        context.addIssue({ code: "custom", message: `cannot read regular expression: ${(error as Error).message}` });
        return z.NEVER;
      }
    }),
  modulus: count(0),
  replacement: z.string().default("$1"),
  action: z
    .preprocess((value) => (typeof value === "string" ? value.toLowerCase() : value), z.enum(ACTIONS))
    .default("replace"),
});
export type RelabelConfig = z.infer<typeof relabel>;

const discovery = unsupported("service discovery; list the targets in static_configs");

const scrape = z.strictObject({
  job_name: z.string().min(1),
  scrape_interval: prometheusDuration().optional(),
  scrape_timeout: prometheusDuration().optional(),
  metrics_path: z.string().default("/metrics"),
  scheme: z.enum(["http", "https"]).default("http"),
  params: z.record(z.string(), z.array(z.string())).default({}),
  honor_labels: z.boolean().default(false),
  honor_timestamps: z.boolean().default(true),
  sample_limit: count(0),
  static_configs: z
    .array(z.strictObject({ targets: z.array(z.string()), labels: z.record(z.string(), z.string()).default({}) }))
    .default([]),
  relabel_configs: z.array(relabel).default([]),
  metric_relabel_configs: z.array(relabel).default([]),
  basic_auth: z
    .strictObject({ username: z.string(), password: z.string().optional(), password_file: z.string().optional() })
    .optional(),
  authorization: z
    .strictObject({
      type: z.string().default("Bearer"),
      credentials: z.string().optional(),
      credentials_file: z.string().optional(),
    })
    .optional(),
  tls_config: z
    .strictObject({
      ca_file: z.string().optional(),
      cert_file: z.string().optional(),
      key_file: z.string().optional(),
      server_name: z.string().optional(),
      insecure_skip_verify: z.boolean().default(false),
    })
    .optional(),
  file_sd_configs: discovery,
  http_sd_configs: discovery,
  dns_sd_configs: discovery,
  kubernetes_sd_configs: discovery,
  consul_sd_configs: discovery,
  docker_sd_configs: discovery,
  ec2_sd_configs: discovery,
});
export type ScrapeConfig = z.infer<typeof scrape>;

const global = section(
  z.strictObject({
    scrape_interval: prometheusDuration("1m"),
    scrape_timeout: prometheusDuration("10s"),
    external_labels: z.record(z.string(), z.string()).default({}),
    evaluation_interval: z.string().optional(),
  }),
);

export const prometheusReceiverSchema = z.strictObject({
  config: section(
    z
      .strictObject({ global: global.prefault({}), scrape_configs: z.array(scrape).default([]) })
      .superRefine(({ scrape_configs }, context) => {
        const seen = new Set<string>();
        scrape_configs.forEach(({ job_name }, index) => {
          const path = ["scrape_configs", index, "job_name"];
          if (seen.has(job_name))
            context.addIssue({ code: "custom", path, message: `job_name "${job_name}" occurs twice` });
          seen.add(job_name);
        });
        if (scrape_configs.length === 0) {
          context.addIssue({
            code: "custom",
            path: ["scrape_configs"],
            message: "no scrape_configs: nothing to scrape",
          });
        }
      }),
  ),
  trim_metric_suffixes: z.literal(false, "not supported").default(false),
  target_allocator: unsupported("the target allocator"),
  api_server: unsupported("the API server"),
});
export type PrometheusReceiverConfig = z.infer<typeof prometheusReceiverSchema>;
