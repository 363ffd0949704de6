/**
 * Seeded synthetic incidents with a known root cause: a random call graph in which latency adds up and failures are passed on,
 * a normal time, and five intervals around an alert. Levels wander between the two, counts and means scatter, some calls are
 * not waited for, some services are reached through a host of which only the name is known.
 */
import { seededRandom } from "../random.js";
import type { IncidentInput, NodeKind, NodeSeries, SeriesTable } from "../rca/model.js";

export const faultKinds = ["delay", "errors", "overload", "misconfiguration", "none"] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface IncidentSettings {
  readonly seed: number;
  readonly fault: FaultKind;
  /** What the alerted node gets slower by, as a share of its latency; or the share of its requests that fail. */
  readonly severity?: number;
  readonly normalRows?: number;
  /** Scatter of an interval's mean latency, and how far levels wander until the incident (sigma of logarithms). */
  readonly noise?: number;
  readonly drift?: number;
}

export interface SyntheticIncident extends IncidentInput {
  readonly cause: string | undefined;
}

interface Node {
  readonly id: string;
  readonly kind: NodeKind;
  /** Callee and calls per request. */
  readonly calls: { readonly to: number; readonly times: number; readonly waited: boolean }[];
  ownS: number;
  failureShare: number;
}

/** The last node is called by the faulty one alone, and only when that is misconfigured. */
function randomSystem(random: () => number, size: number): Node[] {
  const nodes: Node[] = Array.from({ length: size }, (_, index) => ({
    id: `n${index}`,
    kind: index > size * 0.7 ? (random() < 0.5 ? "database" : "external") : "service",
    calls: [],
    ownS: 0.002 * 20 ** random(),
    failureShare: 0,
  }));
  const call = (from: number, to: number, times: number, waited = true): void => {
    nodes[from]?.calls.push({ to, times, waited });
  };
  for (let to = 1; to < size; to++) {
    const services = Math.min(to, Math.floor(size * 0.7));
    const callers = new Set([Math.floor(random() * services), Math.floor(random() * services)]);
    for (const from of random() < 0.3 ? callers : [...callers].slice(0, 1)) call(from, to, 0.3 + 1.5 * random());
  }
  // A workflow that the front starts and does not wait for; it is slow, and fails now and then.
  nodes.push({ id: "workflow", kind: "service", calls: [], ownS: 3, failureShare: 0.3 });
  call(0, nodes.length - 1, 0.03, false);
  // A load balancer: a part of the front's calls to its first callee is seen under this name only.
  const first = nodes[0]?.calls[0]?.to ?? 1;
  nodes.push({
    id: "balancer",
    kind: "remote",
    calls: [{ to: first, times: 1, waited: true }],
    ownS: 0.001,
    failureShare: 0,
  });
  call(0, nodes.length - 1, 0.1);
  nodes.push({ id: "wrong-table", kind: "database", calls: [], ownS: 0.005, failureShare: 1 });
  return nodes;
}

interface State {
  readonly latencyS: number[];
  readonly failureShare: number[];
  readonly requests: number[];
}

/** Latency adds up along waited calls; a failed callee fails its caller; requests multiply. Callees stand behind callers. */
function solve(nodes: readonly Node[], frontRequests: number): State {
  const latencyS: number[] = nodes.map(() => 0);
  const failureShare: number[] = nodes.map(() => 0);
  const requests: number[] = nodes.map(() => 0);
  const visit = (index: number): void => {
    const node = nodes[index];
    if (node === undefined || latencyS[index] !== 0) return;
    let total = node.ownS;
    let succeeding = 1 - node.failureShare;
    for (const { to, times, waited } of node.calls) {
      visit(to);
      if (!waited) continue;
      total += times * (latencyS[to] ?? 0);
      // 1.4 calls per request: each makes one, and two in five make another.
      const failing = failureShare[to] ?? 0;
      succeeding *= (1 - failing) ** Math.floor(times) * (1 - failing * (times % 1));
    }
    latencyS[index] = total;
    failureShare[index] = 1 - succeeding;
  };
  const send = (index: number, count: number): void => {
    requests[index] = (requests[index] ?? 0) + count;
    for (const { to, times } of nodes[index]?.calls ?? []) send(to, count * times);
  };
  for (const index of nodes.keys()) visit(index);
  send(0, frontRequests);
  return { latencyS, failureShare, requests };
}

