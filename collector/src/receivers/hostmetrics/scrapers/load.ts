import { cpus, loadavg } from "node:os";
import { define } from "../metric.js";
import type { ScraperKind } from "../scraper.js";

export const loadScraper: ScraperKind<{ readonly cpu_average: boolean }> = {
  name: "load",
  elsewhere: true,
  metrics: define("gauge", true, [
    ["system.cpu.load_average.1m", "{thread}", "Average CPU Load over 1 minute."],
    ["system.cpu.load_average.5m", "{thread}", "Average CPU Load over 5 minutes."],
    ["system.cpu.load_average.15m", "{thread}", "Average CPU Load over 15 minutes."],
  ]),
  create: ({ cpu_average }) => ({
    scrape: async ({ proc, record, bootNano }) => {
      const own = process.platform === "linux" ? (await proc.text("loadavg")).split(" ").map(Number) : loadavg();
      const divisor = cpu_average ? Math.max(1, cpus().length) : 1;
      record.resource({}, bootNano);
      ["1m", "5m", "15m"].forEach((span, index) => {
        record.add(`system.cpu.load_average.${span}`, (own[index] ?? 0) / divisor);
      });
    },
  }),
};
