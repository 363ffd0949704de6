import { z } from "zod";
import { count, durationMs, section } from "../../config/schema-types.js";

const DEFAULT_DIRECTORY = "/var/lib/otelcol/file_storage";

/**
 * Options of upstream's compaction. Segments are deleted as soon as everything in them is delivered, so there is nothing
 * that would have to be compacted: they are accepted so that a working config runs.
 */
const compaction = section(
  z.strictObject({
    on_start: z.boolean().default(false),
    on_rebound: z.boolean().default(false),
    directory: z.string().optional(),
    rebound_needed_threshold_mib: count(100),
    rebound_trigger_threshold_mib: count(10),
    max_transaction_size: count(65_536),
    check_interval: durationMs("5s"),
    cleanup_on_start: z.boolean().default(false),
  }),
);

export const schema = z.strictObject({
  directory: z.string().min(1).default(DEFAULT_DIRECTORY),
  /** How long to wait for a folder that another process still has. */
  timeout: durationMs("1s"),
  fsync: z.boolean().default(false),
  create_directory: z.boolean().default(false),
  directory_permissions: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((text) => /^0?[0-7]{3}$/.test(text), 'must be an octal number of file permissions, like "0750"')
    .default("0750"),
  /** A damaged segment is skipped in any case; with this it is also set aside instead of being deleted later. */
  recreate: z.boolean().default(false),
  compaction: compaction.prefault({}),
});

export type FileStorageConfig = z.infer<typeof schema>;
