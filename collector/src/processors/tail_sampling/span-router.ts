import type { Batch } from "@venturi/otlp";
import { giveBack } from "../../lease.js";
import { AttributeRanges } from "../../records/attribute-ranges.js";
import { NOT_FOUND } from "../../records/id-table.js";
import type { ResourceHeader, ScopeHeader } from "../../records/scope-header.js";
import { SpanFields } from "../../records/span-fields.js";
import { type RecordVisitor, walkSlice } from "../../records/walk-records.js";
import type { TestedSpan } from "./conditions.js";
import type { TailSamplingConfig } from "./config.js";
import type { CompiledPolicies } from "./policy-compiler.js";
import type { TraceKeeper } from "./trace-keeper.js";
import { NOT_EVALUATED } from "./verdict.js";

/** Of a scope around its fields: its tag and length. */
const RECORD_OVERHEAD = 3;

/**
 * Brings spans to their traces by walking the bytes: a span costs no object and no string. Conditions that are
 * not yet true of its trace are tested on the way.
 */
export class SpanRouter implements RecordVisitor {
  private readonly keeper: TraceKeeper;
  private readonly compiled: CompiledPolicies;
  private readonly fields: SpanFields;
  private readonly tested: TestedSpan;
  private readonly resourceAttributes: AttributeRanges;
  /** Conditions that are true of the current resource. */
  private readonly resourceTruths: number[] = [];
  private readonly isEarly: boolean;
  private readonly rootWaitMs: number;
  private readonly sizeMax: number;
  private readonly countsBytes: boolean;
  private at: ScopeHeader | undefined;
  /** The trace of the last span: spans of a trace often come in a row. */
  private current = NOT_FOUND;
  private current0 = 0;
  private current1 = 0;
  private current2 = 0;
  private current3 = 0;
  /** Serial number of the current Resource*. What one has of a trace is a chunk. */
  private chunk = 0;
  /** The undecided traces of the current Resource*, where they are decided as spans come. */
  private chunkTraces: number[] = [];

  constructor(keeper: TraceKeeper, compiled: CompiledPolicies, config: TailSamplingConfig) {
    this.keeper = keeper;
    this.compiled = compiled;
    this.fields = new SpanFields(compiled.attributes);
    this.tested = { fields: this.fields, scope: undefined, traceDurationMs: 0 };
    this.resourceAttributes = new AttributeRanges(compiled.attributes);
    this.isEarly = config.sampling_strategy === "span-ingest";
    this.rootWaitMs = config.decision_wait_after_root_received;
    this.sizeMax = config.maximum_trace_size_bytes;
    this.countsBytes = this.sizeMax > 0 || compiled.needsSizes;
  }

  take(batch: Batch): void {
    const { keeper } = this;
    keeper.nowMs = Date.now();
    for (const bytes of batch.slices) {
      const slice = keeper.memory.adopt(bytes);
      walkSlice(slice, this);
      this.endChunk();
      keeper.memory.release(slice);
    }
    this.at = this.tested.scope = undefined;
    keeper.settle();
    if (batch.slices.every((bytes) => keeper.memory.isCopied(bytes))) giveBack(batch);
  }

  resource(header: ResourceHeader): void {
    this.endChunk();
    this.chunk = (this.chunk + 1) >>> 0;
    this.current = NOT_FOUND;
    const { attributes, conditions } = this.compiled;
    if (attributes.length === 0) return;
    const { resourceAttributes: ranges, resourceTruths } = this;
    ranges.noteAll(header.bytes, header.resourceStart, header.resourceEnd, 1);
    resourceTruths.length = 0;
    conditions.forEach((condition, index) => {
      if (condition.ofResourceValue === undefined) return;
      const start = ranges.starts[condition.slot as number] as number;
      const end = ranges.ends[condition.slot as number] as number;
      if (start >= 0 && condition.ofResourceValue(header.bytes, start, end)) resourceTruths.push(index);
    });
  }

