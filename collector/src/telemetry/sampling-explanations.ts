/** Why a trace was kept or dropped, as `/sampling/TRACE_ID` tells it. */
export interface SamplingExplanation {
  /** `pending`, `sampled`, `not_sampled`, `dropped` or `evicted`. */
  readonly decision: string;
  /** The policy that decided. */
  readonly policy?: string;
  readonly reason: string;
  /** What each policy said. */
  readonly policies: readonly { readonly name: string; readonly type: string; readonly decision: string }[];
  readonly first_span_at: string;
  readonly decided_at?: string;
  /** Until the decision. */
  readonly spans: number;
  readonly late_spans: number;
}

/** Explains a trace by its id of 16 bytes; undefined when nothing is known of it. */
export type ExplainSampling = (traceId: Uint8Array) => SamplingExplanation | undefined;

/** Everybody who decides about traces, to be asked about one of them. */
export class SamplingExplanations {
  private samplers: {
    readonly processor: string;
    readonly pipeline: string;
    readonly explain: ExplainSampling;
  }[] = [];

  /** Answers how to take it away again. */
  add(processor: string, pipeline: string, explain: ExplainSampling): () => void {
    const sampler = { processor, pipeline, explain };
    this.samplers.push(sampler);
    return () => {
      this.samplers = this.samplers.filter((one) => one !== sampler);
    };
  }

  /** The answer to `GET /sampling/TRACE_ID`; `error` is one line for people. */
  answer(traceId: string): { readonly status: number; readonly body: object } {
    if (!/^[0-9a-f]{32}$/i.test(traceId)) {
      return { status: 400, body: { error: "a trace id has 32 hexadecimal digits" } };
    }
    if (this.samplers.length === 0) {
      return { status: 404, body: { error: "no pipeline of this collector has a tail_sampling processor" } };
    }
    const id = Buffer.from(traceId, "hex");
    const decisions = this.samplers.flatMap(({ processor, pipeline, explain }) => {
      const explanation = explain(id);
      return explanation === undefined ? [] : [{ processor, pipeline, ...explanation }];
    });
    if (decisions.length > 0) return { status: 200, body: { trace_id: traceId.toLowerCase(), decisions } };
    const error = `nothing is known of trace ${traceId.toLowerCase()}: it did not come here, or too long ago`;
    return { status: 404, body: { error } };
  }
}
