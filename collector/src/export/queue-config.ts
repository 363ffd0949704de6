import { z } from "zod";
import { durationMs, section, unsupported } from "../config/schema-types.js";

/** The Collector's `sending_queue`, and a bound in bytes that it does not have. */
export const queueSchema = section(
  z.strictObject({
    enabled: z.boolean().default(true),
    num_consumers: z.int().min(1).default(10),
    queue_size: z.int().min(1).default(1000),
    sizer: z.enum(["requests", "items", "bytes"]).default("requests"),
    /** Whatever the sizer counts, the queue never holds more than this. */
    max_queue_bytes: z
      .int()
      .min(1)
      .default(256 * 1024 * 1024),
    block_on_overflow: z.boolean().default(false),
    wait_for_result: z.boolean().default(false),
    storage: unsupported("a persistent queue; leave `storage` out to queue in memory"),
    batch: unsupported("batching in the queue; use the batch processor"),
  }),
);
export type QueueConfig = z.infer<typeof queueSchema>;

/** The Collector's `retry_on_failure`. */
export const retrySchema = section(
  z
    .strictObject({
      enabled: z.boolean().default(true),
      initial_interval: durationMs("5s"),
      randomization_factor: z.number().min(0).max(1).default(0.5),
      multiplier: z.number().min(0).default(1.5),
      max_interval: durationMs("30s"),
      /** 0: retries never stop. */
      max_elapsed_time: durationMs("5m"),
    })
    .superRefine((retry, context) => {
      if (!retry.enabled || retry.max_elapsed_time === 0) return;
      for (const key of ["initial_interval", "max_interval"] as const) {
        if (retry.max_elapsed_time >= retry[key]) continue;
        const message = `must not be less than ${key}`;
        context.addIssue({ code: "custom", path: ["max_elapsed_time"], message });
      }
    }),
);
export type RetryConfig = z.infer<typeof retrySchema>;
