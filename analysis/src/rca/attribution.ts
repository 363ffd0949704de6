import type { Entry, Ledger } from "./ledger.js";
import type { WaitGraph } from "./wait-graph.js";

/** What a node adds by itself, averaged over the incident. */
export interface OwnShare {
  readonly node: string;
  /** Seconds or failed requests per interval that its callees do not explain; never negative. */
  readonly own: number;
  /** Standard deviation of `own` when nothing is wrong. */
  readonly noise: number;
  /** What the node has in excess, its callees' part included. */
  readonly excess: number;
}

/** Rows of the incident, each weighing as much as the alerted node's excess in it: evidence counts where the trouble was. */
export interface RowWeight {
  readonly row: number;
  readonly weight: number;
}

export function rowWeights(target: Entry | undefined, rows: readonly number[]): RowWeight[] {
  const excess = rows.map((row) => Math.max(0, target?.excess[row] ?? 0));
  const total = excess.reduce((a, b) => a + b, 0);
  return rows.map((row, index) => ({
    row,
    weight: total > 0 ? (excess[index] ?? 0) / total : 1 / rows.length,
  }));
}

export function calleeEntries(node: string, ledger: Ledger, graph: WaitGraph): Entry[] {
  return (graph.callees.get(node) ?? [])
    .filter((callee) => callee !== node)
    .map((callee) => ledger.entries.get(callee))
    .filter((callee) => callee !== undefined);
}

function ownShare(node: string, ledger: Ledger, graph: WaitGraph, weights: readonly RowWeight[]): OwnShare | undefined {
  const entry = ledger.entries.get(node);
  if (entry === undefined) return undefined;
  const callees = calleeEntries(node, ledger, graph);
  let own = 0;
  let excess = 0;
  let variance = 0;
  for (const { row, weight } of weights) {
    const mine = entry.excess[row] ?? 0;
    const theirs = callees.reduce((sum, callee) => sum + Math.max(0, callee.excess[row] ?? 0), 0);
    own += weight * Math.max(0, mine - theirs);
    excess += weight * mine;
    variance += weight ** 2 * (entry.noise[row] ?? 0) ** 2;
  }
  return { node, own, excess, noise: Math.sqrt(variance) };
}

/** Every node that the alerted one waits for, and itself. */
export function ownShares(ledger: Ledger, graph: WaitGraph, weights: readonly RowWeight[]): OwnShare[] {
  return graph.reachable.map((node) => ownShare(node, ledger, graph, weights)).filter((share) => share !== undefined);
}
