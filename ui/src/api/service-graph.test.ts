import { expect, test } from "vitest";
import { filterGraph, joinGraph } from "./service-graph.js";

const none = { count: [], failed: [], p95: [] };
const red = { rate: 2, errors: 0, p50Us: 1, p95Us: 2 };
const edge = (client: string, server: string, value: number) => ({ labels: { client, server }, value });

test("traces alone give calls per second, and no errors that nobody counted", () => {
  const dependencies = [
    { parent: "gateway", child: "orders", callCount: 120 },
    { parent: "orders", child: "orders", callCount: 7 },
  ];
  expect(joinGraph(dependencies, 60, new Map([["gateway", red]]), none)).toEqual({
    nodes: [
      { name: "gateway", red },
      { name: "orders", red: undefined },
    ],
    edges: [{ from: "gateway", to: "orders", rate: 2, errors: Number.NaN, p95Us: Number.NaN }],
  });
});

test("metrics of the service graph win over counts of traces, and add calls that no trace shows", () => {
  const metrics = {
    count: [edge("a", "b", 8), edge("b", "db", 4)],
    failed: [edge("a", "b", 2)],
    p95: [edge("a", "b", 0.05)],
  };
  const { nodes, edges } = joinGraph([{ parent: "a", child: "b", callCount: 60 }], 60, new Map(), metrics);
  expect(edges).toEqual([
    { from: "a", to: "b", rate: 8, errors: 0.25, p95Us: 50_000 },
    { from: "b", to: "db", rate: 4, errors: 0, p95Us: Number.NaN },
  ]);
  expect(nodes.map(({ name }) => name)).toEqual(["a", "b", "db"]);
});

test("a filter keeps what is next to the services that it names", () => {
  const dependencies = ["a b", "b c", "c d"].map((pair) => {
    const [parent = "", child = ""] = pair.split(" ");
    return { parent, child, callCount: 1 };
  });
  const graph = joinGraph(dependencies, 1, new Map(), none);
  const names = (text: string) => filterGraph(graph, text).nodes.map(({ name }) => name);
  expect(names("A")).toEqual(["a", "b"]);
  expect(names(" ")).toEqual(["a", "b", "c", "d"]);
  expect(names("x")).toEqual([]);
});
