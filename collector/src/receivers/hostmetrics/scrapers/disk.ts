import { isWanted, type Match } from "../filter.js";
import { define } from "../metric.js";
import type { ScrapeContext, ScraperKind } from "../scraper.js";

interface DiskConfig {
  readonly include?: Match | undefined;
  readonly exclude?: Match | undefined;
}

export const diskScraper: ScraperKind<DiskConfig> = {
  name: "disk",
  elsewhere: false,
  metrics: [
    ...define("counter", true, [
      ["system.disk.io", "By", "Disk bytes transferred."],
      ["system.disk.io_time", "s", "Time disk spent activated."],
      [
        "system.disk.merged",
        "{operations}",
        "The number of disk reads/writes merged into single physical disk access operations.",
      ],
      ["system.disk.operation_time", "s", "Time spent in disk operations."],
      ["system.disk.operations", "{operations}", "Disk operations count."],
      ["system.disk.weighted_io_time", "s", "Time disk spent activated multiplied by the queue length."],
    ]),
    ...define("updown", true, [
      ["system.disk.pending_operations", "{operations}", "The queue size of pending I/O operations."],
    ]),
  ],
  create: (config) => ({ scrape: (context) => scrape(config, context) }),
};

const SECTOR_BYTES = 512n;

/** Columns: https://docs.kernel.org/admin-guide/iostats.html */
async function scrape({ include, exclude }: DiskConfig, { proc, record, bootNano }: ScrapeContext): Promise<void> {
  record.resource({}, bootNano);
  for (const line of await proc.lines("diskstats")) {
    const [, , device, ...columns] = line.trim().split(/\s+/);
    if (device === undefined || columns.length < 11 || !isWanted(device, include, exclude)) continue;
    const whole = (index: number): bigint => BigInt(columns[index] as string);
    const seconds = (index: number): number => Number(columns[index]) / 1000;
    for (const [direction, first] of [
      ["read", 0],
      ["write", 4],
    ] as const) {
      const attributes = { device, direction };
      record.add("system.disk.operations", whole(first), attributes);
      record.add("system.disk.merged", whole(first + 1), attributes);
      record.add("system.disk.io", whole(first + 2) * SECTOR_BYTES, attributes);
      record.add("system.disk.operation_time", seconds(first + 3), attributes);
    }
    record.add("system.disk.pending_operations", whole(8), { device });
    record.add("system.disk.io_time", seconds(9), { device });
    record.add("system.disk.weighted_io_time", seconds(10), { device });
  }
}
