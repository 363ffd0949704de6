import type { Batch } from "@venturi/otlp";
import type { ComponentHost } from "../../component.js";
import type { Lane } from "../../ledger.js";
import { NOT_FOUND } from "../../records/id-table.js";
import { Regrouper } from "../../records/regroup.js";
import type { ScopeHeader } from "../../records/scope-header.js";
import type { SpanFields } from "../../records/span-fields.js";
import type { TailSamplingConfig } from "./config.js";
import { DecisionCache } from "./decision-cache.js";
import { DecisionClock } from "./decision-clock.js";
import { type Cause, DecisionLog } from "./decision-log.js";
import { HeldMemory } from "./held-memory.js";
import { IndexList } from "./index-list.js";
import { Judge } from "./judge.js";
import { TailSamplingMetrics } from "./metrics.js";
import type { CompiledPolicies } from "./policy-compiler.js";
import { SpanRuns } from "./span-runs.js";
import { TraceTable } from "./trace-table.js";
import { NOT_EVALUATED, NOT_SAMPLED, SAMPLED, type Verdict } from "./verdict.js";

/** In place of a trace's number, when a cache knows its decision. */
export const CACHED_SAMPLED = -2;
export const CACHED_NOT_SAMPLED = -3;

/** Kept spans are handed on in batches of about so many bytes: with the last trace they fill 2 MiB. */
const BATCH_BYTES = 2 * 1024 * 1024 - 64 * 1024;

/**
 * The traces that wait, and what becomes of them. Knows nothing of timers: its owner calls `tick` every second, and
 * `settle` after each turn.
 */
export class TraceKeeper {
  readonly traces: TraceTable;
  readonly log: DecisionLog;
  readonly clock: DecisionClock;
  readonly memory: HeldMemory = new HeldMemory();
  readonly runs: SpanRuns = new SpanRuns(this.memory);
  /** Time of the current turn. */
  nowMs = 0;
  private readonly config: TailSamplingConfig;
  private readonly lane: Lane;
  private readonly send: (batch: Batch) => void;
  private readonly metrics: TailSamplingMetrics;
  private readonly judge: Judge;
  /** In the order of arrival. */
  private readonly undecided = new IndexList();
  /** In the order of decision: known for as long as there is room, so that late spans share their fate. */
  private readonly decided = new IndexList();
  private readonly sampledIds: DecisionCache;
  private readonly notSampledIds: DecisionCache;
  private readonly kept = new Regrouper("traces", 64 * 1024);
  private readonly keep = (scope: ScopeHeader, start: number, end: number, spans: number): void =>
    this.kept.add(scope, start, end, spans);
  private sampledOut = 0;
  private cachedSampled = 0;
  private cachedNotSampled = 0;

  constructor(
    config: TailSamplingConfig,
    { policies, conditions }: CompiledPolicies,
    lane: Lane,
    host: ComponentHost,
    send: (batch: Batch) => void,
  ) {
    this.config = config;
    this.lane = lane;
    this.send = send;
    this.metrics = new TailSamplingMetrics(host, policies);
    this.judge = new Judge(policies, config.sample_on_first_match, this.metrics);
    this.traces = new TraceTable(config.expected_new_traces_per_sec, conditions.length);
    this.clock = new DecisionClock(config.decision_wait, this.traces);
    this.log = new DecisionLog(config.decision_log_size, policies.length);
    this.sampledIds = new DecisionCache(config.decision_cache.sampled_cache_size);
    this.notSampledIds = new DecisionCache(config.decision_cache.non_sampled_cache_size);
  }

  /** How many traces wait for their decision. */
  get waiting(): number {
    return this.undecided.size;
  }

  /** The number of a span's trace, which is opened when it is new; or one of the `CACHED_…`. */
  find(span: SpanFields): number {
    const { trace0, trace1, trace2, trace3 } = span;
    const known = this.traces.find(trace0, trace1, trace2, trace3);
    if (known !== NOT_FOUND) return known;
    if (this.sampledIds.has(trace2, trace3)) return CACHED_SAMPLED;
    if (this.notSampledIds.has(trace2, trace3)) return CACHED_NOT_SAMPLED;
    if (this.traces.size >= this.config.num_traces) this.makeRoom();
    const index = this.traces.open(span, this.nowMs, this.clock.due);
    this.clock.join(index);
    this.undecided.push(index);
    this.metrics.newTraces.add(1);
    return index;
  }

  /** Takes a span of a trace that has its decision; `isFirst` of its Resource*. */
  takeLate(index: number, span: SpanFields, scope: ScopeHeader, start: number, end: number, isFirst: boolean): void {
    const verdict = index >= 0 ? this.traces.decision(index) : index === CACHED_SAMPLED ? SAMPLED : NOT_SAMPLED;
    if (verdict === SAMPLED) this.kept.add(scope, start, end, 1);
    else this.sampledOut++;
    this.log.recordLate(span.trace0, span.trace1, span.trace2, span.trace3);
    if (index === CACHED_SAMPLED) this.cachedSampled++;
    else if (index === CACHED_NOT_SAMPLED) this.cachedNotSampled++;
    else if (isFirst) {
      const decidedMs = this.traces.decidedMs[index] as number;
      if (decidedMs > 0) this.metrics.lateSpanAgeS.record(Math.floor((this.nowMs - decidedMs) / 1000));
    }
  }

  /** A trace is larger than may be. Nobody is asked about it. */
  refuseLarge(index: number): void {
    this.metrics.tooLarge.add(1);
    this.judge.begin();
    this.decide(index, NOT_SAMPLED, "trace_too_large");
    this.traces.decidedMs[index] = 0;
  }

