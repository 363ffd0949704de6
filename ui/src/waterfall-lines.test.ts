import { expect, test } from "vitest";
import { logLines } from "./api/loki.js";
import { buildRows } from "./trace-tree.js";
import { buildLines, criticalStretches, logsBySpan } from "./waterfall-lines.js";

const span = (spanID: string, startTime: number, duration: number, parent = "") => ({
  spanID,
  operationName: spanID,
  references: parent === "" ? [] : [{ refType: "CHILD_OF", traceID: "t", spanID: parent }],
  startTime,
  duration,
  tags: [],
  logs: [],
  processID: "p",
});
const trace = { traceID: "t", spans: [span("a", 1000, 100), span("b", 1020, 40, "a")], processes: {} };
const extent = { startUs: 1000, durationUs: 100 };

test("streams of log lines become one list in order of time", () => {
  const stream = (span_id: string, ...values: [string, string][]) => ({
    stream: { service_name: "shop", span_id, detected_level: "info" },
    values,
  });
  const lines = logLines({ data: { result: [stream("a", ["1080000", "two"]), stream("b", ["1030000", "one"])] } });
  expect(lines).toEqual([
    { timeUs: 1030, service: "shop", spanId: "b", level: "info", text: "one" },
    { timeUs: 1080, service: "shop", spanId: "a", level: "info", text: "two" },
  ]);
});

test("a span is followed by its logs; those of unknown spans stand below the root", () => {
  const rows = buildRows(trace);
  const log = (spanId: string, timeUs: number) => ({ timeUs, service: "", spanId, level: "", text: spanId });
  const logs = logsBySpan([log("b", 1030), log("lost", 5000), log("a", 1010)], rows);
  const lines = buildLines(rows, new Map(), logs, extent);
  expect(lines.map((line) => (line.kind === "log" ? [line.log.text, line.offset] : line.row.span.spanID))).toEqual([
    "a",
    ["lost", 1],
    ["a", 0.1],
    "b",
    ["b", 0.3],
  ]);
});

test("the critical path is marked on the spans that it goes through", () => {
  const segment = (spanId: string, startUs: number, durationUs: number) => ({
    spanId,
    startUs,
    durationUs,
    service: "",
    operation: "",
  });
  const segments = [segment("a", 1000, 20), segment("b", 1020, 40), segment("a", 1060, 40)];
  const stretches = criticalStretches(segments, extent);
  expect(stretches.get("b")).toEqual([{ offset: 0.2, width: 0.4 }]);
  expect(stretches.get("a")).toEqual([
    { offset: 0, width: 0.2 },
    { offset: 0.6, width: 0.4 },
  ]);
});
