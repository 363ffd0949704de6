import { z } from "zod";
import { section, unsupported } from "./schema-types.js";

const ids = z.preprocess((value: unknown) => (value === null ? [] : value), z.array(z.string())).default([]);

const pipeline = section(z.strictObject({ receivers: ids, processors: ids, exporters: ids }));

const prometheusReader = section(
  z.strictObject({
    host: z.string().default("localhost"),
    port: z.int().min(0).max(65_535).default(8888),
    // Upstream's defaults of a reader that is written out are those of the reader that nobody wrote.
    without_scope_info: z.boolean().default(true),
    without_type_suffix: z.boolean().default(true),
    without_units: z.boolean().default(true),
    with_resource_constant_labels: z
      .strictObject({ included: z.array(z.string()).default([]), excluded: z.array(z.string()).default([]) })
      .optional(),
  }),
);

const reader = section(
  z.strictObject({
    pull: section(
      z.strictObject({ exporter: section(z.strictObject({ prometheus: prometheusReader.prefault({}) })) }),
    ).optional(),
    periodic: unsupported("the collector's own metrics are pulled, from `pull.exporter.prometheus`"),
  }),
);

/** A reader for a configuration that names none. */
const DEFAULT_READERS = [{ pull: { exporter: { prometheus: prometheusReader.parse({}) } }, periodic: undefined }];

const metrics = section(
  z
    .strictObject({
      level: z.enum(["none", "basic", "normal", "detailed"]).default("normal"),
      readers: z.array(reader).default(DEFAULT_READERS),
      address: unsupported("use readers: [{pull: {exporter: {prometheus: {host, port}}}}]"),
      views: unsupported("views of the collector's own metrics"),
    })
    .refine((value) => value.level === "none" || value.readers.length > 0, {
      path: ["readers"],
      message: "at least one reader is needed unless level is none",
    }),
);

const logs = section(
  z.strictObject({
    level: z
      .preprocess(
        (value) => (typeof value === "string" ? value.toLowerCase() : value),
        z.enum(["debug", "info", "warn", "error", "none"]),
      )
      .default("info"),
    encoding: z.enum(["console", "json"]).default("console"),
    initial_fields: z.record(z.string(), z.unknown()).default({}),
    // Zap's own switches: there is no caller or stack trace to leave out, and nothing logs per item, so nothing is sampled.
    development: z.boolean().default(false),
    disable_caller: z.boolean().default(false),
    disable_stacktrace: z.boolean().default(false),
    sampling: z.unknown().optional(),
    output_paths: unsupported("logs go to stderr"),
    error_output_paths: unsupported("logs go to stderr"),
    processors: unsupported("export of the collector's own logs"),
  }),
);

const telemetry = section(
  z.strictObject({
    metrics: metrics.prefault({}),
    logs: logs.prefault({}),
    resource: z.record(z.string(), z.union([z.string(), z.null()])).default({}),
    traces: section(z.strictObject({ level: z.enum(["none", "basic"]).default("none") })).optional(),
  }),
);

export const serviceSchema = section(
  z.strictObject({
    extensions: ids,
    pipelines: z
      .preprocess((value: unknown) => (value === null ? {} : value), z.record(z.string(), pipeline))
      .default({}),
    telemetry: telemetry.prefault({}),
  }),
);

export type ServiceConfig = z.infer<typeof serviceSchema>;
export type TelemetryConfig = ServiceConfig["telemetry"];
export type PrometheusReaderConfig = z.infer<typeof prometheusReader>;
