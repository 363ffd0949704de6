import type { IncidentInput, NodeSeries, SeriesTable } from "@venturi/analysis";

/** Changes an incident's data, never its truth. */
export type Perturbation = (input: IncidentInput, random: () => number) => IncidentInput;

function mapSeries(table: SeriesTable, change: (one: NodeSeries) => NodeSeries): SeriesTable {
  return { ...table, series: table.series.map(change) };
}

function mapValues(change: (value: number) => number | null): (one: NodeSeries) => NodeSeries {
  return (one) => ({ ...one, values: one.values.map((value) => (value === null ? null : change(value))) });
}

function keep(table: SeriesTable, wanted: (one: NodeSeries) => boolean): SeriesTable {
  return { ...table, series: table.series.filter(wanted) };
}

function rows(table: SeriesTable, from: number, to?: number): SeriesTable {
  const cut = mapSeries(table, (one) => ({ ...one, values: one.values.slice(from, to) }));
  return { ...cut, time: table.time.slice(from, to) };
}

/** A factor of mean 1 whose standard deviation is `sigma`. */
const scatter = (random: () => number, sigma: number): number => 1 + sigma * Math.sqrt(3) * (2 * random() - 1);

function noisy(sigma: number): Perturbation {
  return (input, random) => {
    const shake = (one: NodeSeries): NodeSeries =>
      one.metric === "availability" ? one : mapValues((value) => value * scatter(random, sigma))(one);
    return { ...input, normal: mapSeries(input.normal, shake), issue: mapSeries(input.issue, shake) };
  };
}

function shiftedAlert(intervals: number): Perturbation {
  return (input) => ({
    ...input,
    target: { ...input.target, time: input.target.time + intervals * input.issue.intervalS },
  });
}

const keyOf = ({ node, metric, stat }: NodeSeries): string => JSON.stringify([node, metric, stat]);

export const perturbations: Readonly<Record<string, Perturbation>> = {
  "as it is": (input) => input,
  "20 % of series missing at both times": (input, random) => {
    const keys = new Set([...input.normal.series, ...input.issue.series].map(keyOf));
    const gone = new Set([...keys].filter(() => random() < 0.2));
    const stays = (one: NodeSeries): boolean => !gone.has(keyOf(one));
    return { ...input, normal: keep(input.normal, stays), issue: keep(input.issue, stays) };
  },
  "20 % of series missing, other ones at either time": (input, random) => ({
    ...input,
    normal: keep(input.normal, () => random() >= 0.2),
    issue: keep(input.issue, () => random() >= 0.2),
  }),
  "20 % of nodes missing in normal": (input, random) => {
    const gone = new Set(input.graph.nodes.filter(() => random() < 0.2).map(({ id }) => id));
    return { ...input, normal: keep(input.normal, ({ node }) => !gone.has(node)) };
  },
  "15 % of the issue's samples missing": (input, random) => ({
    ...input,
    issue: mapSeries(
      input.issue,
      mapValues((value) => (random() < 0.15 ? null : value)),
    ),
  }),
  "10 % noise on latency and requests": noisy(0.1),
  "20 % noise on latency and requests": noisy(0.2),
  "latency levels of normal moved by 30 %, node by node": (input, random) => {
    const factors = new Map(input.graph.nodes.map(({ id }) => [id, scatter(random, 0.3)]));
    const move = (one: NodeSeries): NodeSeries =>
      one.metric === "latency" ? mapValues((value) => value * (factors.get(one.node) ?? 1))(one) : one;
    return { ...input, normal: mapSeries(input.normal, move) };
  },
  "alert one interval late": shiftedAlert(1),
  "alert one interval early": shiftedAlert(-1),
  "no row before the alert's": (input) => ({ ...input, issue: rows(input.issue, 1) }),
  "normal cut to 50 rows": (input) => ({ ...input, normal: rows(input.normal, 0, 50) }),
};
