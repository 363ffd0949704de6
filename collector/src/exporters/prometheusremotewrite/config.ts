import { LabelNamer } from "@venturi/otlp";
import { z } from "zod";
import { count, durationMs, httpUrl, section, stringMap } from "../../config/schema-types.js";
import { translationOptions } from "../../export/prometheus-translation.js";
import { retrySchema } from "../../export/queue-config.js";
import { httpClientOptions } from "../../net/http-client.js";

export const MESSAGE_V1 = "prometheus.WriteRequest";
export const MESSAGE_V2 = "io.prometheus.write.v2.Request";

/** External labels are named by the rules that the data's labels are named by. */
const externalLabels = stringMap().transform((labels, context) => {
  const namer = new LabelNamer({ utf8: false, keepsUnderscores: false, prefixesUnderscore: true });
  const named: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels)) {
    const name = namer.name(key);
    if (name === "" || value === "") context.addIssue("external labels configuration contains an empty key or value");
    named[name] = value;
  }
  return named;
});

/** What is taken is on disk before it counts as taken. Delivered data is freed at once: there is nothing to tune. */
const walSchema = section(
  z.strictObject({
    directory: z.string().min(1),
    buffer_size: count(300),
    truncate_frequency: durationMs("1m"),
    lag_record_frequency: durationMs("15s"),
  }),
);

export const remoteWriteSchema = z
  .strictObject({
    ...httpClientOptions,
    ...translationOptions,
    endpoint: httpUrl(),
    timeout: durationMs("5s"),
    compression: z.enum(["snappy", ""], "compression type must be snappy").default("snappy"),
    external_labels: externalLabels,
    max_batch_size_bytes: count(3_000_000).transform((bytes) => bytes || 3_000_000),
    max_batch_request_parallelism: z.int().min(1).optional(),
    target_info: section(z.strictObject({ enabled: z.boolean().default(true) })).prefault({}),
    disable_scope_info: z.boolean().default(false),
    /** Remote write 2.0 always has metadata. */
    send_metadata: z.boolean().default(false),
    protobuf_message: z.enum([MESSAGE_V1, MESSAGE_V2]).default(MESSAGE_V1),
    remote_write_queue: section(
      z.strictObject({
        enabled: z.boolean().default(true),
        queue_size: z
          .int("a 0 size queue will drop all the data")
          .min(1, "a 0 size queue will drop all the data")
          .default(10_000),
        /** How many requests of one batch are sent at a time; batches go one after another. */
        num_consumers: z.int().min(0).default(5),
      }),
    ).prefault({}),
    retry_on_failure: retrySchema.prefault({ initial_interval: "50ms", max_interval: "30s" }),
    wal: walSchema.optional(),
  })
  .superRefine(({ protobuf_message, translation_strategy }, context) => {
    const isUtf8 = translation_strategy === "NoTranslation" || translation_strategy === "NoUTF8EscapingWithSuffixes";
    if (!isUtf8 || protobuf_message === MESSAGE_V2) return;
    const message = `translation strategy ${translation_strategy} requires Prometheus Remote Write 2.0 (UTF-8 support); set protobuf_message: ${MESSAGE_V2}`;
    context.addIssue({ code: "custom", path: ["translation_strategy"], message });
  });
export type RemoteWriteConfig = z.infer<typeof remoteWriteSchema>;
