import { expect, test } from "vitest";
import { diagnose } from "../diagnose.js";
import type { AnalysisInput } from "../model.js";
import { simulateShop } from "../testing/shop.js";
import { buildRequests } from "./requests.js";
import { warmUpEnd } from "./warm-up.js";

function cutOf({ traces, window }: AnalysisInput): number | null {
  return warmUpEnd(buildRequests(traces, "gateway"), window);
}

/** The shop, in whose first seconds every request takes longer. */
function coldStart(seconds: number, factor: number): AnalysisInput {
  const input = simulateShop({});
  const endUs = (input.window.startMs + seconds * 1000) * 1000;
  const traces = input.traces.map((trace) => ({
    ...trace,
    spans: trace.spans.map((span) =>
      (trace.spans[0]?.startUs ?? 0) < endUs ? { ...span, durationUs: span.durationUs * factor } : span,
    ),
  }));
  return { ...input, traces };
}

test("a slow start is left out, and said", () => {
  const input = coldStart(6, 100);
  expect(((cutOf(input) ?? 0) - input.window.startMs) / 1000).toBeCloseTo(6, 0);
  const { findings, verdict, warmUpSeconds } = diagnose(input);
  expect(findings, verdict).toEqual([]);
  expect(warmUpSeconds).toBeCloseTo(6, 0);
});

test("what stays slow stays in", () => {
  for (const input of [
    coldStart(40, 100),
    coldStart(25, 100),
    coldStart(0, 1),
    coldStart(6, 1.2),
    simulateShop({ poolSize: 2, holdMs: 110 }),
  ]) {
    expect(cutOf(input)).toBeNull();
  }
});

test("a start with more load is slow because of that", () => {
  const input = coldStart(6, 100);
  const more = input.traces.filter(({ spans }) => (spans[0]?.startUs ?? 0) < (input.window.startMs + 6000) * 1000);
  const twice = more.map(({ traceId, spans }) => ({ traceId: `${traceId}x`, spans }));
  expect(cutOf({ ...input, traces: [...input.traces, ...twice] })).toBeNull();
});
