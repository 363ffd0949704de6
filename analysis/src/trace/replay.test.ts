import { expect, test } from "vitest";
import { type SpanSketch, sketch } from "../testing/spans.js";
import { replay } from "./replay.js";
import { buildTree } from "./tree.js";

/** Milliseconds that the request takes when the named spans keep only the given part of their own time. */
function replayed(root: SpanSketch, kept: Record<string, number>): number {
  const tree = buildTree(sketch(root));
  if (tree === null) throw new Error("no tree");
  return replay(tree, (node, ownUs) => ownUs * (kept[node.span.name] ?? 1)) / 1000;
}

const sequence: SpanSketch = {
  name: "root",
  from: 0,
  to: 100,
  children: [
    { name: "a", from: 10, to: 40 },
    { name: "b", from: 50, to: 90 },
  ],
};
const parallel: SpanSketch = {
  name: "root",
  from: 0,
  to: 100,
  children: [
    { name: "a", from: 10, to: 90 },
    { name: "b", from: 10, to: 70 },
  ],
};

test("nothing changed, nothing gained", () => {
  for (const root of [sequence, parallel]) expect(replayed(root, {})).toBe(100);
});

test("in a sequence the whole of it is gained, and what follows moves up", () => {
  expect(replayed(sequence, { a: 0 })).toBe(70);
  expect(replayed(sequence, { a: 0.5, b: 0 })).toBe(45);
});

test("in parallel, only until the other branch is the longest", () => {
  expect(replayed(parallel, { a: 0 })).toBe(80);
  expect(replayed(parallel, { a: 0, b: 0 })).toBe(20);
  expect(replayed(parallel, { b: 0 })).toBe(100);
});

test("a span's own time shrinks around its children", () => {
  expect(replayed(sequence, { root: 0 })).toBe(70);
});

test("deep down, through a call and its callee", () => {
  const query: SpanSketch = { name: "query", from: 30, to: 80, kind: "client" };
  const handle: SpanSketch = { name: "handle", from: 20, to: 90, service: "api", kind: "server", children: [query] };
  const root: SpanSketch = {
    name: "root",
    from: 0,
    to: 100,
    children: [{ name: "call", from: 10, to: 95, kind: "client", children: [handle] }],
  };
  expect(replayed(root, { query: 0.1 })).toBe(55);
  expect(replayed(root, { call: 0 })).toBe(85);
});

test("a callee that its caller gave up on counts as long as it was waited for", () => {
  const handle: SpanSketch = { name: "handle", from: 20, to: 500, service: "api", kind: "server" };
  const root: SpanSketch = {
    name: "root",
    from: 0,
    to: 100,
    children: [{ name: "call", from: 10, to: 90, kind: "client", children: [handle] }],
  };
  expect(replayed(root, {})).toBe(100);
  expect(replayed(root, { handle: 0 })).toBe(30);
});
