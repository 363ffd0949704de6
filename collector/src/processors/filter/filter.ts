import type { Batch, Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer, Outcome, Processor, ProcessorFactory } from "../../component.js";
import { giveBack, passOn } from "../../lease.js";
import type { Lane } from "../../ledger.js";
import { PropagatedError } from "../../ottl/statements.js";
import { ContextWalker, type VisitItem } from "../../ottl/walk.js";
import type { Counter } from "../../telemetry/metric-registry.js";
import { type FilterConfig, filterSchema } from "./config.js";
import { compileStages } from "./stages.js";

/** Drops spans, span events, metrics, data points and log records by conditions. */
export const filterProcessor: ProcessorFactory<FilterConfig> = {
  kind: "processor",
  type: "filter",
  schema: filterSchema,
  signals: { traces: "alpha", metrics: "alpha", logs: "alpha" },
  create: (config, signal, next, lane, host) => new Filter(config, signal, next, lane, host),
};

interface Pass {
  readonly walker: ContextWalker;
  readonly stays: VisitItem;
}

const OPTIONS = { countChanges: true, dropEmpty: true } as const;

const COUNTED = {
  traces: { noun: "spans", help: "Number of spans dropped by the filter processor" },
  metrics: { noun: "datapoints", help: "Number of metric data points dropped by the filter processor" },
  logs: { noun: "logs", help: "Number of logs dropped by the filter processor" },
} as const;

class Filter implements Processor {
  private readonly passes: readonly Pass[];
  private readonly next: Consumer;
  private readonly lane: Lane;
  private readonly host: ComponentHost;
  private readonly counter: Counter;

  constructor(config: FilterConfig, signal: Signal, next: Consumer, lane: Lane, host: ComponentHost) {
    this.passes = compileStages(config, signal, host.log).map(({ context, stays }) => ({
      walker: new ContextWalker(context),
      stays,
    }));
    this.next = next;
    this.lane = lane;
    this.host = host;
    const { noun, help } = COUNTED[signal];
    const name = `otelcol_processor_filter_${noun}_filtered`;
    this.counter = host.metrics.counter({ name, help, unit: "1" }, { filter: host.id.text });
  }

  async start(): Promise<void> {}

  consume(batch: Batch): Outcome | Promise<Outcome> {
    let kept = batch;
    try {
      for (const { walker, stays } of this.passes) kept = walker.walk(kept, stays, OPTIONS);
    } catch (error) {
      if (!(error instanceof PropagatedError)) throw error;
      this.host.log.error("failed processing telemetry: the batch is dropped", { error: error.message });
      this.lane.drop(batch.itemCount, "condition_failed");
      return undefined;
    }
    if (kept === batch) return this.next.consume(batch);
    const dropped = batch.itemCount - kept.itemCount;
    if (kept.byteLength === 0) {
      giveBack(batch);
      return this.settle(dropped, undefined);
    }
    passOn([batch], [kept]);
    const outcome = this.next.consume(kept);
    return outcome instanceof Promise
      ? outcome.then((settled) => this.settle(dropped, settled))
      : this.settle(dropped, outcome);
  }

  async shutdown(): Promise<void> {}

  /** What is refused comes again as a whole: only what was taken is counted. */
  private settle(dropped: number, outcome: Outcome): Outcome {
    if (outcome !== undefined || dropped === 0) return outcome;
    this.lane.drop(dropped, "filtered");
    this.counter.add(dropped);
    return undefined;
  }
}
