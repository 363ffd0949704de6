import type { Batch } from "@venturi/otlp";
import type { ComponentHost, Consumer, Outcome, Processor, ProcessorFactory, Refusal } from "../../component.js";
import type { Lane } from "../../ledger.js";
import type { TailSamplingConfig } from "./config.js";
import { Explainer } from "./explain.js";
import { Outbox } from "./outbox.js";
import { compilePolicies } from "./policy-compiler.js";
import { tailSamplingSchema } from "./schema.js";
import { SpanRouter } from "./span-router.js";
import { TraceKeeper } from "./trace-keeper.js";

/** Keeps or drops whole traces by what their spans say, and can tell why. */
export const tailSamplingProcessor: ProcessorFactory<TailSamplingConfig> = {
  kind: "processor",
  type: "tail_sampling",
  schema: tailSamplingSchema,
  signals: { traces: "beta" },
  create: (config, _signal, next, lane, host) => new TailSampling(config, next, lane, host),
};

const TICK_MS = 1000;
/** Kept traces that nobody takes may gather so far before new ones are refused. */
const OUTBOX_BYTES = 64 * 1024 * 1024;

const BUSY: Refusal = {
  reason: "queue_full",
  message: "the exporters of this pipeline are busy",
  retryable: true,
  retryAfterMs: 1000,
};
const SHUT_DOWN: Refusal = { reason: "shutdown", message: "the collector is shutting down", retryable: true };

class TailSampling implements Processor {
  private readonly config: TailSamplingConfig;
  private readonly host: ComponentHost;
  private readonly keeper: TraceKeeper;
  private readonly router: SpanRouter;
  private readonly outbox: Outbox;
  private readonly explainer: Explainer;
  /** Batches that wait for room, with `block_on_overflow`. */
  private readonly blocked: { readonly batch: Batch; readonly answer: (outcome: Outcome) => void }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private closed: Promise<void> | undefined;

  constructor(config: TailSamplingConfig, next: Consumer, lane: Lane, host: ComponentHost) {
    this.config = config;
    this.host = host;
    this.outbox = new Outbox(next, lane, host, OUTBOX_BYTES);
    const compiled = compilePolicies(
      config.policies,
      { monotonicMs: () => performance.now(), wallMs: Date.now },
      host.log,
    );
    this.keeper = new TraceKeeper(config, compiled, lane, host, (batch) => this.outbox.send(batch));
    this.router = new SpanRouter(this.keeper, compiled, config);
    this.explainer = new Explainer(this.keeper, compiled.policies);
  }

  async start(): Promise<void> {
    this.host.explainSampling((traceId) => this.explainer.explain(traceId));
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (this.closed !== undefined) return SHUT_DOWN;
    if (this.outbox.isFull) return BUSY;
    if (this.config.block_on_overflow && (this.blocked.length > 0 || !this.hasRoom)) {
      return new Promise((answer) => void this.blocked.push({ batch, answer }));
    }
    this.router.take(batch);
    return undefined;
  }

  shutdown(): Promise<void> {
    this.closed ??= this.close();
    return this.closed;
  }

  private async close(): Promise<void> {
    clearInterval(this.timer);
    for (const { answer } of this.blocked.splice(0)) answer(SHUT_DOWN);
    this.keeper.nowMs = Date.now();
    this.keeper.finish();
    await this.outbox.drain();
  }

  /** A batch is taken whole, so the last one before the door shuts may go over the limit. */
  private get hasRoom(): boolean {
    return this.keeper.waiting < this.config.num_traces;
  }

  private tick(): void {
    this.keeper.nowMs = Date.now();
    this.keeper.tick();
    while (this.blocked.length > 0 && this.hasRoom && !this.outbox.isFull) {
      const waiter = this.blocked.shift();
      if (waiter === undefined) return;
      this.router.take(waiter.batch);
      waiter.answer(undefined);
    }
  }
}
