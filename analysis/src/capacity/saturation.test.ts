import { expect, test } from "vitest";
import type { TimeSeries } from "../model.js";
import { type LoadStep, resourceUses } from "./saturation.js";

/** Ten seconds at each rate, a sample every two; beyond `full` the throughput stays. */
function steps(rates: readonly number[], full: number): LoadStep[] {
  return rates.map((rate, index) => ({
    startMs: index * 10_000,
    endMs: index * 10_000 + 9_999,
    throughput: Math.min(rate, full),
  }));
}

function gauge(labels: Record<string, string>, load: readonly LoadStep[], busy: (x: number) => number): TimeSeries {
  const points = load.flatMap(({ startMs, throughput }) =>
    [1, 3, 5, 7, 9].map((second) => [startMs + second * 1000, busy(throughput)] as const),
  );
  return { labels, points };
}

test("the resource that fills first comes first, with the load that fills it", () => {
  const load = steps([20, 40, 60, 80, 100, 120], 100);
  const used = (x: number): number => Math.min(2, x * 0.02);
  const uses = resourceUses(load, {
    "loop-utilization": [
      gauge({ job: "shop/gateway", instance: "a" }, load, (x) => x * 0.004),
      gauge({ job: "orders", instance: "b" }, load, (x) => x * 0.002),
    ],
    "pool-connections": [
      gauge({ job: "orders", instance: "b", db_client_connection_state: "used" }, load, used),
      gauge({ job: "orders", instance: "b", db_client_connection_state: "idle" }, load, (x) => 2 - used(x)),
    ],
  });
  expect(uses.map(({ name }) => name)).toEqual([
    "connection pool of orders (2 connections)",
    "event loop of gateway",
    "event loop of orders",
  ]);
  expect(uses[0]?.capacity).toBeCloseTo(100, 6);
  expect(uses[0]?.demandSeconds).toBeCloseTo(0.02, 6);
  expect(uses[0]?.utilization).toBe(1);
  expect(uses[1]?.capacity).toBeCloseTo(250, 6);
});

test("what was never used, or not measured in any step, is left out", () => {
  const load = steps([10, 20], 100);
  expect(
    resourceUses(load, {
      "loop-utilization": [gauge({ job: "idle" }, load, () => 0), { labels: { job: "late" }, points: [[1e9, 0.5]] }],
      "pool-max": [{ labels: { job: "empty" }, points: [[1000, 0]] }],
    }),
  ).toEqual([]);
  expect(resourceUses([], {})).toEqual([]);
});
