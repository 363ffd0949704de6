import { expect, test } from "vitest";
import type { Trace } from "../model.js";
import { sketch } from "../testing/spans.js";
import { buildTree } from "./tree.js";

test("a trace that only a consumer began is no request", () => {
  expect(buildTree(sketch({ name: "consume", from: 0, to: 10, kind: "consumer" }))).toBeNull();
  expect(buildTree({ traceId: "t", spans: [] })).toBeNull();
});

test("with a named service the request begins at its uppermost server span", () => {
  const inner = { name: "handle", from: 2, to: 9, service: "api", kind: "server" } as const;
  const trace = sketch({
    name: "outer",
    from: 0,
    to: 10,
    children: [{ name: "call", from: 1, to: 10, kind: "client", children: [inner] }],
  });
  expect(buildTree(trace, "api")?.root.span.name).toBe("handle");
  expect(buildTree(trace)?.root.span.name).toBe("outer");
  expect(buildTree(trace, "elsewhere")).toBeNull();
});

test("cycles, self-parents and duplicate ids end in a tree", () => {
  const [span] = sketch({ name: "root", from: 0, to: 10 }).spans;
  const loop = (spanId: string, parentSpanId: string): Trace["spans"][number] => ({ ...span!, spanId, parentSpanId });
  const tree = buildTree({ traceId: "t", spans: [span!, span!, loop("a", "b"), loop("b", "a"), loop("self", "self")] });
  expect(tree?.nodes.map((node) => node.span.spanId)).toEqual(["root", "self"]);
});

test("how much was missing is counted", () => {
  const tree = buildTree(
    sketch(
      { name: "root", from: 0, to: 100 },
      { name: "lost1", from: 10, to: 20 },
      { name: "lost2", from: 30, to: 40 },
    ),
  );
  expect(tree?.orphans).toBe(2);
});

test("a chain of ten thousand spans does not overflow the stack", () => {
  const [span] = sketch({ name: "s0", from: 0, to: 10 }).spans;
  const spans = Array.from({ length: 10_000 }, (_, i) => ({
    ...span!,
    spanId: `s${i}`,
    parentSpanId: i === 0 ? null : `s${i - 1}`,
  }));
  expect(buildTree({ traceId: "t", spans })?.nodes.length).toBe(10_000);
});
