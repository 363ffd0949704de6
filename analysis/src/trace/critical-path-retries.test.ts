import { expect, test } from "vitest";
import { blame } from "../testing/blame.js";
import type { SpanSketch } from "../testing/spans.js";

/** A call to another service, with the callee's side of it. */
function call(name: string, from: number, to: number, service: string, inside: readonly [number, number]): SpanSketch {
  const [start, end] = inside;
  const callee = { name: `${name}:${service}`, from: start, to: end, service, kind: "server" } as const;
  return { name, from, to, kind: "client", children: [callee] };
}

const root = (to: number, ...children: SpanSketch[]): SpanSketch => ({
  name: "root",
  from: 0,
  to,
  kind: "server",
  children,
});

test("a retry: both attempts are owed what they took, the pause between them is the caller's", () => {
  const first = { ...call("try1", 0, 30, "b", [5, 28]), error: true };
  expect(blame(root(100, first, call("try2", 50, 95, "b", [55, 90])))).toEqual({
    root: 25,
    try1: 7,
    "try1:b": 23,
    try2: 10,
    "try2:b": 35,
  });
});

test("an attempt that timed out at the caller while the callee worked on: only until the caller gave up", () => {
  const given = call("try1", 0, 40, "b", [2, 80]);
  expect(blame(root(60, given, call("try2", 40, 55, "b", [42, 54])))).toEqual({
    root: 5,
    try1: 2,
    "try1:b": 38,
    try2: 3,
    "try2:b": 12,
  });
});

test("a hedged request: the slower twin that was still running at the end is not owed the winner's time", () => {
  const hedge = call("hedge", 20, 45, "b", [22, 44]);
  const slow = call("slow", 0, 45, "b", [2, 90]);
  const owed = blame(root(50, slow, hedge));
  expect(Object.values(owed).reduce((sum, ms) => sum + ms, 0)).toBe(50);
  expect(owed.root).toBe(5);
});

test("three attempts in a row with growing pauses", () => {
  const tries = [
    { name: "a", from: 0, to: 10 },
    { name: "b", from: 20, to: 30 },
    { name: "c", from: 60, to: 70 },
  ];
  expect(blame(root(70, ...tries))).toEqual({ a: 10, b: 10, c: 10, root: 40 });
});

test("a cache miss, then the query that fills it", () => {
  const children = [
    { name: "cache", from: 0, to: 2 },
    { name: "query", from: 2, to: 42 },
    { name: "store", from: 42, to: 44 },
  ];
  expect(blame(root(45, ...children))).toEqual({ cache: 2, query: 40, store: 2, root: 1 });
});

test("two fan-outs, one after the other, each with another slowest branch", () => {
  const children = [
    { name: "a1", from: 0, to: 30 },
    { name: "b1", from: 0, to: 10 },
    { name: "a2", from: 30, to: 40 },
    { name: "b2", from: 30, to: 70 },
  ];
  expect(blame(root(80, ...children))).toEqual({ a1: 30, b2: 40, root: 10 });
});

test("a slow branch that hides behind a slower one is owed nothing, however deep it goes", () => {
  const hidden = { name: "hidden", from: 0, to: 89, children: [{ name: "deep", from: 1, to: 88 }] };
  expect(blame(root(100, hidden, { name: "slowest", from: 0, to: 100 }))).toEqual({ slowest: 100 });
});

test("a pipeline whose stages overlap: the time before the last one began is owed to the one that began first", () => {
  const stages = [
    { name: "read", from: 0, to: 50 },
    { name: "parse", from: 10, to: 60 },
    { name: "write", from: 20, to: 80 },
  ];
  expect(blame(root(80, ...stages))).toEqual({ read: 20, write: 60 });
});
