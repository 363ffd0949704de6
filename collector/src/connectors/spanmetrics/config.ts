import { z } from "zod";
import { count, durationMs, parseDurationMs, section } from "../../config/schema-types.js";
import { compileGlob } from "./glob.js";

/** What there is without being asked for. */
const DEFAULT_DIMENSIONS = ["service.name", "span.name", "span.kind", "status.code", "collector.instance.id"] as const;

const dimension = z
  .strictObject({
    name: z.string().min(1).optional(),
    default: z.string().optional(),
    /** Names with parts divided by dots: `http.*`, `**.id`. */
    glob: z.string().min(1).optional(),
  })
  .superRefine((one, context) => {
    const message = dimensionProblem(one);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

export type Dimension = z.infer<typeof dimension>;

function dimensionProblem({ name, glob, default: byDefault }: Dimension): string | undefined {
  if (name !== undefined) return glob === undefined ? undefined : 'needs a "name" or a "glob", not both';
  if (glob === undefined) return 'needs a "name" or a "glob"';
  if (byDefault !== undefined) return '"default" has no meaning for a "glob"';
  const compiled = compiledGlob(glob);
  return compiled instanceof Error ? compiled.message : undefined;
}

function compiledGlob(glob: string): RegExp | Error {
  try {
    return compileGlob(glob);
  } catch (error) {
    return error as Error;
  }
}

const dimensions = z
  .preprocess((value: unknown) => value ?? [], z.array(dimension))
  .superRefine((list, context) => {
    const seen = new Set<string>(DEFAULT_DIMENSIONS);
    list.forEach(({ name }, index) => {
      if (name === undefined) return;
      if (seen.has(name))
        context.addIssue({ code: "custom", path: [index, "name"], message: `duplicate dimension "${name}"` });
      seen.add(name);
    });
    list.forEach(({ glob }, index) => {
      if (glob === undefined) return;
      const pattern = compiledGlob(glob);
      const name = pattern instanceof Error ? undefined : [...seen].find((one) => pattern.test(one));
      if (name !== undefined)
        context.addIssue({ code: "custom", path: [index, "glob"], message: `duplicate dimension "${name}"` });
    });
  });

/** In milliseconds. */
export const DEFAULT_BUCKETS: readonly number[] =
  "2ms 4ms 6ms 8ms 10ms 50ms 100ms 200ms 400ms 800ms 1s 1400ms 2s 5s 10s 15s"
    .split(" ")
    .map((text) => parseDurationMs(text) as number);

/** Most buckets of an exponential histogram. */
export const DEFAULT_MAX_SIZE = 160;
const MOST_MAX_SIZE = 16_384;

const histogram = section(
  z
    .strictObject({
      disable: z.boolean().default(false),
      unit: z.enum(["ms", "s"]).default("ms"),
      dimensions: dimensions.default([]),
      explicit: section(
        z.strictObject({
          buckets: z
            .array(durationMs())
            .default([...DEFAULT_BUCKETS])
            .refine((list) => list.every((bound, index) => index === 0 || bound > (list[index - 1] as number)), {
              message: "must ascend",
            }),
        }),
      ).optional(),
      exponential: section(
        z.strictObject({
          /** Most buckets that a series may have; 0 is the default. */
          max_size: z
            .int()
            .refine((size) => size === 0 || (size >= 2 && size <= MOST_MAX_SIZE), `must be 2 to ${MOST_MAX_SIZE}`)
            .default(DEFAULT_MAX_SIZE),
        }),
      ).optional(),
    })
    .refine(({ explicit, exponential }) => explicit === undefined || exponential === undefined, {
      message: "use either `explicit` or `exponential` buckets histogram",
    }),
);

const events = section(
  z
    .strictObject({ enabled: z.boolean().default(false), dimensions: dimensions.default([]) })
    .refine((config) => !config.enabled || config.dimensions.length > 0, {
      message: "no dimensions configured for events",
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
  events: events.prefault({}),
  aggregation_temporality: z
    .enum(["AGGREGATION_TEMPORALITY_CUMULATIVE", "AGGREGATION_TEMPORALITY_DELTA"])
    .default("AGGREGATION_TEMPORALITY_CUMULATIVE"),
  metrics_flush_interval: durationMs("60s").refine((ms) => ms > 0, "must be greater than zero"),
  /** 0: series live as long as the collector. */
  metrics_expiration: durationMs("0"),
  series_expiration: durationMs("0"),
  resource_metrics_key_attributes: z.array(z.string()).default([]),
  /** Resources of which numbers are kept; of more, those that were not seen for longest are forgotten after a flush. */
  resource_metrics_cache_size: z.int().min(1).default(1000),
  /** Series per resource; what comes above is counted in one series with `otel.metric.overflow`. 0: no limit. */
  aggregation_cardinality_limit: count(20_000),
  add_resource_attributes: z.boolean().default(true),
  /** Names of scopes that become dimensions. */
  include_instrumentation_scope: z.array(z.string()).default([]),
  /** Whether `sampling.method` says if a number was extrapolated from the sampling threshold of trace states. */
  enable_metrics_sampling_method: z.boolean().default(false),
  // Bounds of caches that this connector does not have.
  dimensions_cache_size: z.int().optional(),
  metric_timestamp_cache_size: z.int().optional(),
});

export type SpanMetricsConfig = z.infer<typeof spanMetricsSchema>;
