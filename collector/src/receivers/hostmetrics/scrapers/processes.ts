import { define } from "../metric.js";
import { numbersByName } from "../proc-files.js";
import { processIds, statFields } from "../process-table.js";
import type { ScrapeContext, ScraperKind } from "../scraper.js";

export const processesScraper: ScraperKind<object> = {
  name: "processes",
  elsewhere: false,
  metrics: [
    ...define("updown", true, [["system.processes.count", "{processes}", "Total number of processes in each state."]]),
    ...define("counter", true, [
      ["system.processes.created", "{processes}", "Total number of created processes. Supported on Linux and OpenBSD."],
    ]),
  ],
  create: () => ({ scrape }),
};

const STATUS: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  I: "idle",
  D: "blocked",
  Z: "zombies",
  T: "stopped",
  W: "paging",
  L: "locked",
};

async function scrape({ proc, record, bootNano }: ScrapeContext): Promise<void> {
  const pids = await processIds(proc);
  const counts = new Map<string, number>();
  for (const pid of pids) {
    const state = (await statFields(proc, pid))?.[0];
    // It ended meanwhile.
    if (state === undefined) continue;
    const status = STATUS[state] ?? "unknown";
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const totals = numbersByName(await proc.text("stat"));
  // The kernel counts these at one moment, which a walk over the table cannot.
  counts.set("running", totals.get("procs_running") ?? 0);
  counts.set("blocked", totals.get("procs_blocked") ?? 0);
  const known = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (pids.length > known) counts.set("unknown", pids.length - known);
  record.resource({}, bootNano);
  for (const [status, count] of counts) record.add("system.processes.count", BigInt(count), { status });
  record.add("system.processes.created", BigInt(totals.get("processes") ?? 0));
}
