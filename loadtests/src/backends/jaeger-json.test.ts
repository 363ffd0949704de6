import { expect, test } from "vitest";
import { type JaegerTrace, toTrace } from "./jaeger-json.js";

const trace: JaegerTrace = {
  traceID: "t1",
  spans: [
    {
      traceID: "t1",
      spanID: "a",
      operationName: "GET /x",
      references: [],
      startTime: 1_700_000_000_000_000,
      duration: 1500,
      processID: "p1",
      tags: [
        { key: "span.kind", value: "server" },
        { key: "http.response.status_code", value: 503 },
        { key: "error", value: true },
        { key: "odd", value: { nested: 1 } },
      ],
    },
    {
      traceID: "t1",
      spanID: "b",
      operationName: "pg.query",
      startTime: 1_700_000_000_000_100,
      duration: 300,
      processID: "p2",
      references: [
        { refType: "FOLLOWS_FROM", traceID: "t0", spanID: "z" },
        { refType: "CHILD_OF", traceID: "t1", spanID: "a" },
      ],
      tags: [{ key: "span.kind", value: "client" }],
    },
  ],
  processes: {
    p1: { serviceName: "web", tags: [{ key: "service.instance.id", value: "web-7" }] },
    p2: { serviceName: "db", tags: null },
  },
};

test("spans, parents, processes, tags", () => {
  expect(toTrace(trace)).toEqual({
    traceId: "t1",
    spans: [
      {
        traceId: "t1",
        spanId: "a",
        parentSpanId: null,
        service: "web",
        instance: "web-7",
        name: "GET /x",
        kind: "server",
        startUs: 1_700_000_000_000_000,
        durationUs: 1500,
        error: true,
        attributes: { "span.kind": "server", "http.response.status_code": 503, error: true },
      },
      {
        traceId: "t1",
        spanId: "b",
        parentSpanId: "a",
        service: "db",
        instance: "",
        name: "pg.query",
        kind: "client",
        startUs: 1_700_000_000_000_100,
        durationUs: 300,
        error: false,
        attributes: { "span.kind": "client" },
      },
    ],
  });
});

test("a link is no parent, and a parent in another trace neither", () => {
  const links = [
    { refType: "FOLLOWS_FROM", traceID: "t1", spanID: "a" },
    { refType: "CHILD_OF", traceID: "t2", spanID: "a" },
  ];
  expect(
    toTrace({ traceID: "t1", spans: [{ spanID: "c", startTime: 1, references: links }] })?.spans[0]?.parentSpanId,
  ).toBeNull();
});

test("what is missing does no harm", () => {
  expect(toTrace({})).toBeNull();
  expect(toTrace({ traceID: "t", spans: null })).toBeNull();
  expect(toTrace({ traceID: "t", spans: [{ spanID: "x" }] })).toBeNull();
  expect(
    toTrace({ traceID: "t", spans: [{ spanID: "x", startTime: 5, tags: [{ key: "span.kind", value: "odd" }] }] })
      ?.spans[0],
  ).toMatchObject({ service: "unknown", kind: "internal", durationUs: 0, name: "" });
});
