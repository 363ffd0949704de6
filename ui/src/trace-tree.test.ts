import { expect, test } from "vitest";
import type { Span, Trace } from "./api/jaeger.js";
import { buildRows, summarize, visibleRows } from "./trace-tree.js";

function span(id: string, parent: string, startTime: number, duration: number, tags: Span["tags"] = []): Span {
  return {
    spanID: id,
    operationName: id,
    references: parent === "" ? [] : [{ refType: "CHILD_OF", traceID: "t", spanID: parent }],
    startTime,
    duration,
    tags,
    logs: [],
    processID: id.startsWith("db") ? "p2" : "p1",
  };
}

const trace = (...spans: Span[]): Trace => ({
  traceID: "t",
  spans,
  processes: { p1: { serviceName: "gateway" }, p2: { serviceName: "orders" } },
});

const shape = (rows: ReturnType<typeof buildRows>): string =>
  rows.map((row) => `${"-".repeat(row.depth)}${row.span.spanID}:${row.descendants}`).join(" ");

test("a parent stands before its children, and children in the order of their start", () => {
  const rows = buildRows(
    trace(
      span("late", "root", 50, 10),
      span("db", "early", 20, 5),
      span("early", "root", 10, 30),
      span("root", "", 0, 100),
    ),
  );
  expect(shape(rows)).toBe("root:3 -early:1 --db:0 -late:0");
  expect(rows[1]).toMatchObject({ offset: 0.1, width: 0.3, service: "gateway" });
  expect(rows[2]?.service).toBe("orders");
});

test("spans without their parent and spans in a circle are shown", () => {
  const rows = buildRows(trace(span("a", "b", 0, 1), span("b", "a", 0, 1), span("orphan", "gone", 0, 1)));
  expect(rows.map((row) => row.span.spanID).sort()).toEqual(["a", "b", "orphan"]);
});

test("a folded span hides what is below it", () => {
  const rows = buildRows(
    trace(span("root", "", 0, 9), span("a", "root", 1, 2), span("a1", "a", 1, 1), span("b", "root", 5, 1)),
  );
  expect(shape(visibleRows(rows, new Set(["a"])))).toBe("root:3 -a:1 -b:0");
});

test("a summary counts errors in both spellings", () => {
  const summary = summarize(
    trace(
      span("root", "", 1000, 50),
      span("db1", "root", 1010, 100, [{ key: "error", value: true }]),
      span("db2", "root", 1020, 5, [{ key: "otel.status_code", value: "ERROR" }]),
    ),
  );
  expect(summary).toMatchObject({
    rootOperation: "root",
    rootService: "gateway",
    durationUs: 110,
    rootDurationUs: 50,
    errorCount: 2,
    spanCount: 3,
  });
  expect([...summary.services]).toEqual([
    ["gateway", 1],
    ["orders", 2],
  ]);
});

test("a deep and wide trace takes no recursion and no quadratic time", () => {
  const chain = Array.from({ length: 20_000 }, (_, i) => span(`c${i}`, i === 0 ? "" : `c${i - 1}`, i, 1));
  expect(buildRows(trace(...chain)).map((row) => row.descendants)).toEqual(chain.map((_, i) => 19_999 - i));
  const fan = [
    span("root", "", 0, 9),
    ...chain.slice(1).map((s) => ({ ...s, references: [{ refType: "CHILD_OF", traceID: "t", spanID: "root" }] })),
  ];
  expect(buildRows(trace(...fan))[0]?.descendants).toBe(19_999);
});
