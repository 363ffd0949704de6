import { cpus } from "node:os";
import { define } from "../metric.js";
import { TICKS_PER_SECOND } from "../proc-files.js";
import type { ScrapeContext, Scraper, ScraperKind } from "../scraper.js";

export const cpuScraper: ScraperKind<object> = {
  name: "cpu",
  elsewhere: true,
  metrics: [
    ...define("counter", true, [["system.cpu.time", "s", "Total seconds each logical CPU spent on each mode."]]),
    ...define("gauge", false, [
      [
        "system.cpu.utilization",
        "1",
        "Difference in system.cpu.time since the last measurement per logical CPU, divided by the elapsed time (value in interval [0,1]).",
      ],
      ["system.cpu.frequency", "Hz", "Current frequency of the CPU core in Hz."],
    ]),
    ...define("updown", false, [
      ["system.cpu.logical.count", "{cpu}", "Number of available logical CPUs."],
      ["system.cpu.physical.count", "{cpu}", "Number of available physical CPUs."],
    ]),
  ],
  create: () => new CpuScraper(),
};

/** In the order of the columns of /proc/stat. */
const STATES = ["user", "nice", "system", "idle", "wait", "interrupt", "softirq", "steal"] as const;

type Times = ReadonlyMap<string, ReadonlyMap<string, number>>;

class CpuScraper implements Scraper {
  private last: Times | undefined;

  async scrape({ proc, record, bootNano }: ScrapeContext): Promise<void> {
    const isLinux = process.platform === "linux";
    const times = isLinux ? readStat(await proc.lines("stat")) : readNode();
    record.resource({}, bootNano);
    for (const [cpu, states] of times) {
      for (const [state, seconds] of states) record.add("system.cpu.time", seconds, { cpu, state });
    }
    this.utilization(times, record);
    record.add("system.cpu.logical.count", BigInt(times.size));
    if (isLinux) readInfo((await proc.text("cpuinfo")).split("\n\n"), times.size, record);
  }

  private utilization(times: Times, record: ScrapeContext["record"]): void {
    for (const [cpu, states] of times) {
      const before = this.last?.get(cpu);
      if (before === undefined) continue;
      const spent = [...states].map(([state, seconds]) => [state, seconds - (before.get(state) ?? 0)] as const);
      const total = spent.reduce((sum, [, seconds]) => sum + seconds, 0);
      if (total <= 0) continue;
      for (const [state, seconds] of spent) record.add("system.cpu.utilization", seconds / total, { cpu, state });
    }
    this.last = times;
  }
}

function readStat(lines: readonly string[]): Times {
  return new Map(
    lines
      .filter((line) => /^cpu\d/.test(line))
      .map((line) => {
        const [cpu, ...ticks] = line.split(/\s+/);
        const states = STATES.map((state, index) => [state, Number(ticks[index] ?? 0) / TICKS_PER_SECOND] as const);
        return [cpu as string, new Map(states)];
      }),
  );
}

function readNode(): Times {
  return new Map(
    cpus().map(({ times }, index) => {
      const { user, nice, sys: system, idle, irq: interrupt } = times;
      const states = Object.entries({ user, nice, system, idle, interrupt });
      return [`cpu${index}`, new Map(states.map(([state, ms]) => [state, ms / 1000]))];
    }),
  );
}

function readInfo(blocks: readonly string[], logical: number, record: ScrapeContext["record"]): void {
  const cores = new Set<string>();
  for (const block of blocks) {
    const field = (name: string): string | undefined => new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(block)?.[1];
    const core = field("core id");
    if (core !== undefined) cores.add(`${field("physical id")} ${core}`);
    const mhz = Number(field("cpu MHz"));
    const cpu = field("processor");
    if (cpu !== undefined && mhz > 0) record.add("system.cpu.frequency", mhz * 1e6, { cpu: `cpu${cpu}` });
  }
  record.add("system.cpu.physical.count", BigInt(cores.size || logical));
}
