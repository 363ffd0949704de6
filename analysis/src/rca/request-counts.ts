import { sum } from "../numbers.js";
import type { CallGraph } from "./model.js";
import { type NodeObservations, type Observations, sampledMedian } from "./observations.js";

function medianRequests(nodes: readonly string[], table: Observations): number[] {
  return nodes
    .map((node) => sampledMedian(table.nodes.get(node)?.requests ?? new Float64Array()))
    .filter((rate) => rate > 0);
}

/** Requests per row where nobody counted: no more than all callers make at one call each, or than the busiest callee gets. */
function borrowed(node: string, graph: CallGraph, table: Observations): number | undefined {
  const callers = graph.edges.filter(([, callee]) => callee === node).map(([caller]) => caller);
  const callees = graph.edges.filter(([caller]) => caller === node).map(([, callee]) => callee);
  const made = sum(medianRequests(callers, table)) || Number.POSITIVE_INFINITY;
  const passedOn = Math.max(0, ...medianRequests(callees, table)) || Number.POSITIVE_INFINITY;
  const requests = Math.min(made, passedOn);
  return Number.isFinite(requests) ? requests : undefined;
}

/** Share of the rows of both times in which something but a count came from a node. */
function sampledShare(node: string, tables: readonly Observations[]): number {
  const seen = tables.map(({ nodes }) => nodes.get(node)).filter((observed) => observed !== undefined);
  const rows = sum(seen.map(({ latencyS }) => latencyS.length));
  const sampled = seen.map(({ latencyS, failureShare }) =>
    latencyS.filter((value, row) => !(Number.isNaN(value) && Number.isNaN(failureShare[row] ?? Number.NaN))),
  );
  return rows === 0 ? 1 : sum(sampled.map(({ length }) => length)) / rows;
}

/** The rate of calls that leaves as many rows without any (Poisson's law), for nodes that most rows know nothing of. */
function rareRate(node: string, tables: readonly Observations[]): number | undefined {
  const share = sampledShare(node, tables);
  return share < 0.5 ? -Math.log(1 - share) : undefined;
}

/** Counts of the same node in other rows fill holes; a node never counted has as many as at the other time, or as its neighbours. */
function countsOf(
  node: string,
  own: Float64Array,
  table: Observations,
  other: Observations,
  graph: CallGraph,
): Float64Array {
  if (!own.some(Number.isNaN)) return own;
  const elsewhere = other.nodes.get(node)?.requests ?? new Float64Array();
  const usual = [own, elsewhere].map(sampledMedian).find((rate) => !Number.isNaN(rate));
  const guess = usual ?? rareRate(node, [table, other]) ?? borrowed(node, graph, table) ?? Number.NaN;
  return own.map((count) => (Number.isNaN(count) ? guess : count));
}

/** Gives a weight to nodes whose requests were not counted, or not always. */
export function withRequestCounts(table: Observations, other: Observations, graph: CallGraph): Observations {
  const nodes = new Map<string, NodeObservations>();
  for (const [node, observed] of table.nodes)
    nodes.set(node, { ...observed, requests: countsOf(node, observed.requests, table, other, graph) });
  return { ...table, nodes };
}
