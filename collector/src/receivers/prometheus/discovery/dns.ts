import { Resolver } from "node:dns/promises";
import { z } from "zod";
import { prometheusDuration } from "../duration.js";
import type { DiscoveryFactory, TargetGroup } from "./discovery.js";
import { refreshing } from "./refresher.js";

const schema = z
  .strictObject({
    names: z.array(z.string().min(1)).min(1),
    type: z
      .string()
      .transform((text) => text.toUpperCase())
      .pipe(z.enum(["SRV", "A", "AAAA", "MX", "NS"]))
      .default("SRV"),
    port: z.int().min(0).max(65_535).default(0),
    refresh_interval: prometheusDuration("30s"),
    /** host:port of name servers; those of the system when empty. An option of this collector. */
    servers: z.array(z.string()).default([]),
  })
  .superRefine(({ type, port }, context) => {
    if (type !== "SRV" && port === 0) context.addIssue(`a port is required in DNS-SD configs of type ${type}`);
  });
type DnsConfig = z.infer<typeof schema>;

/** Targets that DNS records name. */
export const dnsDiscovery: DiscoveryFactory<DnsConfig> = {
  key: "dns_sd_configs",
  schema,
  create: (config, context) => {
    const resolver = new Resolver();
    if (config.servers.length > 0) resolver.setServers(config.servers);
    const read = async (abort: AbortSignal): Promise<TargetGroup[]> => {
      const cancel = (): void => resolver.cancel();
      abort.addEventListener("abort", cancel, { once: true });
      try {
        return (await Promise.all(config.names.map((name) => lookUp(resolver, name, config)))).flat();
      } finally {
        abort.removeEventListener("abort", cancel);
      }
    };
    return refreshing(context, config.refresh_interval, read);
  },
};

async function lookUp(resolver: Resolver, name: string, { type, port }: DnsConfig): Promise<TargetGroup[]> {
  try {
    switch (type) {
      case "SRV":
        return (await resolver.resolveSrv(name)).map((record) =>
          group(name, record.name, record.port, {
            __meta_dns_srv_record_target: absolute(record.name),
            __meta_dns_srv_record_port: String(record.port),
          }),
        );
      case "A":
        return (await resolver.resolve4(name)).map((address) => group(name, address, port));
      case "AAAA":
        return (await resolver.resolve6(name)).map((address) => group(name, `[${address}]`, port));
      case "MX":
        return (await resolver.resolveMx(name)).map(({ exchange }) =>
          group(name, exchange, port, { __meta_dns_mx_record_target: absolute(exchange) }),
        );
      case "NS":
        return (await resolver.resolveNs(name)).map((server) =>
          group(name, server, port, { __meta_dns_ns_record_target: absolute(server) }),
        );
    }
  } catch (error) {
    // A name without records is an answer, and a name that cannot be asked for is not.
    if (["ENODATA", "ENOTFOUND"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw new Error(`cannot look up ${type} of ${name}: ${(error as Error).message}`, { cause: error });
  }
}

function group(name: string, host: string, port: number, labels: Record<string, string> = {}): TargetGroup {
  return { targets: [`${host.replace(/\.$/, "")}:${port}`], labels: { __meta_dns_name: name, ...labels } };
}

/** As Prometheus shows names of records: with the dot at the end. */
function absolute(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}
