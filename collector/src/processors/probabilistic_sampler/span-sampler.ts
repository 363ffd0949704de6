import { LEN } from "@venturi/otlp";
import { copyFields } from "../../records/edit-message.js";
import { SpanFields } from "../../records/span-fields.js";
import type { ProbabilisticSamplerConfig } from "./config.js";
import { seededHash } from "./decider.js";
import { ItemSampler } from "./item-sampler.js";
import { spanPriority } from "./sampling-priority.js";
import { type Pair, randomnessText, thresholdText } from "./threshold.js";
import { parseTraceState, type TraceState, writeTraceState } from "./trace-state.js";

const TRACE_STATE = 3;

/** Samples spans by their trace ids; what it decided by is written into `tracestate`. */
export class SpanSampler extends ItemSampler {
  private readonly seed: number;
  private readonly fields = new SpanFields(["sampling.priority"]);
  private readonly traceRandomness: Pair = { high: 0, low: 0 };
  private readonly id = new Uint8Array(16);
  private readonly idView = new DataView(this.id.buffer);
  private state: TraceState = parseTraceState("");

  constructor(config: ProbabilisticSamplerConfig) {
    super("traces", config);
    this.seed = config.hash_seed;
  }

  protected read(bytes: Uint8Array, start: number, end: number): void {
    const { fields, item } = this;
    fields.read(bytes, start, end);
    this.readTraceState(bytes);
    this.readTraceId();
    const priority = fields.attributes.starts[0] as number;
    if (priority >= 0) item.priority = spanPriority(bytes, priority, fields.attributes.ends[0] as number);
  }

  protected rewrite(bytes: Uint8Array, start: number, end: number): void {
    const { state, item, fields } = this;
    const writer = this.kept.openedRecord;
    const randomness = item.newRandomness === undefined ? state.randomnessText : randomnessText(item.newRandomness);
    const arriving = item.isThresholdCleared ? undefined : state.thresholdText;
    const threshold = item.newThreshold === undefined ? arriving : thresholdText(item.newThreshold);
    if (fields.traceStateEnd === fields.traceStateStart) writer.rawRange(bytes, start, end);
    else copyFields(writer, bytes, start, end, ({ field, wireType }) => field === TRACE_STATE && wireType === LEN);
    const text = writeTraceState(state, randomness, threshold);
    if (text !== "") writer.stringField(TRACE_STATE, text);
  }

  private readTraceState(bytes: Uint8Array): void {
    const { traceStateStart, traceStateEnd } = this.fields;
    const isEmpty = traceStateStart === traceStateEnd;
    this.state = parseTraceState(
      isEmpty ? "" : Buffer.from(bytes.subarray(traceStateStart, traceStateEnd)).toString("utf8"),
    );
    const { item, state } = this;
    item.isMalformed = state.isMalformed;
    item.randomness = state.randomness;
    item.threshold = state.threshold;
  }

  private readTraceId(): void {
    const { trace0, trace1, trace2, trace3 } = this.fields;
    if ((trace0 | trace1 | trace2 | trace3) === 0) return;
    const { item, idView, traceRandomness } = this;
    traceRandomness.high = trace2 & 0xff_ffff;
    traceRandomness.low = trace3;
    item.traceRandomness = traceRandomness;
    if (this.decider.mode !== "hash_seed") return;
    idView.setUint32(0, trace0);
    idView.setUint32(4, trace1);
    idView.setUint32(8, trace2);
    idView.setUint32(12, trace3);
    item.hash = seededHash(this.seed, this.id, 0, 16);
    item.hashPolicy = "trace_id_hash";
  }
}
