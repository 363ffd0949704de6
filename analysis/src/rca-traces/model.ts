/** What a trace-based root-cause analysis is made from, and what it answers. Plain objects: everything survives JSON. */

export interface TraceSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Null for the first span of a trace. The parent may be absent from the trace. */
  readonly parentSpanId: string | null;
  readonly service: string;
  readonly operation: string;
  /** Any epoch, the same for all spans of one list. */
  readonly startUs: number;
  readonly durationUs: number;
}

export interface CpuSample {
  readonly timeS: number;
  /** Of what the service may use at most: 100 means that it got no more. */
  readonly cpuPercent: number;
}

export interface TraceIncident {
  /** A stretch of ordinary operation; it need not be spotless. */
  readonly normal: readonly TraceSpan[];
  /** From before the fault until some time after it. */
  readonly issue: readonly TraceSpan[];
  /** Unix time of `startUs` 0 in `issue`. */
  readonly issueStartUnixUs: number;
  readonly alertTimeS: number;
  /** CPU use per service, from well before the alert on; a service may be absent. */
  readonly cpu: ReadonlyMap<string, readonly CpuSample[]>;
}

export interface RankedService {
  readonly service: string;
  /** Natural logarithm of the Bayes factor of "the fault is here" against "nothing changed here". */
  readonly score: number;
  /** One sentence. */
  readonly why: string;
}

/** The method's constants; `docs/analysis/rca-traces.md` says why each has its value and what a change of it does. */
export interface RcaTraceSettings {
  /** Times below this tell nothing: added to a duration before durations are compared as ratios. */
  readonly resolutionUs: number;
  /** The same for CPU use, in percentage points. */
  readonly resolutionPercent: number;
  /** How many samples of its own outweigh what is known from all other features together. */
  readonly priorSamples: number;
  /** How alike two requests of the same minute are in what befalls them, 0..1. */
  readonly correlation: number;
  /** No wait that somebody measures is longer than this: the upper end of what a fault may do to a duration. */
  readonly longestUs: number;
}

export const defaultRcaTraceSettings: RcaTraceSettings = {
  resolutionUs: 2000,
  resolutionPercent: 1,
  priorSamples: 20,
  correlation: 0.1,
  longestUs: 60_000_000,
};
