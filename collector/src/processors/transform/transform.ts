import type { Batch, Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer, Outcome, Processor, ProcessorFactory } from "../../component.js";
import { passOn } from "../../lease.js";
import type { Lane } from "../../ledger.js";
import { type CompiledGroup, PropagatedError, Runner } from "../../ottl/statements.js";
import { ContextWalker, type WalkOptions } from "../../ottl/walk.js";
import { compiledGroups, type TransformConfig, transformSchema } from "./config.js";

/** Changes telemetry by statements of the OpenTelemetry Transformation Language. */
export const transformProcessor: ProcessorFactory<TransformConfig> = {
  kind: "processor",
  type: "transform",
  schema: transformSchema,
  signals: { traces: "beta", metrics: "beta", logs: "beta" },
  create: (config, signal, next, lane, host) => new Transform(config, signal, next, lane, host),
};

interface Pass {
  readonly group: CompiledGroup;
  readonly runner: Runner;
  readonly walker: ContextWalker;
  readonly options: WalkOptions;
}

class Transform implements Processor {
  private readonly passes: readonly Pass[];
  private readonly next: Consumer;
  private readonly lane: Lane;
  private readonly host: ComponentHost;

  constructor(config: TransformConfig, signal: Signal, next: Consumer, lane: Lane, host: ComponentHost) {
    this.passes = compiledGroups(config, signal).map(({ group, mode }) => ({
      group,
      runner: new Runner(mode, host.log),
      walker: new ContextWalker(group.context),
      // Functions of metrics add metrics and data points.
      options: { countChanges: group.context === "metric", dropEmpty: false },
    }));
    this.next = next;
    this.lane = lane;
    this.host = host;
  }

  async start(): Promise<void> {}

  consume(batch: Batch): Outcome | Promise<Outcome> {
    let changed = batch;
    try {
      for (const pass of this.passes) changed = run(pass, changed);
    } catch (error) {
      if (!(error instanceof PropagatedError)) throw error;
      this.host.log.error("failed processing telemetry: the batch is dropped", { error: error.message });
      this.lane.drop(batch.itemCount, "statement_failed");
      return undefined;
    }
    if (changed === batch) return this.next.consume(batch);
    passOn([batch], [changed]);
    return this.settle(changed.itemCount - batch.itemCount, this.next.consume(changed));
  }

  async shutdown(): Promise<void> {}

  /** Items that functions added or removed are in the books once the batch was taken. */
  private settle(added: number, outcome: Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    if (added === 0) return outcome;
    if (outcome instanceof Promise) return outcome.then((settled) => this.settle(added, settled));
    if (outcome !== undefined) return outcome;
    if (added > 0) this.lane.created += added;
    else this.lane.drop(-added, "merged");
    return undefined;
  }
}

function run({ group, runner, walker, options }: Pass, batch: Batch): Batch {
  return walker.walk(
    batch,
    (context) => {
      runner.execute(group, context);
      return true;
    },
    options,
  );
}
