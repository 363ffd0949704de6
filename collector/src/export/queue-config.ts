import { z } from "zod";
import { durationMs, section, unsupported } from "../config/schema-types.js";

/** The Collector's `sending_queue::batch`; a block that is there, even an empty one, switches it on. */
const batchSchema = z
  .strictObject({
    enabled: z.boolean().default(true),
    flush_timeout: durationMs("200ms"),
    /** Without one: the queue's, and `items` when that is not written either. */
    sizer: z.enum(["requests", "items", "bytes"]).optional(),
    min_size: z.int().min(0).default(8192),
    /** 0: any size. */
    max_size: z.int().min(0).default(0),
    partition: unsupported("batching by client metadata"),
  })
  .superRefine((batch, context) => {
    const report = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (batch.flush_timeout === 0) report("flush_timeout", "must be positive");
    if (batch.max_size > 0 && batch.max_size < batch.min_size) {
      report("max_size", `(${batch.max_size}) must be greater or equal to min_size (${batch.min_size})`);
    }
  });
export interface BatchConfig {
  readonly flush_timeout: number;
  readonly sizer: "items" | "bytes";
  readonly min_size: number;
  readonly max_size: number;
}

function batchOf(batch: z.infer<typeof batchSchema>, queueSizer: string | undefined): BatchConfig | undefined {
  const sizer = batch.sizer ?? queueSizer ?? "items";
  if (sizer !== "items" && sizer !== "bytes") return undefined;
  const { flush_timeout, min_size, max_size } = batch;
  return { flush_timeout, sizer, min_size, max_size };
}

/** Most of what a queue keeps, whatever its sizer counts. */
const MEMORY_BYTES = 256 * 1024 * 1024;
const DISK_BYTES = 10 * 1024 * 1024 * 1024;

/** The Collector's `sending_queue`, and a bound in bytes that it does not have. */
export const queueSchema = section(
  z
    .strictObject({
      enabled: z.boolean().default(true),
      num_consumers: z.int().min(1).default(10),
      queue_size: z.int().min(1).default(1000),
      sizer: z.enum(["requests", "items", "bytes"]).optional(),
      /** Of memory or, with `storage`, of disk. An option of this collector. */
      max_queue_bytes: z.int().min(1).optional(),
      block_on_overflow: z.boolean().default(false),
      wait_for_result: z.boolean().default(false),
      /** Id of a storage extension: then what was taken survives the end of the process. */
      storage: z.string().min(1).nullish(),
      // As upstream, a block with nothing in it does not take over the queue's sizer.
      batch: z.preprocess((value: unknown) => (value === null ? { sizer: "items" } : value), batchSchema.optional()),
    })
    .transform(({ batch: wanted, ...queue }, context) => {
      const report = (path: string[], message: string): void => context.addIssue({ code: "custom", path, message });
      const sizer = queue.sizer ?? "requests";
      const storage = queue.enabled ? (queue.storage ?? undefined) : undefined;
      const batch = wanted?.enabled ? batchOf(wanted, queue.sizer) : undefined;
      if (wanted?.enabled && batch === undefined) report(["batch", "sizer"], "batch supports only items or bytes");
      if (batch?.sizer === sizer && batch.min_size > queue.queue_size) {
        report(["batch", "min_size"], `(${batch.min_size}) must be less than or equal to queue_size`);
      }
      if (storage !== undefined && queue.wait_for_result) {
        report(["wait_for_result"], "is not supported with a persistent queue (storage)");
      }
      const max_queue_bytes = queue.max_queue_bytes ?? (storage === undefined ? MEMORY_BYTES : DISK_BYTES);
      return { ...queue, sizer, storage, max_queue_bytes, batch };
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
