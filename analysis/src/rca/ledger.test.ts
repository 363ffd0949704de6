import { describe, expect, it } from "vitest";
import { ownShares, rowWeights } from "./attribution.js";
import { comparable } from "./comparable.js";
import { failureBaseline, failureLedger } from "./failure-ledger.js";
import { latencyBaseline, latencyLedger } from "./latency-ledger.js";
import { type Entry, fillUnknown } from "./ledger.js";
import type { SeriesTable } from "./model.js";
import { type Observations, observe } from "./observations.js";
import { withRequestCounts } from "./request-counts.js";
import { defaultRcaSettings } from "./settings.js";
import { waitGraph } from "./wait-graph.js";

type Columns = Readonly<Record<string, readonly (number | null)[]>>;

/** `{ "orders latency/Average": [0.1, 0.1] }` */
function table(columns: Columns): SeriesTable {
  const series = Object.entries(columns).map(([key, values]) => {
    const [node = "", metric = "", stat = ""] = key.split(/[ /]/);
    return { node, metric, stat, values };
  });
  return { intervalS: 300, time: (series[0]?.values ?? []).map((_, row) => row * 300), series };
}

const seen = (columns: Columns): Observations => observe(table(columns));
const latencyOf = (normal: Columns, issue: Columns, before: number[]): ReadonlyMap<string, Entry> =>
  latencyLedger(latencyBaseline(seen(normal), defaultRcaSettings), seen(issue), before).entries;
const failuresOf = (normal: Columns, issue: Columns, before: number[]): ReadonlyMap<string, Entry> =>
  failureLedger(failureBaseline(seen(normal)), seen(issue), before).entries;

const steady = [0.1, 0.101, 0.099, 0.1, 0.1005, 0.0995, 0.1, 0.1];

describe("seconds above expectation", () => {
  it("are requests times what latency is above its level", () => {
    const entry = latencyOf(
      { "a latency/Average": steady, "a requests/Sum": steady.map(() => 50) },
      { "a latency/Average": [0.1, 0.3], "a requests/Sum": [50, 40] },
      [0],
    ).get("a");
    expect(entry?.excess[1]).toBeCloseTo(8, 1);
    expect(entry?.total[1]).toBeCloseTo(12, 6);
  });

  it("are measured from the rows before the alert when all levels have wandered", () => {
    const normal: Record<string, number[]> = {};
    const issue: Record<string, number[]> = {};
    for (const [node, factor] of [
      ["a", 2],
      ["b", 0.4],
      ["c", 1.7],
      ["d", 0.6],
    ] as const) {
      normal[`${node} latency/Average`] = steady;
      normal[`${node} requests/Sum`] = steady.map(() => 100);
      issue[`${node} latency/Average`] = [0.1 * factor, 0.1 * factor];
      issue[`${node} requests/Sum`] = [100, 100];
    }
    for (const entry of latencyOf(normal, issue, [0]).values())
      expect(Math.abs(entry.excess[1] ?? 9)).toBeLessThan(0.1);
  });

  it("are unknown for a node never seen before: what is new is its caller's doing", () => {
    const entries = latencyOf({}, { "a latency/Average": [null, 0.3], "a requests/Sum": [0, 40] }, [0]);
    expect(entries.has("a")).toBe(false);
  });

  it("are nothing where nobody called, and unknown where nothing but a count came", () => {
    const entry = latencyOf(
      { "a latency/Average": steady, "a requests/Sum": steady.map(() => 50) },
      { "a latency/Average": [0.1, null, null, 0.2], "a requests/Sum": [50, 0, 50, 50] },
      [0],
    ).get("a");
    expect(entry?.excess[1]).toBe(0);
    expect(entry?.excess[2]).toBeNaN();
    expect(entry && fillUnknown(entry, [2, 3]).excess[2]).toBeCloseTo(5, 1);
  });

  it("come from quantiles where the mean is missing", () => {
    const [normal, issue] = [
      { "a latency/p50": steady },
      { "a latency/p50": [0.1, 0.2], "a latency/Average": [0.2, 0.4] },
    ];
    const both = comparable(table(normal), table(issue));
    expect(both.issue.series.map(({ stat }) => stat)).toEqual(["p50"]);
    expect(observe(both.issue).nodes.get("a")?.latencyS[1]).toBeCloseTo(0.2, 9);
  });
});

