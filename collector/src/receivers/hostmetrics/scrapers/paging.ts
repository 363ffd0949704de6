import { define } from "../metric.js";
import { numbersByName } from "../proc-files.js";
import type { ScrapeContext, ScraperKind } from "../scraper.js";

export const pagingScraper: ScraperKind<object> = {
  name: "paging",
  elsewhere: false,
  metrics: [
    ...define("counter", true, [
      ["system.paging.faults", "{faults}", "The number of page faults."],
      ["system.paging.operations", "{operations}", "The number of paging operations."],
    ]),
    ...define("updown", true, [["system.paging.usage", "By", "Swap (unix) or pagefile (windows) usage."]]),
    ...define("gauge", false, [["system.paging.utilization", "1", "Swap (unix) or pagefile (windows) utilization."]]),
  ],
  create: () => ({ scrape }),
};

async function scrape({ proc, record, bootNano }: ScrapeContext): Promise<void> {
  record.resource({}, bootNano);
  const [, ...swaps] = ((await proc.maybe("swaps")) ?? "").split("\n");
  for (const line of swaps) {
    const [device, , size, used] = line.split(/\s+/);
    if (device === undefined || size === undefined || used === undefined) continue;
    const total = Number(size);
    const states = { used: Number(used), free: total - Number(used) };
    for (const [state, kilobytes] of Object.entries(states)) {
      record.add("system.paging.usage", BigInt(kilobytes * 1024), { device, state });
      if (total > 0) record.add("system.paging.utilization", kilobytes / total, { device, state });
    }
  }
  const counts = numbersByName(await proc.text("vmstat"));
  const count = (name: string): bigint => BigInt(counts.get(name) ?? 0);
  const operation = (name: string, direction: string, type: string): void =>
    record.add("system.paging.operations", count(name), { direction, type });
  operation("pswpin", "page_in", "major");
  operation("pswpout", "page_out", "major");
  operation("pgpgin", "page_in", "minor");
  operation("pgpgout", "page_out", "minor");
  const major = count("pgmajfault");
  record.add("system.paging.faults", major, { type: "major" });
  record.add("system.paging.faults", count("pgfault") - major, { type: "minor" });
}
