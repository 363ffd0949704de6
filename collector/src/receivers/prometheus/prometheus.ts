import type { ComponentHost, Consumer, Receiver, ReceiverFactory } from "../../component.js";
import { type PrometheusReceiverConfig, prometheusReceiverSchema } from "./config.js";
import { jobsOf } from "./job.js";
import { TargetPool } from "./target-pool.js";

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
  private pools: TargetPool[] = [];

  constructor(config: PrometheusReceiverConfig, output: Consumer | undefined, host: ComponentHost) {
    this.config = config;
    this.output = output;
    this.host = host;
  }

  async start(): Promise<void> {
    const { output } = this;
    if (output === undefined) throw new Error("BUG: the prometheus receiver is in no metrics pipeline");
    this.pools = jobsOf(this.config).map((job) => new TargetPool(job, output, this.host));
    await Promise.all(this.pools.map((pool) => pool.start()));
  }

  async shutdown(): Promise<void> {
    await Promise.all(this.pools.splice(0).map((pool) => pool.stop(this.config.scrape_on_shutdown)));
  }
}
