import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { define } from "../metric.js";
import { numbersByName } from "../proc-files.js";
import type { ScrapeContext, ScraperKind } from "../scraper.js";

export const memoryScraper: ScraperKind<object> = {
  name: "memory",
  elsewhere: true,
  metrics: [
    ...define("updown", true, [["system.memory.usage", "By", "Bytes of memory in use."]]),
    ...define("gauge", false, [
      ["system.memory.utilization", "1", "Percentage of memory bytes in use."],
      ["system.memory.page_size", "By", "A constant value for the system's configured page size."],
      ["system.memory.linux.hugepages.utilization", "1", "Percentage of hugepages in use by state."],
    ]),
    ...define("updown", false, [
      ["system.memory.limit", "By", "Total bytes of memory available."],
      [
        "system.linux.memory.available",
        "By",
        "An estimate of how much memory is available for starting new applications, without swapping.",
      ],
      ["system.linux.memory.dirty", "By", "The amount of dirty memory according to `/proc/meminfo`."],
      [
        "system.memory.linux.shared",
        "By",
        "Shared memory usage, including tmpfs filesystems and System V/POSIX shared memory.",
      ],
      ["system.memory.linux.hugepages.limit", "{page}", "Total number of hugepages available."],
      ["system.memory.linux.hugepages.page_size", "By", "System hugepage size in bytes."],
      ["system.memory.linux.hugepages.reserved", "{page}", "Number of reserved hugepages."],
      ["system.memory.linux.hugepages.surplus", "{page}", "Number of surplus hugepages."],
      ["system.memory.linux.hugepages.usage", "{page}", "Number of hugepages in use by state."],
    ]),
  ],
  create: () => ({ scrape: (context) => (process.platform === "linux" ? scrapeLinux(context) : scrapeNode(context)) }),
};

async function scrapeLinux({ proc, record, bootNano }: ScrapeContext): Promise<void> {
  const info = numbersByName(await proc.text("meminfo"));
  const bytes = (name: string): number => (info.get(name) ?? 0) * 1024;
  const total = bytes("MemTotal");
  record.resource({}, bootNano);
  const reclaimable = bytes("SReclaimable");
  // Upstream's default since 0.140: what the kernel thinks can be had, in place of free, buffers and cache.
  recordUsage(record, total, {
    used: total - (bytes("MemAvailable") || bytes("MemFree") + bytes("Cached") + reclaimable),
    free: bytes("MemFree"),
    buffered: bytes("Buffers"),
    cached: bytes("Cached") + reclaimable,
    slab_reclaimable: reclaimable,
    slab_unreclaimable: bytes("SUnreclaim"),
  });
  record.add("system.linux.memory.available", BigInt(bytes("MemAvailable")));
  record.add("system.linux.memory.dirty", BigInt(bytes("Dirty")));
  record.add("system.memory.linux.shared", BigInt(bytes("Shmem")));
  const pageSize = readPageSize();
  if (pageSize !== undefined) record.add("system.memory.page_size", BigInt(pageSize));
  recordHugePages(record, info);
}

function recordUsage(record: ScrapeContext["record"], total: number, states: Readonly<Record<string, number>>): void {
  for (const [state, bytes] of Object.entries(states)) {
    record.add("system.memory.usage", BigInt(bytes), { state });
    if (total > 0) record.add("system.memory.utilization", bytes / total, { state });
  }
  record.add("system.memory.limit", BigInt(total));
}

function recordHugePages(record: ScrapeContext["record"], info: ReadonlyMap<string, number>): void {
  const pages = (name: string): number => info.get(name) ?? 0;
  const total = pages("HugePages_Total");
  const states = { free: pages("HugePages_Free"), used: total - pages("HugePages_Free") };
  record.add("system.memory.linux.hugepages.page_size", BigInt(pages("Hugepagesize") * 1024));
  record.add("system.memory.linux.hugepages.limit", BigInt(total));
  record.add("system.memory.linux.hugepages.reserved", BigInt(pages("HugePages_Rsvd")));
  record.add("system.memory.linux.hugepages.surplus", BigInt(pages("HugePages_Surp")));
  for (const [state, count] of Object.entries(states)) {
    const attributes = { "system.memory.linux.hugepages.state": state };
    record.add("system.memory.linux.hugepages.usage", BigInt(count), attributes);
    if (total > 0) record.add("system.memory.linux.hugepages.utilization", count / total, attributes);
  }
}

const AT_PAGESZ = 6n;

/** From the kernel's notes to this process: pairs of a key and a value. */
function readPageSize(): number | undefined {
  const notes = readFileSync("/proc/self/auxv");
  for (let at = 0; at + 16 <= notes.length; at += 16) {
    if (notes.readBigUInt64LE(at) === AT_PAGESZ) return Number(notes.readBigUInt64LE(at + 8));
  }
  return undefined;
}

async function scrapeNode({ record, bootNano }: ScrapeContext): Promise<void> {
  record.resource({}, bootNano);
  recordUsage(record, totalmem(), { used: totalmem() - freemem(), free: freemem() });
}