describe("failed requests above expectation", () => {
  it("are the failed ones when failures were never seen", () => {
    const normal = { "a availability/Average": steady.map(() => 100), "a requests/Sum": steady.map(() => 1000) };
    const entry = failuresOf(normal, { "a availability/Average": [100, 98], "a requests/Sum": [1000, 1000] }, [0]).get(
      "a",
    );
    expect(entry?.excess[1]).toBeCloseTo(20, 0);
    expect(entry?.noise[1]).toBeCloseTo(0.25, 1);
  });

  it("are none for what failed as much just before the alert", () => {
    const normal = { "a availability/Average": steady.map(() => 100), "a requests/Sum": steady.map(() => 10) };
    const entry = failuresOf(normal, { "a availability/Average": [0, 0], "a requests/Sum": [10, 10] }, [0]).get("a");
    expect(entry?.excess[1]).toBeCloseTo(0, 9);
  });

  it("are noisy for a node that fails in bursts", () => {
    const bursts = [100, 100, 60, 100, 100, 100, 40, 100];
    const normal = { "a availability/Average": bursts, "a requests/Sum": bursts.map(() => 100) };
    const entry = failuresOf(normal, { "a availability/Average": [100, 90], "a requests/Sum": [100, 100] }, [0]).get(
      "a",
    );
    expect(entry?.noise[1]).toBeGreaterThan(20);
  });
});

describe("a node's own share", () => {
  const entry = (...excess: number[]): Entry => ({
    excess: Float64Array.from(excess),
    noise: Float64Array.from(excess, () => 1),
    total: Float64Array.from(excess, () => 100),
  });

  it("is what callees do not explain, in the rows in which the alerted node suffers", () => {
    const graph = waitGraph(
      {
        nodes: [],
        edges: [
          ["a", "b"],
          ["a", "c"],
          ["b", "d"],
        ],
      },
      [],
      "a",
    );
    const entries = new Map([
      ["a", entry(0, 30, 10)],
      ["b", entry(0, 28, 8)],
      ["c", entry(50, -4, 0)],
      ["d", entry(0, 2, 8)],
    ]);
    const shares = ownShares({ metric: "latency", entries }, graph, rowWeights(entries.get("a"), [0, 1, 2]));
    const own = Object.fromEntries(shares.map(({ node, own }) => [node, own]));
    expect(own.a).toBeCloseTo(0.75 * 2 + 0.25 * 2, 9);
    expect(own.b).toBeCloseTo(0.75 * 26, 9);
    expect(own.c).toBe(0);
    expect(own.d).toBeCloseTo(0.75 * 2 + 0.25 * 8, 9);
  });
});

describe("request counts that are missing", () => {
  const graph = {
    nodes: [],
    edges: [
      ["a", "b"],
      ["b", "c"],
    ] as [string, string][],
  };
  const count = (now: Columns, other: Columns): number | undefined =>
    withRequestCounts(seen(now), seen(other), graph).nodes.get("b")?.requests[1];

  it("are those of other rows, of the other time, or the fewest that neighbours suggest", () => {
    const latency = { "b latency/Average": [0.1, 0.1] };
    expect(count({ ...latency, "b requests/Sum": [7, null] }, {})).toBe(7);
    expect(count(latency, { "b requests/Sum": [9, 9] })).toBe(9);
    expect(count({ ...latency, "a requests/Sum": [20, 20], "c requests/Sum": [12, 12] }, {})).toBe(12);
  });

  it("are few for a node that was hardly ever seen", () => {
    const rare = { "b latency/Average": [null, 0.1, null, null], "a requests/Sum": [500, 500, 500, 500] };
    expect(count(rare, {})).toBeCloseTo(-Math.log(0.75), 9);
  });
});
