import type { Change } from "@venturi/analysis";

/** Grows whenever a field of `Comparison` changes its meaning or goes away. */
export const comparisonSchemaVersion = 1;

export type Metric = "p50" | "p95" | "failures" | "rate";

export interface ComparedMetric extends Change {
  /** `all requests`, or an endpoint's method and name. */
  readonly endpoint: string;
  readonly metric: Metric;
  /** Milliseconds, a share 0…1, or requests per second. Over several rounds their mean. */
  readonly baseline: number;
  readonly candidate: number;
  /** `pValue`, as it counts among all that was compared (Holm). */
  readonly adjustedP: number;
  readonly verdict: "better" | "worse" | "same";
}

/** What `venturi load compare` says, and writes as JSON. */
export interface Comparison {
  readonly schemaVersion: typeof comparisonSchemaVersion;
  readonly baseline: string;
  readonly candidate: string;
  /** Rounds in which each was measured once. */
  readonly rounds: number;
  /** How the intervals were made. */
  readonly method: "paired rounds, Student's t" | "block bootstrap of two runs";
  /** Changes smaller than this are not called changes: a share of the baseline, for failures one of the requests. */
  readonly minChange: number;
  readonly rows: readonly ComparedMetric[];
  readonly regressions: number;
  readonly improvements: number;
  /** One sentence. */
  readonly verdict: string;
  /** What could not be compared, and what the reader should know. */
  readonly notes: readonly string[];
}
