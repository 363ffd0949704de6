import { lookup } from "node:dns/promises";
import type { ComponentHost } from "../../component.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import type { LoadBalancingConfig } from "./config.js";

export type Lookup = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const systemLookup: Lookup = (hostname) => lookup(hostname, { all: true });

/** Tells which backends there are: at the start, and whenever they change. */
export class Resolver {
  private readonly config: LoadBalancingConfig["resolver"];
  private readonly host: ComponentHost;
  private readonly onChange: (endpoints: readonly string[]) => void;
  private readonly lookup: Lookup;
  private readonly failedLog = new LogThrottle();
  private endpoints: readonly string[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    config: LoadBalancingConfig["resolver"],
    host: ComponentHost,
    onChange: (endpoints: readonly string[]) => void,
    lookupAddresses: Lookup = systemLookup,
  ) {
    this.config = config;
    this.host = host;
    this.onChange = onChange;
    this.lookup = lookupAddresses;
  }

  async start(): Promise<void> {
    const { dns } = this.config;
    if (this.config.static !== undefined) {
      this.count("num_resolutions", "static", "true");
      this.update("static", this.config.static.hostnames);
    }
    if (dns === undefined) return;
    await this.resolve();
    this.timer = setInterval(() => void this.resolve(), dns.interval);
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private async resolve(): Promise<void> {
    const { dns } = this.config;
    if (dns === undefined) return;
    try {
      const addresses = await within(dns.timeout, this.lookup(dns.hostname));
      this.count("num_resolutions", "dns", "true");
      this.update(
        "dns",
        addresses.map(({ address, family }) => {
          const host = family === 6 ? `[${address}]` : address;
          return dns.port === "" ? host : `${host}:${dns.port}`;
        }),
      );
    } catch (error) {
      this.count("num_resolutions", "dns", "false");
      // The backends of before stay: most failures are of the name server and not of them.
      this.failedLog.run((suppressed) =>
        this.host.log.warn("failed to resolve", {
          hostname: dns.hostname,
          error: (error as Error).message,
          suppressed,
        }),
      );
    }
  }

  private update(resolver: string, found: readonly string[]): void {
    const endpoints = [...new Set(found)].sort();
    if (endpoints.join() === this.endpoints.join()) return;
    this.endpoints = endpoints;
    const help = "Current number of backends in use.";
    this.host.metrics
      .gauge({ name: "otelcol_loadbalancer_num_backends", help, unit: "{backends}" }, { resolver })
      .set(endpoints.length);
    this.count("num_backend_updates", resolver);
    this.onChange(endpoints);
  }

  private count(name: "num_resolutions" | "num_backend_updates", resolver: string, success?: string): void {
    const help =
      name === "num_resolutions"
        ? "Number of times the resolver has triggered new resolutions."
        : "Number of times the list of backends was updated.";
    const unit = name === "num_resolutions" ? "{resolutions}" : "{updates}";
    const labels = success === undefined ? { resolver } : { resolver, success };
    this.host.metrics.counter({ name: `otelcol_loadbalancer_${name}`, help, unit }, labels).add(1);
  }
}

function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
