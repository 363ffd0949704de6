import { expect, test } from "vitest";
import { diagnose } from "../diagnose.js";
import type { AnalysisInput } from "../model.js";
import { simulateShop } from "../testing/shop.js";

/** A healthy shop whose load generator waits for longer than the gateway's spans last. */
function seenFromOutside(waitMsAt: (second: number) => number): AnalysisInput {
  const input = simulateShop({});
  const course = Array.from({ length: 40 }, (_, second) => ({
    timeMs: input.window.startMs + second * 1000,
    p95Ms: 13 + waitMsAt(second),
  }));
  const p95Ms = Math.max(...course.map((step) => step.p95Ms));
  return { ...input, load: { ...input.load!, p95Ms, course } };
}

test("requests that wait before the first span begins, all the time", () => {
  const { findings, verdict } = diagnose(seenFromOutside(() => 400));
  expect(
    findings.map(({ kind }) => kind),
    verdict,
  ).toEqual(["front-queue"]);
  expect(findings[0]?.cost.p95Ms).toBeCloseTo(400, -1);
});

test("a hiccup of the load generator is no queue", () => {
  expect(diagnose(seenFromOutside((second) => (second < 12 ? 2000 : 0))).findings).toEqual([]);
});