  /** Decides as soon as spans come, when what is known of them is enough. */
  decideEarly(index: number): void {
    const startedMs = performance.now();
    const verdict = this.judge.decideEarly(this.traces.facts(index));
    this.metrics.tickLatencyMs.record(Math.floor(performance.now() - startedMs));
    if (verdict === NOT_EVALUATED) return;
    this.metrics.decided(verdict);
    this.decide(index, verdict, "policies");
  }

  /** Decides the traces that are due. */
  tick(): void {
    const startedMs = performance.now();
    const { tick } = this.clock;
    for (const index of this.clock.take()) {
      if (this.traces.dueTicks[index] === tick && this.traces.decision(index) === NOT_EVALUATED) this.decideDue(index);
    }
    this.settle();
    this.metrics.tickLatencyMs.record(Math.floor(performance.now() - startedMs));
    this.metrics.onMemory.set(this.traces.size);
  }

  /** No more spans come: decides, or drops, everything that waits. */
  finish(): void {
    if (this.config.drop_pending_traces_on_shutdown) {
      while (this.undecided.size > 0) this.evict(this.undecided.first, "shutdown");
    } else for (let ticks = this.clock.span; ticks > 0; ticks--) this.tick();
  }

  /** Ends a turn: bounds the memory, hands on what was kept, and brings the books up to date. */
  settle(): void {
    while (this.memory.bytes > this.config.max_held_bytes && this.undecided.size > 0) {
      this.evict(this.undecided.first, "evicted_bytes");
    }
    if (this.sampledOut > 0) this.lane.drop(this.sampledOut, "sampled_out");
    if (this.cachedSampled > 0) this.metrics.fromCache(true, this.cachedSampled);
    if (this.cachedNotSampled > 0) this.metrics.fromCache(false, this.cachedNotSampled);
    this.sampledOut = this.cachedSampled = this.cachedNotSampled = 0;
    this.handOn();
  }

  private decideDue(index: number): void {
    if (this.config.sampling_strategy === "trace-complete") {
      const verdict = this.judge.decide(this.traces.facts(index));
      this.metrics.decided(verdict);
      this.decide(index, verdict, "policies");
      return;
    }
    // Its spans had their chances one by one; as upstream, the trace is forgotten.
    this.judge.begin();
    this.metrics.decided(NOT_SAMPLED);
    if (this.decide(index, NOT_SAMPLED, "policies")) this.forget(index, this.decided);
  }

  /** True: the trace is still in the table. */
  private decide(index: number, verdict: Verdict, cause: Cause): boolean {
    const { traces } = this;
    traces.decisions[index] = verdict;
    traces.decidedMs[index] = this.nowMs;
    this.note(index, verdict, cause);
    if (verdict === SAMPLED) {
      this.runs.release(traces.firstRuns[index] as number, this.keep);
      if (this.kept.byteLength >= BATCH_BYTES) this.handOn();
    } else {
      this.runs.release(traces.firstRuns[index] as number);
      const spans = traces.spanCounts[index] as number;
      if (cause === "policies") this.sampledOut += spans;
      else this.lane.drop(spans, cause);
    }
    const ids = verdict === SAMPLED ? this.sampledIds : this.notSampledIds;
    if (ids.add(traces.word(index, 2), traces.word(index, 3))) {
      this.forget(index, this.undecided);
      return false;
    }
    this.undecided.remove(index);
    this.decided.push(index);
    return true;
  }

  /** The oldest trace leaves. One that waits is lost; where the door is shut in time, only decided ones leave. */
  private makeRoom(): void {
    const { decided, undecided, traces } = this;
    const oldDecided = decided.first;
    const oldUndecided = undecided.first;
    const decidedIsOlder =
      oldDecided >= 0 &&
      (oldUndecided < 0 || (traces.arrivedMs[oldDecided] as number) <= (traces.arrivedMs[oldUndecided] as number));
    if (decidedIsOlder || (this.config.block_on_overflow && oldDecided >= 0)) this.forget(oldDecided, decided);
    else if (!this.config.block_on_overflow) this.evict(oldUndecided, "evicted_num_traces");
  }

  /** Loses a trace that waits. */
  private evict(index: number, cause: Cause): void {
    const { traces } = this;
    this.judge.begin();
    this.note(index, NOT_EVALUATED, cause);
    this.runs.release(traces.firstRuns[index] as number);
    this.lane.drop(traces.spanCounts[index] as number, cause);
    if (cause !== "shutdown") this.metrics.evicted(cause);
    this.forget(index, this.undecided);
  }

  private forget(index: number, list: IndexList): void {
    const { traces } = this;
    list.remove(index);
    // Its number may still stand in a batch: there it must not look as if it waited.
    traces.decisions[index] = NOT_SAMPLED;
    this.metrics.removalAgeS.record(Math.floor((this.nowMs - (traces.arrivedMs[index] as number)) / 1000));
    traces.remove(index);
  }

  private note(index: number, verdict: Verdict, cause: Cause): void {
    const { traces, judge } = this;
    const decision = {
      verdict,
      cause,
      policy: judge.decider,
      spans: traces.spanCounts[index] as number,
      arrivedMs: traces.arrivedMs[index] as number,
      decidedMs: this.nowMs,
    };
    traces.facts(index);
    this.log.record(traces.idWord(0), traces.idWord(1), traces.idWord(2), traces.idWord(3), decision, judge.said);
  }

  private handOn(): void {
    const batch = this.kept.finish();
    if (batch !== undefined) this.send(batch);
  }
}
