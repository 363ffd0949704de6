import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { isWanted, type Match } from "../filter.js";
import { define } from "../metric.js";
import type { ScrapeContext, ScraperKind } from "../scraper.js";

export interface FilesystemConfig {
  readonly include_virtual_filesystems: boolean;
  readonly include_devices?: Match | undefined;
  readonly exclude_devices?: Match | undefined;
  readonly include_fs_types?: Match | undefined;
  readonly exclude_fs_types?: Match | undefined;
  readonly include_mount_points?: Match | undefined;
  readonly exclude_mount_points?: Match | undefined;
}

export const filesystemScraper: ScraperKind<FilesystemConfig> = {
  name: "filesystem",
  elsewhere: false,
  metrics: [
    ...define("updown", true, [
      ["system.filesystem.inodes.usage", "{inodes}", "FileSystem inodes used."],
      ["system.filesystem.usage", "By", "Filesystem bytes used."],
    ]),
    ...define("gauge", false, [["system.filesystem.utilization", "1", "Fraction of filesystem bytes used."]]),
  ],
  create: (config) => ({ scrape: (context) => scrape(config, context) }),
};

interface Mount {
  readonly device: string;
  readonly type: string;
  readonly mountpoint: string;
  readonly mode: string;
}

async function scrape(config: FilesystemConfig, { proc, record, bootNano, log }: ScrapeContext): Promise<void> {
  record.resource({}, bootNano);
  const text = (await proc.maybe("1", "mountinfo")) ?? (await proc.text("self", "mountinfo"));
  const kinds = new Set(diskKinds(await proc.lines("filesystems")));
  const seen = new Set<string>();
  for (const mount of text.split("\n").flatMap(readMount)) {
    const { device, type, mountpoint, mode } = mount;
    if (!config.include_virtual_filesystems && (device === "none" || !kinds.has(type))) continue;
    const key = `${mountpoint}\n${device}`;
    if (seen.has(key) || !isIncluded(config, mount)) continue;
    seen.add(key);
    const path = join(proc.root, mountpoint);
    try {
      const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path, { bigint: true });
      const attributes = { device, mode, mountpoint, type };
      const used = (blocks - bfree) * bsize;
      const free = bavail * bsize;
      const bytes = { used, free, reserved: blocks * bsize - used - free };
      for (const [state, value] of Object.entries(bytes)) {
        record.add("system.filesystem.usage", value, { ...attributes, state });
      }
      if (used + free > 0n) record.add("system.filesystem.utilization", Number(used) / Number(used + free), attributes);
      record.add("system.filesystem.inodes.usage", files - ffree, { ...attributes, state: "used" });
      record.add("system.filesystem.inodes.usage", ffree, { ...attributes, state: "free" });
    } catch (error) {
      log.debug("cannot read a filesystem", { path, error: (error as Error).message });
    }
  }
}

/** Types with a device behind them; ZFS has one and does not say so. */
function diskKinds(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const [flag, name] = line.split("\t");
    return name !== undefined && (flag !== "nodev" || name === "zfs") ? [name.trim()] : [];
  });
}

/** `36 35 98:0 /root /mnt rw,noatime master:1 - ext4 /dev/sda1 rw`: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html */
function readMount(line: string): Mount[] {
  const [before, after] = line.split(" - ");
  const [, , , , mountpoint, options] = (before ?? "").split(" ");
  const [type, device] = (after ?? "").split(" ");
  if (mountpoint === undefined || options === undefined || type === undefined || device === undefined) return [];
  const flags = options.split(",");
  const mode = flags.includes("rw") ? "rw" : flags.includes("ro") ? "ro" : "unknown";
  return [{ device: decodeOctal(device), type, mountpoint: decodeOctal(mountpoint), mode }];
}

/** Blanks and such stand as octal numbers. */
function decodeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function isIncluded(config: FilesystemConfig, { device, type, mountpoint }: Mount): boolean {
  return (
    isWanted(device, config.include_devices, config.exclude_devices) &&
    isWanted(type, config.include_fs_types, config.exclude_fs_types) &&
    isWanted(mountpoint, config.include_mount_points, config.exclude_mount_points)
  );
}
