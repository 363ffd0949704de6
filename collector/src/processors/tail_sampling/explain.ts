import { NOT_FOUND } from "../../records/id-table.js";
import { bigEndian } from "../../records/span-fields.js";
import type { SamplingExplanation } from "../../telemetry/sampling-explanations.js";
import type { Cause } from "./decision-log.js";
import type { NamedPolicy } from "./policies.js";
import type { TraceKeeper } from "./trace-keeper.js";
import { DROPPED, NOT_EVALUATED, SAMPLED, VERDICT_NAMES, type Verdict } from "./verdict.js";

const LOST: Readonly<Record<Exclude<Cause, "policies">, string>> = {
  evicted_num_traces: "it was the oldest that waited when num_traces was reached",
  evicted_bytes: "it was the oldest that waited when max_held_bytes was reached",
  trace_too_large: "it was larger than maximum_trace_size_bytes",
  shutdown: "it waited when the collector shut down, and drop_pending_traces_on_shutdown is set",
};

/** Tells why a trace was kept or dropped. */
export class Explainer {
  private readonly keeper: TraceKeeper;
  private readonly policies: readonly NamedPolicy[];

  constructor(keeper: TraceKeeper, policies: readonly NamedPolicy[]) {
    this.keeper = keeper;
    this.policies = policies;
  }

  /** @param traceId 16 bytes. Undefined: the trace is not known, or no longer. */
  explain(traceId: Uint8Array): SamplingExplanation | undefined {
    const [a, b, c, d] = [0, 4, 8, 12].map((at) => bigEndian(traceId, at)) as [number, number, number, number];
    const { traces, log, clock } = this.keeper;
    const index = traces.find(a, b, c, d);
    if (index !== NOT_FOUND && traces.decision(index) === NOT_EVALUATED) {
      const ticks = (traces.dueTicks[index] as number) - clock.tick + 1;
      return {
        decision: "pending",
        reason: `waits for more spans; the decision comes within ${ticks} s`,
        policies: this.said([]),
        first_span_at: isoTime(traces.arrivedMs[index] as number),
        spans: traces.spanCounts[index] as number,
        late_spans: 0,
      };
    }
    const logged = log.find(a, b, c, d);
    if (logged === undefined) return undefined;
    const policy = this.policies[logged.policy];
    return {
      decision: logged.verdict === NOT_EVALUATED ? "evicted" : VERDICT_NAMES[logged.verdict],
      ...(policy === undefined ? {} : { policy: policy.name }),
      reason: reasonOf(logged.verdict, logged.cause, policy),
      policies: this.said(logged.verdicts),
      first_span_at: isoTime(logged.arrivedMs),
      decided_at: isoTime(logged.decidedMs),
      spans: logged.spans,
      late_spans: logged.lateSpans,
    };
  }

  private said(verdicts: readonly Verdict[]): SamplingExplanation["policies"] {
    return this.policies.map(({ name, type }, index) => ({
      name,
      type,
      decision: VERDICT_NAMES[verdicts[index] ?? NOT_EVALUATED],
    }));
  }
}

function reasonOf(verdict: Verdict, cause: Cause, policy: NamedPolicy | undefined): string {
  if (cause !== "policies") return LOST[cause];
  if (verdict === DROPPED) return `dropped by policy "${policy?.name}"`;
  if (verdict === SAMPLED) return `sampled by policy "${policy?.name}"`;
  return "no policy sampled it";
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
