import type { Batch } from "@venturi/otlp";
import type { Outcome, Processor } from "../../component.js";
import { processorEntry, processorExit } from "../../graph/branches.js";
import { fanOut } from "../../graph/fan-out.js";
import { Lane } from "../../ledger.js";
import { SamplingExplanations } from "../../telemetry/sampling-explanations.js";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import {
  type ShortResource,
  type ShortSpan,
  spansBatch,
  spansByTrace,
  traceIdOf,
} from "../../testing/spans.test.fixture.js";
import { tailSamplingProcessor } from "./tail-sampling.js";

export interface TestSampler {
  readonly processor: Processor;
  readonly lane: Lane;
  readonly host: TestHost;
  readonly out: Batch[];
  send(...spans: ShortSpan[]): Outcome | Promise<Outcome>;
  sendResources(...resources: ShortResource[]): Outcome | Promise<Outcome>;
  /** What came out so far. */
  kept(): Record<number, string[]>;
  /** The answer to `/sampling/…` for a trace of its number. */
  explain(trace: number): { readonly status: number; readonly body: object };
}

/** A started processor. With fake timers, each second that a test lets pass makes a tick. */
export async function startSampler(
  config: object,
  answer: (batch: Batch) => Outcome | Promise<Outcome> = () => undefined,
): Promise<TestSampler> {
  const explanations = new SamplingExplanations();
  const host = testHost("processor", "tail_sampling", {
    explainSampling: (explain) => explanations.add("tail_sampling", "traces", explain),
  });
  const lane = new Lane();
  const out: Batch[] = [];
  const next = {
    consume: (batch: Batch) => {
      const outcome = answer(batch);
      if (outcome === undefined) out.push(batch);
      return outcome;
    },
  };
  const parsed = tailSamplingProcessor.schema.parse({ decision_wait: "2s", ...config });
  const processor = tailSamplingProcessor.create(parsed, "traces", fanOut([processorExit(lane, next)]), lane, host);
  const entry = fanOut([processorEntry(lane, processor)]);
  await processor.start();
  return {
    processor,
    lane,
    host,
    out,
    send: (...spans) => entry.consume(spansBatch([{ spans }])),
    sendResources: (...resources) => entry.consume(spansBatch(resources)),
    kept: () => spansByTrace(out),
    explain: (trace) => explanations.answer(traceIdOf(trace)),
  };
}
