import type { CallGraph, NodeKind } from "./model.js";
import { type NodeObservations, type Observations, sampledMedian } from "./observations.js";

/** Whom each node waits for, as far as the alerted node is concerned. */
export interface WaitGraph {
  readonly kinds: ReadonlyMap<string, NodeKind>;
  readonly callees: ReadonlyMap<string, readonly string[]>;
  readonly callers: ReadonlyMap<string, readonly string[]>;
  /** The alerted node and everything it waits for, directly or through others. */
  readonly reachable: readonly string[];
}

/**
 * Does nobody wait for these calls? Undefined when that cannot be told. Were they waited for, the share of the caller's requests that makes them would last as
 * long as they do: half of that share at least the callee's median. A caller whose 99th percentile lies below has sent
 * them off (a workflow that is started, a message). Shares too small to reach the 99th percentile decide nothing.
 */
function isDetached(caller: NodeObservations | undefined, callee: NodeObservations | undefined): boolean | undefined {
  if (caller === undefined || callee === undefined) return undefined;
  const [calleeMedian, callerP99] = [callee.quantilesS[0], caller.quantilesS[3]];
  if (calleeMedian === undefined || callerP99 === undefined) return undefined;
  const share = sampledMedian(callee.requests) / sampledMedian(caller.requests);
  const ratio = sampledMedian(calleeMedian) / sampledMedian(callerP99);
  return share >= 0.02 && !Number.isNaN(ratio) ? ratio > 1 : undefined;
}

/** Detached at one time and at no time the contrary: levels that have wandered apart in the meantime decide nothing. */
function areDetached(caller: string, callee: string, times: readonly Observations[]): boolean {
  const answers = times.map(({ nodes }) => isDetached(nodes.get(caller), nodes.get(callee)));
  return answers.includes(true) && !answers.includes(false);
}

function neighbours(edges: readonly (readonly [string, string])[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [from, to] of edges) {
    const known = found.get(from);
    if (known === undefined) found.set(from, [to]);
    else if (!known.includes(to)) known.push(to);
  }
  return found;
}

function reach(from: string, callees: ReadonlyMap<string, readonly string[]>): string[] {
  const seen = new Set([from]);
  for (const node of seen) for (const callee of callees.get(node) ?? []) seen.add(callee);
  return [...seen];
}

/**
 * The graph without calls that nobody waits for (consumers behind a queue, detached work), and with the calls that tracing
 * lost: a `remote` host is known by its name only, and may be a load balancer in front of a service that its caller is
 * known to reach. It is taken to wait for those services, so that it is blamed only for what they do not explain.
 */
export function waitGraph(graph: CallGraph, times: readonly Observations[], target: string): WaitGraph {
  const kinds = new Map(graph.nodes.map(({ id, kind }) => [id, kind]));
  const waited = graph.edges.filter(
    ([caller, callee]) =>
      kinds.get(caller) !== "queue" && kinds.get(callee) !== "client" && !areDetached(caller, callee, times),
  );
  const callees = neighbours(waited);
  const callers = neighbours(waited.map(([caller, callee]) => [callee, caller]));
  const reachable = reach(target, callees);
  const behindRemote = reachable
    .filter((node) => kinds.get(node) === "remote")
    .flatMap((remote) =>
      (callers.get(remote) ?? [])
        .flatMap((caller) => callees.get(caller) ?? [])
        .filter((sibling) => kinds.get(sibling) === "service")
        .map((sibling): [string, string] => [remote, sibling]),
    );
  return { kinds, callees: neighbours([...waited, ...behindRemote]), callers, reachable };
}
