import { parse } from "@venturi/promql";
import { describe, expect, test } from "vitest";
import { queryTree } from "./query-json.js";

const tree = (query: string): unknown => queryTree(parse(query, { durationExpressions: true, fillModifiers: true }));

const selector = {
  matchers: [{ name: "__name__", value: "up", type: "=" }],
  anchored: false,
  smoothed: false,
  offset: 0,
  offsetExpr: null,
  timestamp: null,
  startOrEnd: null,
};
const up = { type: "vectorSelector", name: "up", ...selector };

describe("a query as the tree of parse_query", () => {
  test("literals, parentheses, signs", () => {
    expect(tree("1e3")).toEqual({ type: "numberLiteral", val: "1000" });
    expect(tree("Inf")).toEqual({ type: "numberLiteral", val: "+Inf" });
    expect(tree("NaN")).toEqual({ type: "numberLiteral", val: "NaN" });
    expect(tree("'a'")).toEqual({ type: "stringLiteral", val: "a" });
    expect(tree("-(up)")).toEqual({ type: "unaryExpr", op: "-", expr: { type: "parenExpr", expr: up } });
  });

  test("selectors with times", () => {
    expect(tree("up offset -5m")).toEqual({ ...up, offset: -300_000 });
    expect(tree("up @ 1.5")).toEqual({ ...up, timestamp: 1500 });
    expect(tree("up @ end()")).toEqual({ ...up, startOrEnd: "end" });
    const matrix = { ...selector, type: "matrixSelector", name: "up", range: 300_000, rangeExpr: null };
    expect(tree("up[5m]")).toEqual(matrix);
    const rangeExpr = {
      type: "durationExpr",
      op: "+",
      lhs: { type: "numberLiteral", val: "300", duration: true },
      rhs: { type: "numberLiteral", val: "60", duration: true },
      wrapped: false,
    };
    expect(tree("up[5m+1m]")).toMatchObject({ rangeExpr });
    expect(tree("rate(up[5m])[1h:1m] offset 2s")).toMatchObject({
      type: "subquery",
      expr: { type: "call", args: [matrix] },
      range: 3_600_000,
      step: 60_000,
      offset: 2000,
    });
  });

  test("calls and aggregations", () => {
    expect(tree("round(up, 5)")).toEqual({
      type: "call",
      func: { name: "round", argTypes: ["vector", "scalar"], variadic: 1, returnType: "vector" },
      args: [up, { type: "numberLiteral", val: "5" }],
    });
    expect(tree("topk without (a) (2, up)")).toEqual({
      type: "aggregation",
      op: "topk",
      expr: up,
      param: { type: "numberLiteral", val: "2" },
      grouping: ["a"],
      without: true,
    });
    expect(tree("sum(up)")).toMatchObject({ param: null, grouping: [], without: false });
  });

  test("operators say how vectors match, and nothing of it when a side is a scalar", () => {
    expect(tree("up * on (a) group_left (b) up")).toEqual({
      type: "binaryExpr",
      op: "*",
      lhs: up,
      rhs: up,
      matching: {
        card: "many-to-one",
        labels: ["a"],
        on: true,
        include: ["b"],
        fillValues: { lhs: null, rhs: null },
      },
      bool: false,
    });
    expect(tree("up + fill_left(3) up")).toMatchObject({ matching: { fillValues: { lhs: 3, rhs: null } } });
    for (const query of ["up > bool 1", "up + time()", "2 ^ (1 + 1)", "-up - scalar(up)"]) {
      expect(tree(query), query).toMatchObject({ matching: null });
    }
  });
});
