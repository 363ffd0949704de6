import { z } from "zod";
import { count, durationMs, parseDurationMs, section, unsupported } from "../../config/schema-types.js";

const dimension = z.strictObject({
  name: z.string().min(1),
  default: z.string().optional(),
  glob: unsupported("dimensions by glob; name each one"),
});
const dimensions = z
  .preprocess((value: unknown) => value ?? [], z.array(dimension))
  .superRefine((list, context) => {
    const seen = new Set<string>(DEFAULT_DIMENSIONS);
    list.forEach(({ name }, index) => {
      if (seen.has(name))
        context.addIssue({ code: "custom", path: [index, "name"], message: `duplicate dimension "${name}"` });
      seen.add(name);
    });
  });

export const DEFAULT_DIMENSIONS = ["service.name", "span.name", "span.kind", "status.code"] as const;

const DEFAULT_BUCKETS = [
  "2ms",
  "4ms",
  "6ms",
  "8ms",
  "10ms",
  "50ms",
  "100ms",
  "200ms",
  "400ms",
  "800ms",
  "1s",
  "1400ms",
  "2s",
  "5s",
  "10s",
  "15s",
];

const histogram = section(
  z.strictObject({
    disable: z.boolean().default(false),
    unit: z.enum(["ms", "s"]).default("ms"),
    dimensions: dimensions.default([]),
    explicit: section(
      z.strictObject({
        buckets: z
          .array(durationMs())
          .default(DEFAULT_BUCKETS.map((text) => parseDurationMs(text) as number))
          .refine((list) => list.every((bound, index) => index === 0 || bound > (list[index - 1] as number)), {
            message: "must ascend",
          }),
      }),
    ).prefault({}),
    exponential: unsupported("exponential histograms; use `explicit`"),
  }),
);

export const spanMetricsSchema = z.strictObject({
  namespace: z.string().default("traces.span.metrics"),
  dimensions: dimensions.default([]),
  calls_dimensions: dimensions.default([]),
  exclude_dimensions: z.array(z.string()).default([]),
  histogram: histogram.prefault({}),
  exemplars: section(
    z.strictObject({ enabled: z.boolean().default(false), max_per_data_point: z.int().min(0).default(5) }),
  ).prefault({}),
  aggregation_temporality: z
    .enum(["AGGREGATION_TEMPORALITY_CUMULATIVE", "AGGREGATION_TEMPORALITY_DELTA"])
    .default("AGGREGATION_TEMPORALITY_CUMULATIVE"),
  metrics_flush_interval: durationMs("60s").refine((ms) => ms > 0, "must be greater than zero"),
  /** 0: series live as long as the collector. */
  metrics_expiration: durationMs("0"),
  series_expiration: durationMs("0"),
  resource_metrics_key_attributes: z.array(z.string()).default([]),
  /** Series per resource; what comes above is counted in one series with `otel.metric.overflow`. 0: no limit. */
  aggregation_cardinality_limit: count(20_000),
  add_resource_attributes: z.boolean().default(true),
  // Bounds of caches that this connector does not have.
  dimensions_cache_size: z.int().optional(),
  resource_metrics_cache_size: z.int().optional(),
  metric_timestamp_cache_size: z.int().optional(),
  events: section(
    z.strictObject({
      enabled: z.literal(false, "not supported: metrics from span events").default(false),
      dimensions: dimensions.default([]),
    }),
  ).optional(),
  include_instrumentation_scope: z.array(z.string()).max(0, "not supported: scopes as dimensions").default([]),
  enable_metrics_sampling_method: z.literal(false, "not supported").default(false),
});

export type SpanMetricsConfig = z.infer<typeof spanMetricsSchema>;
export type Dimension = SpanMetricsConfig["dimensions"][number];
