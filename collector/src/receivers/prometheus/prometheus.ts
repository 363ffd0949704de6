import { Agent } from "undici";
import type { ComponentHost, Consumer, Receiver, ReceiverFactory } from "../../component.js";
import { clientTlsSchema } from "../../net/tls-config.js";
import { clientContext } from "../../net/tls-material.js";
import { type PrometheusReceiverConfig, prometheusReceiverSchema, type ScrapeConfig } from "./config.js";
import { Scraper } from "./scraper.js";
import { targetsOf } from "./targets.js";

/** Scrapes what Prometheus would scrape, by Prometheus' own configuration. */
export const prometheusReceiver: ReceiverFactory<PrometheusReceiverConfig> = {
  kind: "receiver",
  type: "prometheus",
  schema: prometheusReceiverSchema,
  signals: { metrics: "beta" },
  create: (config, outputs, host) => new PrometheusReceiver(config, outputs.metrics, host),
};

class PrometheusReceiver implements Receiver {
  private readonly config: PrometheusReceiverConfig;
  private readonly output: Consumer | undefined;
  private readonly host: ComponentHost;
  private scrapers: Scraper[] = [];
  private agents: Agent[] = [];

  constructor(config: PrometheusReceiverConfig, output: Consumer | undefined, host: ComponentHost) {
    this.config = config;
    this.output = output;
    this.host = host;
  }

  async start(): Promise<void> {
    const { output } = this;
    if (output === undefined) throw new Error("BUG: the prometheus receiver is in no metrics pipeline");
    const byJob = new Map<ScrapeConfig, Agent>();
    for (const target of targetsOf(this.config.config)) {
      let agent = byJob.get(target.config);
      if (agent === undefined) {
        agent = this.agent(target.config);
        byJob.set(target.config, agent);
        this.agents.push(agent);
      }
      const scraper = new Scraper(target, agent, output, this.host);
      this.scrapers.push(scraper);
      scraper.start();
    }
  }

  async shutdown(): Promise<void> {
    await Promise.all(this.scrapers.splice(0).map((scraper) => scraper.stop()));
    await Promise.all(this.agents.splice(0).map((agent) => agent.destroy()));
  }

  private agent({ tls_config, job_name }: ScrapeConfig): Agent {
    if (tls_config === undefined) return new Agent();
    const what = `receiver "${this.host.id.text}", job "${job_name}"`;
    const { ca_file, cert_file, key_file, server_name, insecure_skip_verify } = tls_config;
    const tls = clientTlsSchema.parse({ ca_file, cert_file, key_file });
    return new Agent({
      connect: {
        ...clientContext(what, tls),
        ...(server_name === undefined ? {} : { servername: server_name }),
        rejectUnauthorized: !insecure_skip_verify,
      },
    });
  }
}