  scope(header: ScopeHeader): void {
    this.at = this.tested.scope = header;
  }

  record(bytes: Uint8Array, recordStart: number, start: number, end: number): void {
    const { fields, keeper } = this;
    fields.read(bytes, start, end);
    const index = this.route();
    if (index >= 0 && keeper.traces.decisions[index] === NOT_EVALUATED) this.hold(index, recordStart, end);
    else {
      const isFirst = index >= 0 && this.isFirstOfChunk(index);
      keeper.takeLate(index, fields, this.at as ScopeHeader, recordStart, end, isFirst);
    }
  }

  private route(): number {
    const { trace0, trace1, trace2, trace3 } = this.fields;
    const isSame =
      this.current !== NOT_FOUND &&
      trace3 === this.current3 &&
      trace2 === this.current2 &&
      trace1 === this.current1 &&
      trace0 === this.current0;
    if (isSame) return this.current;
    this.current0 = trace0;
    this.current1 = trace1;
    this.current2 = trace2;
    this.current3 = trace3;
    this.current = this.keeper.find(this.fields);
    return this.current;
  }

  private hold(index: number, recordStart: number, end: number): void {
    const { traces, runs } = this.keeper;
    const scope = this.at as ScopeHeader;
    if (this.isFirstOfChunk(index)) this.beginChunk(index, scope);
    const last = traces.lastRuns[index] as number;
    const run = runs.append(last, scope, recordStart, end);
    if (run !== last) {
      traces.lastRuns[index] = run;
      if (last < 0) traces.firstRuns[index] = run;
    }
    traces.spanCounts[index] = (traces.spanCounts[index] as number) + 1;
    this.test(index);
    if (this.rootWaitMs > 0 && this.fields.isRoot) this.keeper.clock.hasten(index, this.rootWaitMs);
    if (this.countsBytes) this.addSize(index, end - recordStart);
  }

  private isFirstOfChunk(index: number): boolean {
    const { lastChunks } = this.keeper.traces;
    if (lastChunks[index] === this.chunk) return false;
    lastChunks[index] = this.chunk;
    return true;
  }

  private beginChunk(index: number, scope: ScopeHeader): void {
    const { traces } = this.keeper;
    if (this.isEarly) {
      traces.forgetSpans(index);
      this.chunkTraces.push(index);
    }
    for (const condition of this.resourceTruths) traces.setTrue(index, condition);
    if (!this.countsBytes) return;
    const around = scope.resource.fields.length + scope.fields.length + RECORD_OVERHEAD;
    traces.sizes[index] = (traces.sizes[index] as number) + around;
  }

  private test(index: number): void {
    const { tested } = this;
    const { conditions, needsTimes } = this.compiled;
    const { traces } = this.keeper;
    if (needsTimes) tested.traceDurationMs = traces.widen(index, this.fields);
    for (let condition = 0; condition < conditions.length; condition++) {
      if (traces.isTrue(index, condition)) continue;
      if (conditions[condition]?.ofSpan(tested)) traces.setTrue(index, condition);
    }
  }

  private addSize(index: number, bytes: number): void {
    const { traces } = this.keeper;
    const size = (traces.sizes[index] as number) + bytes;
    traces.sizes[index] = size;
    if (this.sizeMax === 0 || size <= this.sizeMax) return;
    this.keeper.refuseLarge(index);
    // With a cache the trace has left the table: its next span must look again.
    this.current = NOT_FOUND;
  }

  private endChunk(): void {
    if (this.chunkTraces.length === 0) return;
    const { keeper } = this;
    for (const index of this.chunkTraces) {
      const isSame = keeper.traces.lastChunks[index] === this.chunk;
      if (isSame && keeper.traces.decision(index) === NOT_EVALUATED) keeper.decideEarly(index);
    }
    this.chunkTraces = [];
    this.current = NOT_FOUND;
  }
}
