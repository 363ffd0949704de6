import { z } from "zod";
import { durationMs, section, unsupported } from "../../config/schema-types.js";

const BYTES_PER_MEGABYTE = 1024 * 1024;

const rotation = section(
  z.strictObject({
    /** 0: the default. */
    max_megabytes: z
      .int()
      .min(0)
      .default(100)
      .transform((megabytes) => (megabytes || 100) * BYTES_PER_MEGABYTE),
    /** Old files are removed after that many days; 0: never. */
    max_days: z.int().min(0).default(0),
    /** 0: all are kept. */
    max_backups: z.int().min(0).default(100),
    /** Of the times in the names of old files. */
    localtime: z.boolean().default(false),
  }),
);
export type RotationConfig = z.infer<typeof rotation>;

const groupBy = section(
  z.strictObject({
    enabled: z.boolean().default(false),
    resource_attribute: z.string().min(1).default("fileexporter.path_segment"),
    max_open_files: z.int().min(1).default(100),
  }),
);

const octal = z
  .string()
  .regex(/^0?[0-7]{1,3}$/, "must be an octal number of permissions, like 0755")
  .transform((text) => Number.parseInt(text, 8));

export const fileExporterSchema = z
  .strictObject({
    path: z.string().min(1, "must be non-empty"),
    append: z.boolean().default(false),
    rotation: rotation.optional(),
    format: z.enum(["json", "proto"]).default("json"),
    encoding: unsupported("encoding extensions; set format to json or proto"),
    compression: z.enum(["zstd", ""]).default(""),
    compression_params: z.strictObject({ level: z.int().min(0).max(22).default(0) }).prefault({}),
    flush_interval: durationMs("1s"),
    create_directory: z.boolean().default(false),
    directory_permissions: octal.optional(),
    group_by: groupBy.prefault({}),
  })
  .refine((it) => !it.append || it.rotation === undefined, {
    path: ["append"],
    message: "append and rotation enabled at the same time is not supported",
  })
  .refine((it) => it.directory_permissions === undefined || it.create_directory, {
    path: ["directory_permissions"],
    message: "directory_permissions requires create_directory to be true",
  })
  .refine((it) => !it.group_by.enabled || /^[^*]+\*[^*]*$/.test(it.path), {
    path: ["path"],
    message: "path must contain exactly one *, and not in front, when group_by is enabled",
  });

export type FileExporterConfig = z.infer<typeof fileExporterSchema>;

/** Of directories that the exporter makes. */
export function directoryMode(config: FileExporterConfig): number {
  return config.directory_permissions ?? 0o755;
}
