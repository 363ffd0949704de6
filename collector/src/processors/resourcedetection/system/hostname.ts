import { lookup, lookupService, Resolver } from "node:dns/promises";
import { join } from "node:path";
import { readText } from "./read-text.js";

/** Where the name of this host is looked for. */
export const HOSTNAME_SOURCES = ["dns", "os", "cname", "lookup"] as const;
export type HostnameSource = (typeof HOSTNAME_SOURCES)[number];

export interface HostnameSettings {
  /** What the operating system says. */
  readonly hostname: string;
  /** Folder of `hosts` and `resolv.conf`. */
  readonly etc: string;
  /** `address:port` of DNS servers; absent: those of the operating system. */
  readonly dnsServers?: readonly string[];
}

/** A server that does not answer costs no more than this, and the next source is asked. */
const DNS = { timeout: 1000, tries: 2 } as const;
const MAX_ALIASES = 8;

/** @throws Error when the source does not know, or `signal` is aborted before it answers. */
export async function hostnameFrom(
  source: HostnameSource,
  settings: HostnameSettings,
  signal: AbortSignal,
): Promise<string> {
  switch (source) {
    case "os":
      return settings.hostname;
    case "cname":
      return canonicalName(settings, signal);
    case "lookup":
      return reverseName(settings.hostname, signal);
    case "dns":
      // Like `hostname -f`.
      return canonicalName(settings, signal).catch(() => reverseName(settings.hostname, signal));
  }
}

/** The name of this host in `hosts`, or the one that DNS has addresses for, when aliases are followed. */
async function canonicalName({ hostname, etc, dnsServers }: HostnameSettings, signal: AbortSignal): Promise<string> {
  const listed = nameInHosts((await readText(join(etc, "hosts"))) ?? "", hostname);
  if (listed !== undefined) return listed;
  const resolver = new Resolver(DNS);
  if (dnsServers !== undefined) resolver.setServers(dnsServers);
  const cancel = (): void => resolver.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (const name of candidates((await readText(join(etc, "resolv.conf"))) ?? "", hostname)) {
      const canonical = await followAliases(resolver, name, signal);
      if (canonical !== undefined) return canonical;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  throw new Error(`neither ${join(etc, "hosts")} nor DNS has a name for "${hostname}"`);
}

/** The first name on the line of `hosts` that has this name. */
export function nameInHosts(hosts: string, hostname: string): string | undefined {
  const wanted = hostname.toLowerCase();
  for (const line of hosts.split("\n")) {
    const [, canonical, ...aliases] = (line.split("#")[0] as string).trim().split(/\s+/);
    if (canonical === undefined) continue;
    if ([canonical, ...aliases].some((name) => name.toLowerCase() === wanted)) return canonical;
  }
  return undefined;
}

/** The names to ask DNS for: a short name in the domains of `search`, and as it is. */
export function candidates(resolvConf: string, hostname: string): string[] {
  let domains: string[] = [];
  let ndots = 1;
  for (const line of resolvConf.split("\n")) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "search") domains = words;
    else if (keyword === "domain") domains = words.slice(0, 1);
    else if (keyword === "options")
      ndots = Number(/^ndots:(\d+)$/.exec(words.find((word) => word.startsWith("ndots:")) ?? "")?.[1] ?? ndots);
  }
  if (hostname.endsWith(".")) return [hostname.slice(0, -1)];
  const within = domains.map((domain) => `${hostname}.${domain.replace(/\.$/, "")}`);
  const dots = hostname.split(".").length - 1;
  return dots >= ndots ? [hostname, ...within] : [...within, hostname];
}

async function followAliases(resolver: Resolver, name: string, signal: AbortSignal): Promise<string | undefined> {
  let canonical = name;
  for (let step = 0; step < MAX_ALIASES; step++) {
    const [next] = await resolver.resolveCname(canonical).catch(() => []);
    signal.throwIfAborted();
    if (next === undefined) break;
    canonical = next;
  }
  const found = [resolver.resolve4(canonical), resolver.resolve6(canonical)];
  const [four, six] = await Promise.all(found.map((addresses) => addresses.catch(() => [])));
  signal.throwIfAborted();
  return (four?.length ?? 0) + (six?.length ?? 0) > 0 ? canonical : undefined;
}

/** The name of the first of the host's addresses that has one. */
async function reverseName(hostname: string, signal: AbortSignal): Promise<string> {
  const addresses = await orAborted(lookup(hostname, { all: true }), signal);
  let cause: unknown;
  for (const { address } of addresses) {
    try {
      return (await orAborted(lookupService(address, 0), signal)).hostname.replace(/\.$/, "");
    } catch (error) {
      cause = error;
    }
  }
  throw new Error(`no address of "${hostname}" has a name`, { cause });
}

/** The system's resolver cannot be stopped: what it says after the time is over is not waited for. */
function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
