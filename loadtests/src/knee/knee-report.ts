import type { Diagnosis, Interval, ResourceUse, UslFit, UslIntervals } from "@venturi/analysis";
import type { K6Run } from "../load-report.js";
import type { KneeStep } from "./steps.js";

/** Grows whenever a field changes its meaning or goes away. */
export const kneeSchemaVersion = 1;

/** What `venturi load knee` finds, and `{id}.json` holds. Rates are requests per second. */
export interface KneeReport {
  readonly schemaVersion: typeof kneeSchemaVersion;
  readonly kind: "knee";
  readonly id: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly verdict: string;
  readonly partial: boolean;
  /** The highest rate that was answered without failure, and from what was kept up with to what no longer was. */
  readonly capacity: number;
  readonly capacityRange: Interval;
  /** The rate from which latency climbs; null when it never did. */
  readonly kneeRate: number | null;
  /** Why no higher rate was tried. */
  readonly stoppedBecause: string;
  /** In the order in which they were measured. */
  readonly steps: readonly KneeStep[];
  /** Throughput by concurrency; null when too few steps held. */
  readonly usl: (UslFit & { readonly intervals: UslIntervals }) | null;
  /** The first to fill, first. */
  readonly resources: readonly ResourceUse[];
  /** What fills first; null when the telemetry does not show it. */
  readonly saturated: string | null;
  /** Of the time around the capacity; null without traces. */
  readonly diagnosis: Diagnosis | null;
  readonly k6: Pick<K6Run, "version" | "script" | "args">;
  readonly notes: readonly string[];
  readonly files: { readonly json: string; readonly html: string };
}
