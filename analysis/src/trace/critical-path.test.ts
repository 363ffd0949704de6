import { describe, expect, test } from "vitest";
import { blame } from "../testing/blame.js";
import type { SpanSketch } from "../testing/spans.js";

const server = { kind: "server" } as const;
const client = { kind: "client" } as const;

describe("one process", () => {
  test("a span alone owns its time", () => {
    expect(blame({ name: "root", from: 0, to: 100 })).toEqual({ root: 100 });
  });

  test("a child in the middle: the parent keeps both ends", () => {
    expect(blame({ name: "root", from: 0, to: 100, children: [{ name: "a", from: 20, to: 70 }] })).toEqual({
      root: 50,
      a: 50,
    });
  });

  test("children one after the other all count", () => {
    const children = [
      { name: "a", from: 10, to: 40 },
      { name: "b", from: 50, to: 90 },
    ];
    expect(blame({ name: "root", from: 0, to: 100, children })).toEqual({ root: 30, a: 30, b: 40 });
  });

  test("of parallel children only the last to finish counts", () => {
    const children = [
      { name: "quick", from: 10, to: 30 },
      { name: "slow", from: 10, to: 90 },
    ];
    expect(blame({ name: "root", from: 0, to: 100, children })).toEqual({ root: 20, slow: 80 });
  });

  test("a fan-out, then a step that needs it: the slowest branch, then the step", () => {
    const children = [
      { name: "a", from: 0, to: 20 },
      { name: "b", from: 0, to: 60 },
      { name: "c", from: 0, to: 40 },
      { name: "join", from: 60, to: 100 },
    ];
    expect(blame({ name: "root", from: 0, to: 100, children })).toEqual({ b: 60, join: 40 });
  });

  test("a staggered overlap: the earlier child owns the time before the later one began", () => {
    const children = [
      { name: "a", from: 10, to: 60 },
      { name: "b", from: 50, to: 90 },
    ];
    expect(blame({ name: "root", from: 0, to: 100, children })).toEqual({ root: 20, a: 40, b: 40 });
  });

  test("sequential children that overlap by the clock's resolution stay sequential", () => {
    const children = [
      { name: "a", from: 0, to: 50.2 },
      { name: "b", from: 50, to: 100 },
    ];
    expect(blame({ name: "root", from: 0, to: 100, children })).toEqual({ a: 50, b: 50 });
  });

  test("depth: each level owns what its children leave", () => {
    const deep = {
      name: "a",
      from: 10,
      to: 90,
      children: [{ name: "b", from: 20, to: 80, children: [{ name: "c", from: 30, to: 40 }] }],
    };
    expect(blame({ name: "root", from: 0, to: 100, children: [deep] })).toEqual({ root: 20, a: 20, b: 50, c: 10 });
  });

  test("a child within a parallel loser owns nothing", () => {
    const loser = { name: "loser", from: 0, to: 50, children: [{ name: "inner", from: 10, to: 45 }] };
    expect(blame({ name: "root", from: 0, to: 100, children: [loser, { name: "winner", from: 0, to: 100 }] })).toEqual({
      winner: 100,
    });
  });

  test("retries of a failed call count one by one, with the pauses between as the caller's", () => {
    const attempt = (name: string, from: number): SpanSketch => ({ name, from, to: from + 20, error: true, ...client });
    const children = [attempt("try1", 5), attempt("try2", 35), { ...attempt("try3", 75), error: false }];
    expect(blame({ name: "root", from: 0, to: 100, children })).toEqual({ root: 40, try1: 20, try2: 20, try3: 20 });
  });

  test("zero-length and inverted children are harmless", () => {
    const children = [
      { name: "empty", from: 50, to: 50 },
      { name: "inverted", from: 60, to: 40 },
    ];
    expect(blame({ name: "root", from: 0, to: 100, children })).toEqual({ root: 100 });
  });

  test("a pool's queries that run two at a time: the chain through the longer ones", () => {
    const children = [
      { name: "q1", from: 0, to: 30 },
      { name: "q2", from: 0, to: 40 },
      { name: "q3", from: 30, to: 70 },
      { name: "q4", from: 40, to: 60 },
    ];
    expect(blame({ name: "root", from: 0, to: 70, children })).toEqual({ q1: 30, q3: 40 });
  });
});

