import { quantile } from "../numbers.js";
import type { SeriesTable } from "./model.js";

/** What was seen of one node, a value per interval; NaN where nothing was sampled. */
export interface NodeObservations {
  /** Mean seconds per request. */
  readonly latencyS: Float64Array;
  /** Share of failed requests, 0..1. */
  readonly failureShare: Float64Array;
  readonly requests: Float64Array;
  /** Seconds within which 50, 90, 95, 99 % of requests end. */
  readonly quantilesS: readonly Float64Array[];
}

export interface Observations {
  readonly intervalS: number;
  readonly time: readonly number[];
  readonly nodes: ReadonlyMap<string, NodeObservations>;
}

const quantileStats = ["p50", "p90", "p95", "p99"];
/** The mass that each of the four quantiles stands for when the mean has to be rebuilt from them (midpoint rule). */
const quantileMass = [0.7, 0.225, 0.045, 0.03];

/** The median of what was sampled; NaN when nothing was. */
export function sampledMedian(values: Float64Array): number {
  const sampled = values.filter((value) => !Number.isNaN(value));
  return sampled.length === 0 ? Number.NaN : quantile([...sampled], 0.5);
}

function toColumn(values: readonly (number | null)[] | undefined, rows: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => values?.[row] ?? Number.NaN);
}

/** Where the mean is missing, the quantiles stand in for it: a delay moves them by as many seconds. */
function meanFromQuantiles(mean: Float64Array, quantiles: readonly Float64Array[]): Float64Array {
  if (!mean.every(Number.isNaN)) return mean;
  return mean.map((_, row) => {
    let total = 0;
    let mass = 0;
    for (const [index, column] of quantiles.entries()) {
      const value = column[row] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      const weight = quantileMass[index] ?? 0;
      total += weight * value;
      mass += weight;
    }
    return mass === 0 ? Number.NaN : total / mass;
  });
}

/** A table, node by node. Requests that were not counted stay NaN; series of unknown metrics are passed over. */
export function observe(table: SeriesTable): Observations {
  const byNode = new Map<string, Map<string, readonly (number | null)[]>>();
  for (const { node, metric, stat, values } of table.series) {
    const own = byNode.get(node) ?? new Map<string, readonly (number | null)[]>();
    own.set(`${metric}/${stat}`, values);
    byNode.set(node, own);
  }
  const rows = table.time.length;
  const nodes = new Map<string, NodeObservations>();
  for (const [node, series] of byNode) {
    const quantilesS = quantileStats.map((stat) => toColumn(series.get(`latency/${stat}`), rows));
    nodes.set(node, {
      latencyS: meanFromQuantiles(toColumn(series.get("latency/Average"), rows), quantilesS),
      failureShare: toColumn(series.get("availability/Average"), rows).map((percent) => 1 - percent / 100),
      requests: toColumn(series.get("requests/Sum"), rows),
      quantilesS,
    });
  }
  return { intervalS: table.intervalS, time: table.time, nodes };
}

/** Rows `from` to `to` (exclusive) of every column. */
export function sliceRows(all: Observations, from: number, to: number): Observations {
  const nodes = new Map<string, NodeObservations>();
  for (const [node, { latencyS, failureShare, requests, quantilesS }] of all.nodes)
    nodes.set(node, {
      latencyS: latencyS.subarray(from, to),
      failureShare: failureShare.subarray(from, to),
      requests: requests.subarray(from, to),
      quantilesS: quantilesS.map((column) => column.subarray(from, to)),
    });
  return { intervalS: all.intervalS, time: all.time.slice(from, to), nodes };
}
