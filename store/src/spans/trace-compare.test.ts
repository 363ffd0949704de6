import { expect, test } from "vitest";
import { type ComparedSpan, compareTraces } from "./trace-compare.js";

const span = (
  spanId: string,
  parentSpanId: string | null,
  name: string,
  startUs: number,
  durationUs: number,
): ComparedSpan => {
  return { spanId, parentSpanId, service: "s", name, startUs, durationUs };
};

test("by operation path, with own time that children share, the largest difference first", () => {
  const a = [span("1", null, "root", 0, 100), span("2", "1", "query", 10, 20), span("3", "1", "query", 20, 20)];
  const b = [span("9", null, "root", 0, 160), span("8", "9", "query", 10, 120), span("7", "8", "wait", 20, 10)];
  const compared = compareTraces(a, b).map(({ path, ...rest }) => [path.map((step) => step.operation).join("/"), rest]);
  expect(compared).toEqual([
    [
      "root/query",
      {
        a: { count: 2, totalUs: 40, selfUs: 40 },
        b: { count: 1, totalUs: 120, selfUs: 110 },
        delta: { count: -1, totalUs: 80, selfUs: 70 },
      },
    ],
    [
      "root",
      {
        a: { count: 1, totalUs: 100, selfUs: 70 },
        b: { count: 1, totalUs: 160, selfUs: 40 },
        delta: { count: 0, totalUs: 60, selfUs: -30 },
      },
    ],
    [
      "root/query/wait",
      {
        a: { count: 0, totalUs: 0, selfUs: 0 },
        b: { count: 1, totalUs: 10, selfUs: 10 },
        delta: { count: 1, totalUs: 10, selfUs: 10 },
      },
    ],
  ]);
});

test("children outside their parent, lost parents and loops", () => {
  const outside = [span("1", null, "root", 100, 50), span("2", "1", "late", 140, 100), span("3", "1", "early", 0, 110)];
  expect(compareTraces(outside, []).find(({ path }) => path.length === 1)?.a.selfUs).toBe(30);
  const loop = [span("1", "2", "x", 0, 1), span("2", "1", "y", 0, 1), span("3", "9", "lost", 0, 1)];
  expect(compareTraces(loop, []).map(({ path }) => path.map((step) => step.operation).join("/"))).toEqual([
    "lost",
    "y/x",
    "x/y",
  ]);
});
