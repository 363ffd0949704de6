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
  const guess = usual ?? borrowed(node, graph, table) ?? Number.NaN;
  return own.map((count) => (Number.isNaN(count) ? guess : count));
}

/** Gives a weight to nodes whose requests were not counted, or not always. */
export function withRequestCounts(table: Observations, other: Observations, graph: CallGraph): Observations {
  const nodes = new Map<string, NodeObservations>();
  for (const [node, observed] of table.nodes)
    nodes.set(node, { ...observed, requests: countsOf(node, observed.requests, table, other, graph) });
  return { ...table, nodes };
}
