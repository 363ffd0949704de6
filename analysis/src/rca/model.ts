/** What root-cause analysis reads: a call graph, and series per node on one time axis; and what it answers. */

/**
 * `external` and `remote` are seen from their caller only: a managed service, and a host known from client spans (a load
 * balancer, somebody else's API). `client` is a synthetic caller, which serves nobody.
 */
export type NodeKind = "service" | "database" | "queue" | "external" | "remote" | "client";

export const nodeKinds: readonly NodeKind[] = ["service", "database", "queue", "external", "remote", "client"];

export interface CallGraph {
  readonly nodes: readonly { readonly id: string; readonly kind: NodeKind }[];
  /** Caller and callee. */
  readonly edges: readonly (readonly [string, string])[];
}

/** `latency` in seconds, `availability` in percent of requests, `requests` as a count per interval. */
export type MetricName = "latency" | "availability" | "requests";

export interface NodeSeries {
  readonly node: string;
  /** Other metrics than `MetricName` may be there; they are not looked at. */
  readonly metric: string;
  /** `Average`, `p50`, `p90`, `p95`, `p99` for latency, `Average` for availability, `Sum` for requests. */
  readonly stat: string;
  /** One value per interval; null where nothing was sampled. */
  readonly values: readonly (number | null)[];
}

export interface SeriesTable {
  readonly intervalS: number;
  /** Starts of the intervals, in unix seconds, rising. */
  readonly time: readonly number[];
  readonly series: readonly NodeSeries[];
}

export interface AlertTarget {
  readonly node: string;
  readonly metric: "latency" | "availability";
  /** When the alert fired, in unix seconds. */
  readonly time: number;
}

export interface IncidentInput {
  readonly graph: CallGraph;
  /** A time without incident; it may be months away and miss nodes. */
  readonly normal: SeriesTable;
  /** The intervals around the alert. */
  readonly issue: SeriesTable;
  readonly target: AlertTarget;
}

export interface RankedCause {
  readonly node: string;
  /** What the node adds by itself per interval of the incident: seconds of latency, or failed requests. */
  readonly score: number;
  /** One sentence for people. */
  readonly why: string;
}
