import { mean } from "../numbers.js";

/**
 * One currency for a whole system: what each node cost above its expectation, per interval. Seconds (requests × latency)
 * add up along the call graph, as failed requests do; means and percentages would not.
 */
export interface Entry {
  /** Above (positive) or below what was expected, one value per row; NaN where requests were counted and nothing else. */
  readonly excess: Float64Array;
  /** Standard deviation of `excess` when nothing is wrong. */
  readonly noise: Float64Array;
  /** All seconds spent, or all requests served. */
  readonly total: Float64Array;
}

export interface Ledger {
  readonly metric: "latency" | "availability";
  /** Nodes that were never seen before the incident have no expectation, and no entry; nor have those not measured in it. */
  readonly entries: ReadonlyMap<string, Entry>;
}

/** Rows of which nothing is known are taken to be as the others of the incident; or as expected, when there are none. */
export function fillUnknown(entry: Entry, during: readonly number[]): Entry {
  const known = during.filter((row) => !Number.isNaN(entry.excess[row]));
  if (known.length === during.length) return entry;
  const typical = mean(known.map((row) => entry.excess[row] ?? 0));
  return { ...entry, excess: entry.excess.map((value) => (Number.isNaN(value) ? typical : value)) };
}

function addUp(columns: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(columns[0]?.length ?? 0);
  for (const column of columns) for (const [row, value] of column.entries()) sums[row] = (sums[row] ?? 0) + value;
  return sums;
}

/** What a node that is not measured must at least have in excess: what its callees have. */
export function standIn(callees: readonly Entry[]): Entry | undefined {
  if (callees.length === 0) return undefined;
  return {
    excess: addUp(callees.map(({ excess }) => excess)),
    noise: addUp(callees.map(({ noise }) => noise.map((sigma) => sigma ** 2))).map(Math.sqrt),
    total: addUp(callees.map(({ total }) => total)),
  };
}
