import { z } from "zod";
import { durationMs, section, unsupported } from "../../config/schema-types.js";
import { matchSchema } from "./filter.js";
import type { MetricDefinition } from "./metric.js";
import { cpuScraper } from "./scrapers/cpu.js";
import { diskScraper } from "./scrapers/disk.js";
import { filesystemScraper } from "./scrapers/filesystem.js";
import { loadScraper } from "./scrapers/load.js";
import { memoryScraper } from "./scrapers/memory.js";
import { networkScraper } from "./scrapers/network.js";
import { pagingScraper } from "./scrapers/paging.js";
import { processScraper } from "./scrapers/process.js";
import { processesScraper } from "./scrapers/processes.js";

const toggle = section(z.strictObject({ enabled: z.boolean() }));
type Toggle = z.ZodOptional<typeof toggle>;

/** `metrics: { system.cpu.utilization: { enabled: true } }`, by the names that the scraper has. */
function metricsOf(metrics: readonly MetricDefinition[]) {
  const shape = Object.fromEntries(metrics.map(({ name }) => [name, toggle.optional()])) as Record<string, Toggle>;
  return section(z.strictObject(shape)).prefault({});
}

const RESOURCE_ATTRIBUTES = [
  "cgroup",
  "command",
  "command_line",
  "executable.name",
  "executable.path",
  "owner",
  "parent_pid",
  "pid",
];
const resourceAttributes = section(
  z.strictObject(
    Object.fromEntries(RESOURCE_ATTRIBUTES.map((name) => [`process.${name}`, toggle.optional()])) as Record<
      string,
      Toggle
    >,
  ),
).prefault({});

/** Errors about a single process are never logged, so there is nothing to mute. */
const mute = z.boolean().optional();

const scrapers = section(
  z
    .strictObject({
      cpu: section(z.strictObject({ metrics: metricsOf(cpuScraper.metrics) })).optional(),
      memory: section(z.strictObject({ metrics: metricsOf(memoryScraper.metrics) })).optional(),
      load: section(
        z.strictObject({ metrics: metricsOf(loadScraper.metrics), cpu_average: z.boolean().default(false) }),
      ).optional(),
      disk: section(
        z.strictObject({
          metrics: metricsOf(diskScraper.metrics),
          include: matchSchema("devices"),
          exclude: matchSchema("devices"),
        }),
      ).optional(),
      filesystem: section(
        z.strictObject({
          metrics: metricsOf(filesystemScraper.metrics),
          include_virtual_filesystems: z.boolean().default(false),
          include_devices: matchSchema("devices"),
          exclude_devices: matchSchema("devices"),
          include_fs_types: matchSchema("fs_types"),
          exclude_fs_types: matchSchema("fs_types"),
          include_mount_points: matchSchema("mount_points"),
          exclude_mount_points: matchSchema("mount_points"),
        }),
      ).optional(),
      network: section(
        z.strictObject({
          metrics: metricsOf(networkScraper.metrics),
          include: matchSchema("interfaces"),
          exclude: matchSchema("interfaces"),
        }),
      ).optional(),
      paging: section(z.strictObject({ metrics: metricsOf(pagingScraper.metrics) })).optional(),
      processes: section(z.strictObject({ metrics: metricsOf(processesScraper.metrics) })).optional(),
      process: section(
        z.strictObject({
          metrics: metricsOf(processScraper.metrics),
          resource_attributes: resourceAttributes,
          include: matchSchema("names"),
          exclude: matchSchema("names"),
          mute_process_all_errors: mute,
          mute_process_name_error: mute,
          mute_process_io_error: mute,
          mute_process_cgroup_error: mute,
          mute_process_exe_error: mute,
          mute_process_user_error: mute,
          scrape_process_delay: durationMs("0s"),
        }),
      ).optional(),
      system: unsupported("the system scraper"),
      nfs: unsupported("the nfs scraper"),
    })
    .refine((it) => Object.values(it).some((scraper) => scraper !== undefined), {
      message: "must specify at least one scraper when using hostmetrics receiver",
    }),
);

export const hostMetricsSchema = z.strictObject({
  collection_interval: durationMs("1m"),
  initial_delay: durationMs("1s"),
  timeout: unsupported("a timeout of one scrape"),
  /** Where the root of the machine is mounted, for a collector in a container. */
  root_path: z
    .string()
    .regex(/^$|^\//, "must be an absolute path")
    .default(""),
  metadata_collection_interval: unsupported("events about the host as an entity"),
  scrapers,
});

export type HostMetricsConfig = z.infer<typeof hostMetricsSchema>;
