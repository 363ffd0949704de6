import type { LoadReport } from "@venturi/loadtest";
import { expect, test } from "vitest";
import { prediction, predictionLines } from "./prediction.js";

function report(operations: Record<string, number>, gain?: { before: number; after: number }): LoadReport {
  const diagnosis = {
    findings: gain === undefined ? [] : [{ title: "orders waits", expectedGain: { text: "", p95Ms: gain } }],
    focus: { service: "gateway", operations: ["POST /orders"], p50Ms: 10, p95Ms: gain?.before ?? 0 },
    operations: Object.entries(operations).map(([operation, p95Ms]) => ({ operation, p95Ms })),
  };
  return { diagnosis } as unknown as LoadReport;
}

test("the predicted gain is held against the measured one, of the same operations", () => {
  const before = report({ "POST /orders": 400, "GET /": 20 }, { before: 400, after: 160 });
  const after = report({ "POST /orders": 100, "GET /": 300 });
  expect(prediction(before, after)).toEqual({
    beforeMs: 400,
    predictedMs: 160,
    measuredMs: 100,
    gainError: -0.19999999999999996,
  });
  expect(predictionLines(before, after).join("\n")).toBe(
    "\norders waits, fixed: p95 400 ms before; predicted 160 ms, measured 100 ms after.\nThe predicted gain is 20 % below the measured one.",
  );
});

test("a fix without a gain, and a run without a finding, are said to be", () => {
  const before = report({ "POST /orders": 400 }, { before: 400, after: 160 });
  expect(predictionLines(before, report({ "POST /orders": 410 })).at(-1)).toContain("the prediction was wrong");
  expect(predictionLines(report({}), report({})).at(-1)).toContain("named nothing to fix");
  expect(prediction(before, report({ "GET /": 1 }))).toBeNull();
});
