import { describe, expect, it } from "vitest";
import type { CallGraph, NodeKind } from "./model.js";
import { type Observations, observe } from "./observations.js";
import { waitGraph } from "./wait-graph.js";

type Figures = Readonly<Record<string, { readonly requests: number; readonly p50: number; readonly p99: number }>>;

function seen(figures: Figures): Observations {
  const series = Object.entries(figures).flatMap(([node, { requests, p50, p99 }]) => [
    { node, metric: "requests", stat: "Sum", values: [requests] },
    { node, metric: "latency", stat: "p50", values: [p50] },
    { node, metric: "latency", stat: "p99", values: [p99] },
  ]);
  return observe({ intervalS: 300, time: [0], series });
}

function graph(kinds: Readonly<Record<string, NodeKind>>, ...edges: [string, string][]): CallGraph {
  return { nodes: Object.entries(kinds).map(([id, kind]) => ({ id, kind })), edges };
}

describe("waitGraph", () => {
  const shop = graph({ shop: "service", orders: "service", flow: "service" }, ["shop", "orders"], ["orders", "flow"]);
  const orders = { requests: 100, p50: 0.1, p99: 0.4 };

  it("reaches what the alerted node waits for", () => {
    expect(waitGraph(shop, [], "shop").reachable).toEqual(["shop", "orders", "flow"]);
    expect(waitGraph(shop, [], "orders").reachable).toEqual(["orders", "flow"]);
  });

  it("leaves out work that a caller cannot have waited for", () => {
    const slow = seen({ orders, flow: { requests: 4, p50: 3, p99: 9 } });
    expect(waitGraph(shop, [slow], "shop").reachable).toEqual(["shop", "orders"]);
  });

  it("keeps calls too rare to show in the caller's 99th percentile", () => {
    const rare = seen({ orders, flow: { requests: 1, p50: 3, p99: 9 } });
    expect(waitGraph(shop, [rare], "shop").reachable).toEqual(["shop", "orders", "flow"]);
  });

  it("keeps calls about which two times disagree", () => {
    const then = seen({ orders, flow: { requests: 4, p50: 0.5, p99: 0.6 } });
    const now = seen({ orders: { ...orders, p99: 0.6 }, flow: { requests: 4, p50: 0.5, p99: 0.6 } });
    expect(waitGraph(shop, [then], "shop").reachable).toEqual(["shop", "orders"]);
    expect(waitGraph(shop, [then, now], "shop").reachable).toEqual(["shop", "orders", "flow"]);
  });

  it("ends at a queue", () => {
    const queued = graph(
      { shop: "service", mails: "queue", mailer: "service" },
      ["shop", "mails"],
      ["mails", "mailer"],
    );
    expect(waitGraph(queued, [], "shop").reachable).toEqual(["shop", "mails"]);
  });

  it("takes a remote host to stand before the services that its caller reaches", () => {
    const balanced = graph(
      { shop: "service", orders: "service", db: "database", lb: "remote" },
      ["shop", "orders"],
      ["shop", "lb"],
      ["shop", "db"],
    );
    expect(waitGraph(balanced, [], "shop").callees.get("lb")).toEqual(["orders"]);
  });

  it("stands cycles", () => {
    const cycle = graph({ a: "service", b: "service" }, ["a", "b"], ["b", "a"]);
    expect(waitGraph(cycle, [], "a").reachable).toEqual(["a", "b"]);
  });
});
