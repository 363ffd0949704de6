import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Attributes } from "@venturi/otlp";
import { isWanted, type Match } from "../filter.js";
import { define } from "../metric.js";
import { numbersByName, type ProcFiles, TICKS_PER_SECOND } from "../proc-files.js";
import { processIds, statFields } from "../process-table.js";
import type { ScrapeContext, Scraper, ScraperKind } from "../scraper.js";

export interface ProcessConfig {
  readonly include?: Match | undefined;
  readonly exclude?: Match | undefined;
  readonly scrape_process_delay: number;
  /** By name of the resource attribute. */
  readonly resource_attributes: Readonly<Record<string, { readonly enabled: boolean }>>;
  /** Names of metrics that are on; those that cost a file of their own are not read in vain. */
  readonly isEnabled: (metric: string) => boolean;
}

export const processScraper: ScraperKind<ProcessConfig> = {
  name: "process",
  elsewhere: false,
  metrics: [
    ...define("counter", true, [
      ["process.cpu.time", "s", "Total CPU seconds broken down by different states."],
      ["process.disk.io", "By", "Disk bytes transferred."],
    ]),
    ...define("updown", true, [
      ["process.memory.usage", "By", "The amount of physical memory in use."],
      ["process.memory.virtual", "By", "Virtual memory size."],
    ]),
    ...define("counter", false, [
      ["process.context_switches", "{count}", "Number of times the process has been context switched."],
      ["process.disk.operations", "{operations}", "Number of disk operations performed by the process."],
      ["process.paging.faults", "{faults}", "Number of page faults the process has made."],
    ]),
    ...define("gauge", false, [
      [
        "process.cpu.utilization",
        "1",
        "Percentage of total CPU time used by the process since last scrape, expressed as a value between 0 and 1. On the first scrape, no data point is emitted for this metric.",
      ],
      ["process.memory.utilization", "1", "Percentage of total physical memory that is used by the process."],
      ["process.uptime", "s", "The time the process has been running."],
    ]),
    ...define("updown", false, [
      ["process.open_file_descriptors", "{count}", "Number of file descriptors in use by the process."],
      ["process.signals_pending", "{signals}", "Number of pending signals for the process."],
      ["process.threads", "{threads}", "Process threads count."],
    ]),
  ],
  create: (config) => new ProcessScraper(config),
};

/** Indexes of fields behind the name in /proc/PID/stat: the manual's numbers less three. */
const FIELD = {
  parent: 1,
  minorFaults: 7,
  majorFaults: 9,
  user: 11,
  system: 12,
  threads: 17,
  start: 19,
  virtual: 20,
  rss: 21,
  wait: 39,
};
const PAGE_BYTES = 4096n;

interface Times {
  readonly atMs: number;
  readonly states: Readonly<Record<string, number>>;
}

class ProcessScraper implements Scraper {
  private readonly config: ProcessConfig;
  /** By process number and start, since numbers are used again. */
  private last = new Map<string, Times>();

  constructor(config: ProcessConfig) {
    this.config = config;
  }

  async scrape(context: ScrapeContext): Promise<void> {
    const { proc } = context;
    const owners = await readOwners(proc.root);
    const memoryBytes = (numbersByName(await proc.text("meminfo")).get("MemTotal") ?? 0) * 1024;
    const seen = new Map<string, Times>();
    for (const pid of await processIds(proc)) {
      const fields = await statFields(proc, pid);
      const status = await proc.maybe(String(pid), "status");
      // It ended meanwhile, or is not ours to see.
      if (fields === undefined || status === undefined) continue;
      await this.process({ pid, fields, status, owners, memoryBytes, seen }, context);
    }
    this.last = seen;
  }