describe("between processes", () => {
  const call = (handled: Partial<SpanSketch>): SpanSketch => ({
    name: "call",
    from: 10,
    to: 90,
    ...client,
    children: [{ name: "handle", from: 30, to: 70, service: "api", ...server, ...handled }],
  });

  test("a call owns what its callee does not: the hop", () => {
    expect(blame({ name: "root", from: 0, to: 100, ...server, children: [call({})] })).toEqual({
      root: 20,
      call: 40,
      handle: 40,
    });
  });

  test("clock skew: a callee that seems to run before its call is moved into it", () => {
    expect(blame({ name: "root", from: 0, to: 100, children: [call({ from: -500, to: -460 })] })).toEqual({
      root: 20,
      call: 40,
      handle: 40,
    });
  });

  test("clock skew moves what hangs below along", () => {
    const below = [{ name: "query", from: 1010, to: 1030, ...client }];
    expect(
      blame({ name: "root", from: 0, to: 100, children: [call({ from: 1000, to: 1040, children: below })] }),
    ).toEqual({ root: 20, call: 40, handle: 20, query: 20 });
  });

  test("a caller that gave up: the callee owns the call until then, and nothing after", () => {
    expect(blame({ name: "root", from: 0, to: 100, children: [call({ from: 20, to: 500 })] })).toEqual({
      root: 20,
      call: 10,
      handle: 70,
    });
  });
});

describe("asynchronous work", () => {
  test("a consumer that runs on after the answer owns nothing, nor does its work", () => {
    const consumer: SpanSketch = {
      name: "consume",
      from: 60,
      to: 900,
      service: "worker",
      kind: "consumer",
      children: [{ name: "work", from: 70, to: 800 }],
    };
    const publish: SpanSketch = { name: "publish", from: 40, to: 50, kind: "producer", children: [consumer] };
    expect(blame({ name: "root", from: 0, to: 100, children: [publish] })).toEqual({ root: 90, publish: 10 });
  });

  test("a consumer that ends in time owns nothing either: the request did not wait for it", () => {
    const publish: SpanSketch = {
      name: "publish",
      from: 10,
      to: 20,
      kind: "producer",
      children: [{ name: "consume", from: 20, to: 90, service: "worker", kind: "consumer" }],
    };
    expect(blame({ name: "root", from: 0, to: 100, children: [publish] })).toEqual({ root: 90, publish: 10 });
  });

  test("fire and forget: work that outlives every span of its process was not waited for", () => {
    expect(
      blame({ name: "root", from: 0, to: 100, children: [{ name: "log", from: 30, to: 400, ...client }] }),
    ).toEqual({ root: 100 });
  });

  test("a middleware's span ends at next(): what hangs below it moves up to whoever was open", () => {
    const middleware = {
      name: "middleware",
      from: 1,
      to: 2,
      children: [{ name: "query", from: 10, to: 90, ...client }],
    };
    expect(blame({ name: "root", from: 0, to: 100, ...server, children: [middleware] })).toEqual({
      root: 19,
      middleware: 1,
      query: 80,
    });
  });

  test("a parent that ends a moment before its child still waited for it", () => {
    const handler = { name: "handler", from: 0, to: 89.8, children: [{ name: "query", from: 10, to: 90, ...client }] };
    expect(blame({ name: "root", from: 0, to: 100, children: [handler] })).toEqual({
      root: 10.2,
      handler: 10,
      query: 79.8,
    });
  });
});

describe("missing spans", () => {
  test("the root was called by something not traced", () => {
    expect(blame({ name: "root", from: 0, to: 100, lostParent: true, ...server })).toEqual({ root: 100 });
  });

  test("a callee whose server span was lost: its work goes below the call that encloses it", () => {
    const call = { name: "call", from: 10, to: 90, ...client };
    const query: SpanSketch = { name: "query", from: 30, to: 60, service: "api", ...client };
    expect(blame({ name: "root", from: 0, to: 100, ...server, children: [call] }, query)).toEqual({
      root: 20,
      call: 50,
      query: 30,
    });
  });

  test("a lost span within a process: what hung below goes to the request's handler there", () => {
    const handle: SpanSketch = { name: "handle", from: 20, to: 80, service: "api", ...server };
    const call: SpanSketch = { name: "call", from: 10, to: 90, ...client, children: [handle] };
    const query: SpanSketch = { name: "query", from: 30, to: 60, service: "api", ...client };
    expect(blame({ name: "root", from: 0, to: 100, children: [call] }, query)).toEqual({
      root: 20,
      call: 20,
      handle: 30,
      query: 30,
    });
  });

  test("an orphan outside the request is left out", () => {
    expect(blame({ name: "root", from: 0, to: 100 }, { name: "late", from: 150, to: 160 })).toEqual({ root: 100 });
  });
});
