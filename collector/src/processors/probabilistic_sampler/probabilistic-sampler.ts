import type { Batch, Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer, Outcome, Processor, ProcessorFactory } from "../../component.js";
import { giveBack } from "../../lease.js";
import type { Lane } from "../../ledger.js";
import { type ProbabilisticSamplerConfig, probabilisticSamplerSchema } from "./config.js";
import type { ItemSampler, Sampled } from "./item-sampler.js";
import { LogSampler } from "./log-sampler.js";
import { SpanSampler } from "./span-sampler.js";

/** Keeps a share of spans or log records, chosen by what does not depend on the collector that chooses. */
export const probabilisticSamplerProcessor: ProcessorFactory<ProbabilisticSamplerConfig> = {
  kind: "processor",
  type: "probabilistic_sampler",
  schema: probabilisticSamplerSchema,
  signals: { traces: "beta", logs: "alpha" },
  create: (config, signal, next, lane, host) => new ProbabilisticSampler(config, signal, next, lane, host),
};

class ProbabilisticSampler implements Processor {
  private readonly sampler: ItemSampler;
  private readonly signal: Signal;
  private readonly next: Consumer;
  private readonly lane: Lane;
  private readonly host: ComponentHost;

  constructor(config: ProbabilisticSamplerConfig, signal: Signal, next: Consumer, lane: Lane, host: ComponentHost) {
    this.sampler = signal === "logs" ? new LogSampler(config) : new SpanSampler(config);
    this.signal = signal;
    this.next = next;
    this.lane = lane;
    this.host = host;
  }

  async start(): Promise<void> {}

  consume(batch: Batch): Outcome | Promise<Outcome> {
    const sampled = this.sampler.sample(batch);
    const outcome = sampled.kept === undefined ? undefined : this.next.consume(sampled.kept);
    return outcome instanceof Promise
      ? outcome.then((settled) => this.settle(batch, sampled, settled))
      : this.settle(batch, sampled, outcome);
  }

  async shutdown(): Promise<void> {}

  /** What is refused comes again as a whole: only what was taken is counted. */
  private settle(batch: Batch, { droppedItems, byPolicy }: Sampled, outcome: Outcome): Outcome {
    if (outcome !== undefined) return outcome;
    // What was kept has been copied.
    giveBack(batch);
    if (droppedItems > 0) this.lane.drop(droppedItems, "sampled_out");
    for (const [policy, { kept, dropped }] of byPolicy) {
      if (kept > 0) this.counter(policy, "true").add(kept);
      if (dropped > 0) this.counter(policy, "false").add(dropped);
    }
    return undefined;
  }

  private counter(policy: string, sampled: string): { add(amount: number): void } {
    const noun = this.signal === "logs" ? "logs" : "traces";
    return this.host.metrics.counter(
      {
        name: `otelcol_processor_probabilistic_sampler_count_${noun}_sampled`,
        help: `Count of ${noun} that were sampled or not`,
        unit: "1",
      },
      { policy, sampled },
    );
  }
}