  private async process(one: ProcessRow, { proc, record, bootNano, nowMs }: ScrapeContext): Promise<void> {
    const { pid, fields, status, seen } = one;
    const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? "";
    const ticks = (index: number): number => Number(fields[index] ?? 0) / TICKS_PER_SECOND;
    const startNano = bootNano + BigInt(Math.round(ticks(FIELD.start) * 1e9));
    const uptimeMs = nowMs - Number(startNano / 1_000_000n);
    if (!isWanted(name, this.config.include, this.config.exclude)) return;
    if (uptimeMs < this.config.scrape_process_delay) return;
    record.resource(await this.resource(one, name, proc), startNano);
    const states = { user: ticks(FIELD.user), system: ticks(FIELD.system), wait: ticks(FIELD.wait) };
    for (const [state, seconds] of Object.entries(states)) record.add("process.cpu.time", seconds, { state });
    const key = `${pid} ${fields[FIELD.start]}`;
    this.utilization(key, { atMs: nowMs, states }, record);
    seen.set(key, { atMs: nowMs, states });
    const rss = BigInt(fields[FIELD.rss] ?? 0) * PAGE_BYTES;
    record.add("process.memory.usage", rss);
    record.add("process.memory.virtual", BigInt(fields[FIELD.virtual] ?? 0));
    if (one.memoryBytes > 0) record.add("process.memory.utilization", (Number(rss) / one.memoryBytes) * 100);
    record.add("process.paging.faults", BigInt(fields[FIELD.majorFaults] ?? 0), { type: "major" });
    record.add("process.paging.faults", BigInt(fields[FIELD.minorFaults] ?? 0), { type: "minor" });
    record.add("process.threads", BigInt(fields[FIELD.threads] ?? 0));
    record.add("process.uptime", uptimeMs / 1000);
    recordStatus(status, record);
    await this.files(pid, proc, record);
  }

  private utilization(key: string, now: Times, record: ScrapeContext["record"]): void {
    const before = this.last.get(key);
    const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
    if (before === undefined || seconds <= 0) return;
    for (const [state, value] of Object.entries(now.states)) {
      record.add("process.cpu.utilization", (value - (before.states[state] ?? 0)) / seconds, { state });
    }
  }

  private async files(pid: number, proc: ProcFiles, record: ScrapeContext["record"]): Promise<void> {
    const io = numbersByName((await proc.maybe(String(pid), "io")) ?? "");
    for (const [direction, bytes, calls] of [
      ["read", "read_bytes", "syscr"],
      ["write", "write_bytes", "syscw"],
    ] as const) {
      if (io.size === 0) break;
      record.add("process.disk.io", BigInt(io.get(bytes) ?? 0), { direction });
      record.add("process.disk.operations", BigInt(io.get(calls) ?? 0), { direction });
    }
    if (!this.config.isEnabled("process.open_file_descriptors")) return;
    const descriptors = await readdir(proc.path(String(pid), "fd")).catch(() => undefined);
    if (descriptors !== undefined) record.add("process.open_file_descriptors", BigInt(descriptors.length));
  }

  private async resource(
    { pid, fields, status, owners }: ProcessRow,
    name: string,
    proc: ProcFiles,
  ): Promise<Attributes> {
    const wants = (attribute: string): boolean =>
      this.config.resource_attributes[attribute]?.enabled ?? attribute !== "process.cgroup";
    const resource: Record<string, string | bigint> = {};
    const put = (attribute: string, value: string | bigint | undefined): void => {
      if (value !== undefined && wants(attribute)) resource[attribute] = value;
    };
    const words = ((await proc.maybe(String(pid), "cmdline")) ?? "").split("\0").filter((word) => word !== "");
    const uid = /^Uid:\t(\d+)/m.exec(status)?.[1] ?? "";
    put("process.pid", BigInt(pid));
    put("process.parent_pid", BigInt(fields[FIELD.parent] ?? 0));
    put("process.executable.name", name);
    put("process.executable.path", await readlink(proc.path(String(pid), "exe")).catch(() => ""));
    put("process.command", words[0] ?? "");
    put("process.command_line", words.join(" "));
    put("process.owner", owners.get(uid));
    if (wants("process.cgroup")) put("process.cgroup", (await proc.maybe(String(pid), "cgroup"))?.trim());
    return resource;
  }
}

interface ProcessRow {
  readonly pid: number;
  readonly fields: readonly string[];
  readonly status: string;
  /** Names of users by their numbers. */
  readonly owners: ReadonlyMap<string, string>;
  readonly memoryBytes: number;
  readonly seen: Map<string, Times>;
}

function recordStatus(status: string, record: ScrapeContext["record"]): void {
  const counts = numbersByName(status);
  const switches = { voluntary: "voluntary_ctxt_switches", involuntary: "nonvoluntary_ctxt_switches" };
  for (const [type, name] of Object.entries(switches)) {
    const count = counts.get(name);
    if (count !== undefined) record.add("process.context_switches", BigInt(count), { type });
  }
  const queued = /^SigQ:\t(\d+)\//m.exec(status)?.[1];
  if (queued !== undefined) record.add("process.signals_pending", BigInt(queued));
}

async function readOwners(root: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(root, "etc/passwd"), "utf8").catch(() => "");
  return new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const [user, , uid] = line.split(":");
      return user === undefined || uid === undefined ? [] : [[uid, user]];
    }),
  );
}
