import type { ComponentHost } from "../../component.js";
import type { Counter, Gauge, Histogram } from "../../telemetry/metric-registry.js";
import type { NamedPolicy } from "./policies.js";
import { DROPPED, ERROR, NOT_SAMPLED, SAMPLED, type Verdict } from "./verdict.js";

const LATENCY_BOUNDS = [
  1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 2000, 3000, 4000, 5000, 10_000, 20_000, 30_000,
  50_000,
];
/** The bounds that OpenTelemetry SDKs take when none are given. */
const AGE_BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

const DECISION_LABELS: readonly (readonly [Verdict, { readonly sampled: string; readonly decision: string }])[] = [
  [SAMPLED, { sampled: "true", decision: "sampled" }],
  [NOT_SAMPLED, { sampled: "false", decision: "not_sampled" }],
  [DROPPED, { sampled: "false", decision: "dropped" }],
];

const name = (suffix: string): string => `otelcol_processor_tail_sampling_${suffix}`;

interface PolicyMetrics {
  /** By verdict; made when first needed, as upstream. */
  readonly traces: (Counter | undefined)[];
  readonly timeUs: Counter;
  readonly executions: Counter;
}

/** The metrics of a tail sampling processor under upstream's names, and one more: evictions by reason. */
export class TailSamplingMetrics {
  readonly newTraces: Counter;
  readonly droppedTooEarly: Counter;
  readonly tooLarge: Counter;
  readonly evaluationErrors: Counter;
  readonly onMemory: Gauge;
  readonly tickLatencyMs: Histogram;
  readonly lateSpanAgeS: Histogram;
  readonly removalAgeS: Histogram;
  private readonly host: ComponentHost;
  private readonly policies: readonly PolicyMetrics[];
  private readonly names: readonly string[];
  private readonly global: (Counter | undefined)[] = [];

  constructor(host: ComponentHost, policies: readonly NamedPolicy[]) {
    this.host = host;
    const { metrics } = host;
    const prefix = host.id.name === "" ? "" : `${host.id.name}.`;
    this.names = policies.map((policy) => `${prefix}${policy.name}`);
    const counter = (suffix: string, help: string, unit: string, labels = {}): Counter =>
      metrics.counter({ name: name(suffix), help, unit }, labels);
    this.newTraces = counter("new_trace_id_received", "Counts the arrival of new traces", "{traces}");
    this.droppedTooEarly = counter(
      "sampling_trace_dropped_too_early",
      "Count of traces that needed to be dropped before the configured wait time",
      "{traces}",
    );
    this.tooLarge = counter(
      "traces_dropped_too_large",
      "Count of traces that were dropped because they were too large",
      "{traces}",
    );
    this.evaluationErrors = counter(
      "sampling_policy_evaluation_error",
      "Count of sampling policy evaluation errors",
      "{errors}",
    );
    this.onMemory = metrics.gauge({
      name: name("sampling_traces_on_memory"),
      help: "Tracks the number of traces current on memory",
      unit: "{traces}",
    });
    const histogram = (suffix: string, help: string, unit: string, bounds: readonly number[]): Histogram =>
      metrics.histogram({ name: name(suffix), help, unit }, bounds);
    const latency = "Latency (in milliseconds) of each run of the sampling decision timer";
    this.tickLatencyMs = histogram("sampling_decision_timer_latency", latency, "ms", LATENCY_BOUNDS);
    const late = "Time (in seconds) from the sampling decision was taken and the arrival of a late span";
    this.lateSpanAgeS = histogram("sampling_late_span_age", late, "s", AGE_BOUNDS);
    const removal = "Time (in seconds) from arrival of a new trace until its removal from memory";
    this.removalAgeS = histogram("sampling_trace_removal_age", removal, "s", AGE_BOUNDS);
    const timeHelp = "Total time spent (in microseconds) executing a specific sampling policy";
    this.policies = this.names.map((policy) => ({
      traces: [],
      timeUs: counter("sampling_policy_execution_time_sum", timeHelp, "µs", { policy }),
      executions: counter(
        "sampling_policy_execution_count",
        "Total number of executions of a specific sampling policy",
        "{executions}",
        { policy },
      ),
    }));
  }

  /** A policy gave its verdict. */
  policyDecided(index: number, verdict: Verdict): void {
    const policy = this.policies[index] as PolicyMetrics;
    policy.executions.add(1);
    if (verdict === ERROR) this.evaluationErrors.add(1);
    else (policy.traces[verdict] ??= this.policyCounter(index, verdict)).add(1);
  }

  policyTook(index: number, microseconds: number): void {
    this.policies[index]?.timeUs.add(microseconds);
  }

  /** A trace got its decision. */
  decided(verdict: Verdict): void {
    this.global[verdict] ??= this.host.metrics.counter(
      {
        name: name("global_count_traces_sampled"),
        help: "Global count of traces that were sampled or not by at least one policy",
        unit: "{traces}",
      },
      labelsOf(verdict),
    );
    this.global[verdict].add(1);
  }

  /** Spans had a decision in the cache. */
  fromCache(sampled: boolean, spans: number): void {
    this.host.metrics
      .counter(
        {
          name: name("early_releases_from_cache_decision"),
          help: "Number of spans that were able to be immediately released due to a decision cache hit.",
          unit: "{spans}",
        },
        { sampled: String(sampled) },
      )
      .add(spans);
  }

  evicted(reason: string): void {
    this.droppedTooEarly.add(1);
    this.host.metrics
      .counter(
        {
          name: name("traces_evicted"),
          help: "Count of traces that were dropped before their decision, by reason",
          unit: "{traces}",
        },
        { reason },
      )
      .add(1);
  }

  private policyCounter(index: number, verdict: Verdict): Counter {
    return this.host.metrics.counter(
      {
        name: name("count_traces_sampled"),
        help: "Count of traces that were sampled or not per sampling policy",
        unit: "{traces}",
      },
      { policy: this.names[index] as string, ...labelsOf(verdict) },
    );
  }
}

function labelsOf(verdict: Verdict): Record<string, string> {
  return DECISION_LABELS.find(([one]) => one === verdict)?.[1] ?? {};
}
