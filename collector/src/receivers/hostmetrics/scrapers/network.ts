import { isWanted, type Match } from "../filter.js";
import { define } from "../metric.js";
import type { ScrapeContext, ScraperKind } from "../scraper.js";

interface NetworkConfig {
  readonly include?: Match | undefined;
  readonly exclude?: Match | undefined;
}

export const networkScraper: ScraperKind<NetworkConfig> = {
  name: "network",
  elsewhere: false,
  metrics: [
    ...define("updown", true, [["system.network.connections", "{connections}", "The number of connections."]]),
    ...define("counter", true, [
      ["system.network.dropped", "{packets}", "The number of packets dropped."],
      ["system.network.errors", "{errors}", "The number of errors encountered."],
      ["system.network.io", "By", "The number of bytes transmitted and received."],
      ["system.network.packets", "{packets}", "The number of packets transferred."],
    ]),
    ...define("updown", false, [
      ["system.network.conntrack.count", "{entries}", "The count of entries in conntrack table."],
      ["system.network.conntrack.max", "{entries}", "The limit for entries in the conntrack table."],
    ]),
  ],
  create: (config) => ({ scrape: (context) => scrape(config, context) }),
};

/** Where the columns of a direction begin in /proc/net/dev: bytes, packets, errors, drops. */
const DIRECTIONS = [
  ["receive", 0],
  ["transmit", 8],
] as const;
const COLUMNS = ["io", "packets", "errors", "dropped"] as const;

async function scrape({ include, exclude }: NetworkConfig, context: ScrapeContext): Promise<void> {
  const { proc, record, bootNano } = context;
  record.resource({}, bootNano);
  for (const line of await proc.lines("net", "dev")) {
    const colon = line.lastIndexOf(":");
    const device = line.slice(0, Math.max(0, colon)).trim();
    if (device === "" || !isWanted(device, include, exclude)) continue;
    const values = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    for (const [direction, first] of DIRECTIONS) {
      COLUMNS.forEach((name, index) => {
        record.add(`system.network.${name}`, BigInt(values[first + index] ?? 0), { device, direction });
      });
    }
  }
  await scrapeConnections(context);
  for (const name of ["count", "max"]) {
    const value = await proc.maybe("sys", "net", "netfilter", `nf_conntrack_${name}`);
    if (value !== undefined) record.add(`system.network.conntrack.${name}`, BigInt(value.trim()));
  }
}

/** By the kernel's number, from 1. Upstream's `DELETE` is a state of Windows: it stays at zero. */
const TCP_STATES = [
  "ESTABLISHED",
  "SYN_SENT",
  "SYN_RECV",
  "FIN_WAIT_1",
  "FIN_WAIT_2",
  "TIME_WAIT",
  "CLOSE",
  "CLOSE_WAIT",
  "LAST_ACK",
  "LISTEN",
  "CLOSING",
  "DELETE",
] as const;

async function scrapeConnections({ proc, record }: ScrapeContext): Promise<void> {
  const counts = new Map<string, number>(TCP_STATES.map((state) => [state, 0]));
  for (const file of ["tcp", "tcp6"]) {
    const [, ...rows] = ((await proc.maybe("net", file)) ?? "").split("\n");
    for (const row of rows) {
      const number = row.trim().split(/\s+/, 4)[3];
      const state = number === undefined ? undefined : TCP_STATES[Number.parseInt(number, 16) - 1];
      if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
    }
  }
  for (const [state, count] of counts) {
    record.add("system.network.connections", BigInt(count), { protocol: "tcp", state });
  }
}
