import { getJson } from "./http.js";

/** A stretch of a request that nothing else could have hidden: making it shorter makes the request shorter. */
export interface Segment {
  readonly spanId: string;
  readonly service: string;
  readonly operation: string;
  /** Microseconds since 1970. */
  readonly startUs: number;
  readonly durationUs: number;
}

export interface CriticalPath {
  readonly startUs: number;
  readonly durationUs: number;
  /** From the start of the request to its end, without a gap. */
  readonly segments: readonly Segment[];
  /** The segments summed by operation, the longest first; `share` is of the request, 0 to 1. */
  readonly operations: readonly {
    readonly service: string;
    readonly operation: string;
    readonly durationUs: number;
    readonly share: number;
  }[];
}

/** What a request waited for. Throws when the trace has no span that could be its root. */
export function readCriticalPath(traceId: string, signal: AbortSignal): Promise<CriticalPath> {
  return getJson<CriticalPath>(`/api/venturi/traces/${encodeURIComponent(traceId)}/critical-path`, signal);
}

export interface PathCount {
  readonly count: number;
  readonly totalUs: number;
  /** Time in which no child was active. */
  readonly selfUs: number;
}

export interface TraceComparison {
  readonly a: ComparedTrace;
  readonly b: ComparedTrace;
  /** The largest change of own time first. */
  readonly paths: readonly {
    readonly path: readonly { readonly service: string; readonly operation: string }[];
    readonly a: PathCount;
    readonly b: PathCount;
    readonly delta: PathCount;
  }[];
}

export interface ComparedTrace {
  readonly traceId: string;
  readonly spans: number;
  readonly startUs: number;
  readonly durationUs: number;
}

/** Two traces by the chains of operations in them. */
export function compareTraces(a: string, b: string, signal: AbortSignal): Promise<TraceComparison> {
  return getJson<TraceComparison>(`/api/venturi/traces/compare?${new URLSearchParams({ a, b })}`, signal);
}
