import { getJson } from "./http.js";
import { instant, type Sample } from "./prometheus.js";
import { type Red, readRed, shortName } from "./red.js";

export interface MapNode {
  readonly name: string;
  /** Of what the service answers; undefined when there are only its traces. */
  readonly red: Red | undefined;
}

export interface MapEdge {
  readonly from: string;
  readonly to: string;
  /** Calls per second. */
  readonly rate: number;
  /** Share of failed calls and p95 in microseconds; NaN without metrics of the service graph. */
  readonly errors: number;
  readonly p95Us: number;
}

export interface ServiceGraph {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

/** What the `servicegraph` connector counts, by client and server. */
export interface EdgeMetrics {
  readonly count: readonly Sample[];
  readonly failed: readonly Sample[];
  readonly p95: readonly Sample[];
}

interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/** Who calls whom over the last `seconds`: from traces, with RED from metrics where there are some. */
export async function readServiceGraph(seconds: number, signal: AbortSignal): Promise<ServiceGraph> {
  const window = `${seconds}s`;
  const by = (metric: string): string => `sum by (client, server) (rate(${metric}[${window}]))`;
  const parameters = new URLSearchParams({ endTs: String(Date.now()), lookback: String(seconds * 1000) });
  const [{ data: dependencies }, red, count, failed, p95] = await Promise.all([
    getJson<{ data: readonly Dependency[] | null }>(`/api/dependencies?${parameters}`, signal),
    readRed(window, signal),
    instant(`${by("traces_service_graph_request_total")} > 0`, signal),
    instant(by("traces_service_graph_request_failed_total"), signal),
    instant(
      `histogram_quantile(0.95, sum by (le, client, server) (rate(traces_service_graph_request_server_seconds_bucket[${window}])))`,
      signal,
    ),
  ]);
  const reds = new Map(red.map((service) => [shortName(service.job), service]));
  return joinGraph(dependencies ?? [], seconds, reds, { count, failed, p95 });
}

/** Joins traces and metrics to one graph. A service that calls itself is no edge: those are its own inner steps. */
export function joinGraph(
  dependencies: readonly Dependency[],
  seconds: number,
  reds: ReadonlyMap<string, Red>,
  metrics: EdgeMetrics,
): ServiceGraph {
  const key = (from: string, to: string): string => JSON.stringify([from, to]);
  const index = (samples: readonly Sample[]): Map<string, number> =>
    new Map(samples.map(({ labels, value }) => [key(labels.client ?? "", labels.server ?? ""), value]));
  const [counts, failures, quantiles] = [index(metrics.count), index(metrics.failed), index(metrics.p95)];

  const edges = new Map<string, MapEdge>();
  const add = (from: string, to: string, rate: number): void => {
    const id = key(from, to);
    if (from === to || from === "" || to === "" || edges.has(id)) return;
    const counted = counts.get(id);
    edges.set(id, {
      from,
      to,
      rate: counted ?? rate,
      errors: counted === undefined ? Number.NaN : (failures.get(id) ?? 0) / counted,
      p95Us: (quantiles.get(id) ?? Number.NaN) * 1_000_000,
    });
  };
  for (const { parent, child, callCount } of dependencies) add(parent, child, callCount / seconds);
  for (const { labels, value } of metrics.count) add(labels.client ?? "", labels.server ?? "", value);

  const names = new Set([
    ...reds.keys(),
    ...dependencies.flatMap(({ parent, child }) => [parent, child]),
    ...[...edges.values()].flatMap(({ from, to }) => [from, to]),
  ]);
  const nodes = [...names].sort().map((name) => ({ name, red: reds.get(name) }));
  return { nodes, edges: [...edges.values()] };
}

/** The services whose names hold the text, with those that they call or are called by. An empty text keeps all. */
export function filterGraph(graph: ServiceGraph, text: string): ServiceGraph {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return graph;
  const hit = (name: string): boolean => name.toLowerCase().includes(wanted);
  const edges = graph.edges.filter(({ from, to }) => hit(from) || hit(to));
  const near = new Set(edges.flatMap(({ from, to }) => [from, to]));
  return { nodes: graph.nodes.filter(({ name }) => hit(name) || near.has(name)), edges };
}
