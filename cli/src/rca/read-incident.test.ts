import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type IncidentFiles, readIncident } from "./read-incident.js";

const good = {
  graph: { format: "rca-graph/1", nodes: [{ id: "shop", kind: "service" }], edges: [["shop", "db"]] },
  normal: { format: "rca-series/1", interval_s: 300, time: [0, 300], series: [] },
  issue: {
    format: "rca-series/1",
    interval_s: 300,
    time: [600, 900],
    series: [{ node: "shop", metric: "latency", stat: "Average", unit: "s", values: [0.1, null] }],
  },
  target: { format: "rca-target/1", node: "shop", metric: "latency", stat: "Average", time: 1000 },
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-rca-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes the four files, some of them changed; text is written as it is. */
async function files(changes: Partial<Record<keyof typeof good, unknown>> = {}): Promise<IncidentFiles> {
  const paths = { graph: "", normal: "", issue: "", target: "" };
  for (const [name, document] of Object.entries({ ...good, ...changes }) as [keyof typeof good, unknown][]) {
    paths[name] = join(folder, `${name}.json`);
    await writeFile(paths[name], typeof document === "string" ? document : JSON.stringify(document));
  }
  return paths;
}

async function complaint(changes: Partial<Record<keyof typeof good, unknown>>): Promise<string> {
  try {
    await readIncident(await files(changes));
    return "none";
  } catch (error) {
    return (error as Error).message.replaceAll(folder, "");
  }
}

describe("readIncident", () => {
  it("reads the four files", async () => {
    const { graph, normal, issue, target } = await readIncident(await files());
    expect(graph.edges).toEqual([["shop", "db"]]);
    expect(normal.time).toEqual([0, 300]);
    expect([issue.intervalS, issue.series[0]?.values]).toEqual([300, [0.1, null]]);
    expect(target).toMatchObject({ node: "shop", metric: "latency", time: 1000 });
  });

  it("says in one line what is wrong, and where", async () => {
    const { issue, graph, target } = good;
    expect(await complaint({ graph: "{" })).toMatch(/^cannot read call graph "\/graph.json": it is no JSON \(.+\)$/);
    expect(await complaint({ graph: { ...graph, format: "x" } })).toMatch(
      /^cannot read call graph .+: format: .+rca-graph\/1/,
    );
    expect(await complaint({ graph: { ...graph, nodes: [{ id: "a", kind: "mainframe" }] } })).toMatch(
      /nodes\.0\.kind: /,
    );
    expect(await complaint({ issue: { ...issue, time: [600] } })).toBe(
      'cannot read issue series "/issue.json": series.0.values: has 2 values for 1 times',
    );
    expect(await complaint({ issue: { ...issue, time: [600, 600] } })).toMatch(/time\.1: must be later/);
    expect(await complaint({ issue: { ...issue, interval_s: 60 } })).toMatch(/^cannot compare .+300 s.+60 s/);
    expect(await complaint({ target: { ...target, node: "shoe" } })).toMatch(/node "shoe" is not in/);
    expect(await complaint({ target: { ...target, metric: "requests" } })).toMatch(/metric: /);
    expect(await complaint({ target: { ...target, time: 1200 } })).toMatch(/its time 1200 is not among those/);
  });

  it("names a file that is not there", async () => {
    const paths = await files();
    await expect(readIncident({ ...paths, normal: join(folder, "no.json") })).rejects.toThrow(
      /^cannot read normal series ".+no\.json": ENOENT/,
    );
  });
});
