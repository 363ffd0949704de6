import type { Diagnosis, LoadSummary } from "@venturi/analysis";

/** Grows by one whenever a field changes its meaning or goes away; new fields may appear without that. */
export const schemaVersion = 1;

/** One bucket of the load's course, as k6 saw it. Buckets without a request have null latencies. */
export interface TimelinePoint {
  /** Unix milliseconds of the bucket's start. */
  readonly timeMs: number;
  readonly ratePerSecond: number;
  readonly failedPerSecond: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly virtualUsers: number | null;
}

/** A span of an exemplar, ready to be drawn. Times are microseconds since the request's start. */
export interface WaterfallRow {
  readonly depth: number;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly category: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly error: boolean;
  /** Stretches in which the request waited for this span itself. */
  readonly critical: readonly (readonly [startUs: number, endUs: number])[];
}

export interface Exemplar {
  readonly traceId: string;
  readonly operation: string;
  readonly durationUs: number;
  /** Kinds of the findings that it shows; empty in a report without findings. */
  readonly shows: readonly string[];
  readonly rows: readonly WaterfallRow[];
  /** Spans that were left out to keep the picture readable. */
  readonly hiddenRows: number;
}

export interface K6Run {
  /** As `k6 version` prints it; null when it could not be told. */
  readonly version: string | null;
  readonly script: string;
  /** What the user gave; values of environment variables are not kept. */
  readonly args: readonly string[];
  /** k6's own: 0, 99 when a threshold failed, 105 when it was interrupted, … */
  readonly exitCode: number;
  readonly thresholdsFailed: boolean;
  /** Distinct warnings and errors of k6. */
  readonly messages: readonly string[];
  /** k6's end-of-test summary, or what the script's handleSummary printed. */
  readonly summary: string;
}

/** What `runLoad` returns and `{id}.json` holds. */
export interface LoadReport {
  readonly schemaVersion: typeof schemaVersion;
  /** Unique; sorts by time; also k6's `testid` tag. */
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly verdict: string;
  /** True when the load was stopped before its end. */
  readonly partial: boolean;
  readonly k6: K6Run;
  readonly load: LoadSummary;
  readonly timeline: readonly TimelinePoint[];
  readonly diagnosis: Diagnosis;
  readonly exemplars: readonly Exemplar[];
  readonly backends: { readonly prometheusUrl: string; readonly jaegerUrl: string };
  /** What went wrong on the way without ending the run. */
  readonly notes: readonly string[];
  readonly files: {
    readonly json: string;
    readonly html: string;
    /** Every request, for `compare`. */
    readonly samples: string;
  };
}