function inject(nodes: readonly Node[], cause: number, fault: FaultKind, severity: number): Node[] {
  const broken = nodes.map((node) => ({ ...node, calls: [...node.calls] }));
  const node = broken[cause];
  if (node === undefined || fault === "none") return broken;
  const perFront = (solve(nodes, 1).requests[cause] ?? 1) || 1;
  const extraS = (severity * (solve(nodes, 1).latencyS[0] ?? 0)) / perFront;
  if (fault === "delay" || fault === "overload") node.ownS += extraS;
  if (fault === "errors" || fault === "overload") node.failureShare += Math.min(0.9, severity / perFront);
  if (fault === "misconfiguration")
    node.calls.push({ to: broken.length - 1, times: Math.min(0.9, severity / perFront), waited: true });
  return broken;
}

/** Mean 0, sigma 1. */
function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function toTable(
  nodes: readonly Node[],
  states: readonly State[],
  start: number,
  noise: number,
  random: () => number,
): SeriesTable {
  const series: NodeSeries[] = [];
  for (const [index, { id }] of nodes.entries()) {
    const requests = states.map((state) => Math.round((state.requests[index] ?? 0) * Math.exp(0.05 * gauss(random))));
    const latency = states.map((state, row) => {
      const scatter = noise * gauss(random);
      return (requests[row] ?? 0) > 0 ? (state.latencyS[index] ?? 0) * Math.exp(scatter) : null;
    });
    const availability = states.map((state, row) => {
      const count = requests[row] ?? 0;
      const share = state.failureShare[index] ?? 0;
      const failed = Math.round(Math.max(0, count * share + Math.sqrt(count * share * (1 - share)) * gauss(random)));
      return count > 0 ? 100 * (1 - Math.min(count, failed) / count) : null;
    });
    const add = (metric: string, stat: string, values: readonly (number | null)[]): void => {
      series.push({ node: id, metric, stat, values });
    };
    add("requests", "Sum", requests);
    add("availability", "Average", availability);
    add("latency", "Average", latency);
    for (const [stat, factor] of [
      ["p50", 0.8],
      ["p90", 1.6],
      ["p95", 2],
      ["p99", 3],
    ] as const)
      add(
        "latency",
        stat,
        latency.map((value) => (value === null ? null : value * factor)),
      );
  }
  return { intervalS: 300, time: states.map((_, row) => start + 300 * row), series };
}

/** The fault begins in the middle of the second interval; the alert fires as the third begins; the last has recovered. */
export function syntheticIncident(settings: IncidentSettings): SyntheticIncident {
  const { seed, fault, severity = 0.3, normalRows = 80, noise = 0.05, drift = 0.1 } = settings;
  const random = seededRandom(seed);
  const nodes = randomSystem(random, 10 + Math.floor(random() * 12));
  const called = solve(nodes, 1).requests;
  const candidates = [...nodes.keys()].filter(
    (index) =>
      /^n\d/.test(nodes[index]?.id ?? "") &&
      (called[index] ?? 0) > 0.1 &&
      (fault !== "misconfiguration" || nodes[index]?.kind === "service"),
  );
  const cause = candidates[Math.floor(random() * candidates.length)] ?? 0;
  const frontRequests = 300 + 900 * random();
  const metric =
    fault === "errors" || fault === "misconfiguration" || (fault !== "delay" && random() < 0.5)
      ? "availability"
      : "latency";

  const healthy = solve(nodes, frontRequests);
  const wandered = nodes.map((node) => ({ ...node, ownS: node.ownS * Math.exp(drift * gauss(random)) }));
  const before = solve(wandered, frontRequests);
  const partly = solve(inject(wandered, cause, fault, severity / 2), frontRequests);
  const fully = solve(inject(wandered, cause, fault, severity), frontRequests);
  const edges = nodes.flatMap(({ id, calls }) =>
    calls.filter(() => id !== "balancer").map(({ to }) => [id, nodes[to]?.id ?? ""] as const),
  );
  const causeId = nodes[cause]?.id ?? "";
  return {
    graph: {
      nodes: nodes.map(({ id, kind }) => ({ id, kind })),
      edges: fault === "misconfiguration" ? [...edges, [causeId, "wrong-table"]] : edges,
    },
    normal: toTable(
      nodes,
      Array.from({ length: normalRows }, () => healthy),
      0,
      noise,
      random,
    ),
    issue: toTable(nodes, [before, partly, fully, fully, before], 1_000_000, noise, random),
    target: { node: "n0", metric, time: 1_000_000 + 620 },
    cause: fault === "none" ? undefined : causeId,
  };
}
