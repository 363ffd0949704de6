import { describe, expect, it } from "vitest";
import { seededRandom } from "../random.js";
import { type FaultKind, type IncidentSettings, syntheticIncident } from "../testing/incident.js";
import type { IncidentInput, SeriesTable } from "./model.js";
import { rankRootCauses } from "./root-causes.js";

const seeds = Array.from({ length: 20 }, (_, index) => 100 + index);

/** Share of incidents whose cause is among the first `k`. */
function recall(
  k: number,
  fault: FaultKind,
  settings: Partial<IncidentSettings> = {},
  edit = (x: IncidentInput, _: number) => x,
): number {
  const hits = seeds.filter((seed) => {
    const incident = syntheticIncident({ seed, fault, ...settings });
    return rankRootCauses(edit(incident, seed))
      .slice(0, k)
      .some(({ node }) => node === incident.cause);
  });
  return hits.length / seeds.length;
}

function mapSeries(table: SeriesTable, keep: (node: string, metric: string, stat: string) => boolean): SeriesTable {
  return { ...table, series: table.series.filter(({ node, metric, stat }) => keep(node, metric, stat)) };
}

describe("synthetic incidents", () => {
  for (const fault of ["delay", "errors", "overload", "misconfiguration"] as const)
    it(`names the node with the fault: ${fault}`, () => {
      expect(recall(1, fault)).toBeGreaterThanOrEqual(0.95);
    });

  it("says nothing when nothing happened", () => {
    const silent = seeds.filter((seed) => rankRootCauses(syntheticIncident({ seed, fault: "none" })).length === 0);
    expect(silent.length / seeds.length).toBeGreaterThanOrEqual(0.9);
  });

  it("stands levels that have wandered since the normal time", () => {
    expect(recall(1, "delay", { drift: 0.5, severity: 1 })).toBeGreaterThanOrEqual(0.95);
  });

  it("gets along with a normal time of eight intervals", () => {
    expect(recall(1, "errors", { normalRows: 8 })).toBeGreaterThanOrEqual(0.95);
    expect(recall(1, "delay", { normalRows: 8 })).toBeGreaterThanOrEqual(0.9);
  });

  it("gets along without a fifth of the series", () => {
    const thin = (incident: IncidentInput, seed: number): IncidentInput => {
      const random = seededRandom(seed);
      const gone = new Set(
        incident.issue.series.filter(() => random() < 0.2).map(({ node, metric, stat }) => `${node} ${metric} ${stat}`),
      );
      const keep = (node: string, metric: string, stat: string): boolean => !gone.has(`${node} ${metric} ${stat}`);
      return { ...incident, normal: mapSeries(incident.normal, keep), issue: mapSeries(incident.issue, keep) };
    };
    expect(recall(1, "delay", {}, thin)).toBeGreaterThanOrEqual(0.8);
    expect(recall(3, "errors", {}, thin)).toBeGreaterThanOrEqual(0.8);
  });

  it("gets along with nodes that the normal time lacks", () => {
    const young = (incident: IncidentInput, seed: number): IncidentInput => {
      const random = seededRandom(seed);
      const gone = new Set(incident.graph.nodes.filter(({ id }) => id !== "n0" && random() < 0.2).map(({ id }) => id));
      return { ...incident, normal: mapSeries(incident.normal, (node) => !gone.has(node)) };
    };
    expect(recall(1, "delay", {}, young)).toBeGreaterThanOrEqual(0.95);
  });
});

describe("the answer", () => {
  const incident = syntheticIncident({ seed: 4, fault: "delay" });

  it("does not depend on names or on any order", () => {
    const rename = (name: string): string => `x-${[...name].reverse().join("")}`;
    const table = (from: SeriesTable): SeriesTable => ({
      ...from,
      series: from.series.map((one) => ({ ...one, node: rename(one.node) })).reverse(),
    });
    const { graph, normal, issue, target } = incident;
    const renamed = rankRootCauses({
      graph: {
        nodes: graph.nodes.map(({ id, kind }) => ({ id: rename(id), kind })).reverse(),
        edges: graph.edges.map(([from, to]): [string, string] => [rename(from), rename(to)]).reverse(),
      },
      normal: table(normal),
      issue: table(issue),
      target: { ...target, node: rename(target.node) },
    });
    expect(renamed[0]?.node).toBe(rename(incident.cause ?? ""));
    expect(renamed[0]?.score).toBeCloseTo(rankRootCauses(incident)[0]?.score ?? 0, 9);
  });

  it("says in one sentence why", () => {
    expect(rankRootCauses(incident)[0]?.why).toMatch(
      /^It adds [\d.]+ s per 5 min of its own( \(its callees add [\d.]+ s\))?, \d+ standard deviations above what is usual; that accounts for \d+ % of (its whole excess|the excess of n0) \([\d.]+ s\)\.$/,
    );
  });

  it("names each node once, the most certain first", () => {
    const ranked = rankRootCauses(incident);
    expect(new Set(ranked.map(({ node }) => node)).size).toBe(ranked.length);
    expect(ranked.map(({ score }) => score)).toEqual(ranked.map(({ score }) => score).toSorted((a, b) => b - a));
  });

  it("points to what is called by a suspect and was not measured", () => {
    const errors = syntheticIncident({ seed: 100, fault: "errors", severity: 0.5 });
    const blind = (table: SeriesTable): SeriesTable =>
      mapSeries(table, (node, metric) => node !== errors.cause || metric !== "availability");
    const ranked = rankRootCauses({ ...errors, normal: blind(errors.normal), issue: blind(errors.issue) });
    expect(ranked.map(({ node }) => node)).toContain(errors.cause);
  });

  it("is empty when the alerted node was not seen", () => {
    const gone = (table: SeriesTable): SeriesTable => mapSeries(table, () => false);
    expect(rankRootCauses({ ...incident, normal: gone(incident.normal), issue: gone(incident.issue) })).toEqual([]);
  });
});
