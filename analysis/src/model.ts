/** The data a diagnosis is made from, and the diagnosis itself. Plain objects: everything here survives JSON. */

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Null for the first span of a trace. The parent may be absent from the trace (lost, or outside what was traced). */
  readonly parentSpanId: string | null;
  readonly service: string;
  /** `service.instance.id`, or whatever tells one process of a service from another; may be empty. */
  readonly instance: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Unix time. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly error: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface Trace {
  readonly traceId: string;
  readonly spans: readonly Span[];
  /**
   * True for a trace that was fetched *because* it is slow, on top of a fair sample. It may serve as evidence, but no
   * percentile is computed from it.
   */
  readonly extra?: boolean;
}

export interface TimeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [timeMs: number, value: number])[];
}

export interface EndpointLoad {
  /** What the load generator calls it: k6's `name` tag, which is the URL unless the script groups URLs. */
  readonly name: string;
  readonly method: string;
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What the load generator itself saw, from outside the system. */
export interface LoadSummary {
  readonly startMs: number;
  readonly endMs: number;
  readonly requests: number;
  readonly failed: number;
  /** Requests per second over the whole load. */
  readonly ratePerSecond: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Iterations that could not start on time because no virtual user was free (open-model executors). */
  readonly droppedIterations: number;
  readonly endpoints: readonly EndpointLoad[];
  /** The load's course in equal steps; null where no request ended. */
  readonly course?: readonly { readonly timeMs: number; readonly p95Ms: number | null }[];
}

export interface AnalysisInput {
  /** Unix milliseconds; the time under load. */
  readonly window: { readonly startMs: number; readonly endMs: number };
  readonly traces: readonly Trace[];
  /** Keyed by the signal names that detectors declare; a signal without data is an empty list or absent. */
  readonly series: Readonly<Record<string, readonly TimeSeries[]>>;
  readonly load: LoadSummary | null;
  /** The service that takes the load. Found from the traces when absent. */
  readonly rootService?: string;
}

export interface Evidence {
  readonly text: string;
  /** PromQL; rerun it against the same backend. */
  readonly query?: string;
  readonly value?: number;
  readonly unit?: string;
}

export type Confidence = "high" | "medium" | "low";

export interface Finding {
  /** The detector that made it. */
  readonly kind: string;
  readonly resource: { readonly service: string; readonly type: string; readonly name: string };
  /** A clause with a verb, fit to be the first half of the verdict. */
  readonly title: string;
  readonly evidence: readonly Evidence[];
  readonly cost: { /** 0..1 */ readonly shareOfP95: number; readonly p95Ms: number };
  readonly fix: string;
  readonly expectedGain: { readonly text: string; readonly p95Ms: { readonly before: number; readonly after: number } };
  readonly confidence: Confidence;
  readonly exemplarTraceIds: readonly string[];
  /** Numbers behind the texts, units in the names. */
  readonly measures: Readonly<Record<string, number>>;
  /** Present when it costs something other than latency: failed requests, freshness, capacity. */
  readonly besidesLatency?: true;
  /** Why this finding stands where it stands, when that is not its cost. */
  readonly rankNote?: string;
}

export interface RuledOut {
  readonly kind: string;
  readonly why: string;
}

export interface CriticalPathRow {
  readonly service: string;
  readonly operation: string;
  readonly kind: SpanKind;
  /** What the time is: own work, a database, a hop … (see facts/category.ts). */
  readonly category: string;
  /** Mean share of a slow request's duration that was spent in this operation itself, 0..1. */
  readonly selfShareOfP95: number;
  readonly selfMsSlow: number;
  /** The same in requests around the median. */
  readonly selfMsTypical: number;
  /** Occurrences on the critical path per slow request. */
  readonly perRequest: number;
}

export interface OperationSummary {
  readonly service: string;
  readonly operation: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** True when the diagnosis is about this operation. */
  readonly inFocus: boolean;
}

export interface EvidenceQuality {
  readonly level: "good" | "thin" | "none";
  readonly requests: number;
  readonly slowRequests: number;
  readonly incompleteTraces: number;
  /** The processes wanted more CPU than there was: durations are inflated, and no service is to blame for it. */
  readonly machineLacksCpu: boolean;
  /** One sentence each; empty when nothing is to be said. */
  readonly notes: readonly string[];
}

export interface Diagnosis {
  /** One sentence. */
  readonly verdict: string;
  /** Most important first. */
  readonly findings: readonly Finding[];
  readonly ruledOut: readonly RuledOut[];
  readonly criticalPath: readonly CriticalPathRow[];
  readonly operations: readonly OperationSummary[];
  /** The requests that the numbers are about, as the first service saw them. */
  readonly focus: {
    readonly service: string;
    readonly operations: readonly string[];
    readonly p50Ms: number;
    readonly p95Ms: number;
  } | null;
  readonly traceCount: number;
  /** Length of a cold start that was left out, 0 when there was none. */
  readonly warmUpSeconds: number;
  readonly evidenceQuality: EvidenceQuality;
}
