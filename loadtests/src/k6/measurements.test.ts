import { expect, test } from "vitest";
import { endpointLabel, endpointName } from "./endpoint-name.js";
import { Measurements } from "./measurements.js";

function row(timestamp: number, metric_value: number, more: Record<string, string> = {}): Record<string, string> {
  return {
    metric_name: "http_req_duration",
    timestamp: String(timestamp),
    metric_value: String(metric_value),
    method: "GET",
    name: "a",
    url: "http://x/a",
    status: "200",
    ...more,
  };
}

test("exact percentiles, per endpoint and together", () => {
  const measurements = new Measurements();
  for (let i = 1; i <= 100; i++) measurements.add(row(10_000 + i * 100, i));
  for (let i = 1; i <= 20; i++) measurements.add(row(10_000 + i * 500, 200, { name: "b", method: "POST" }));
  const summary = measurements.summary();
  expect(summary?.requests).toBe(120);
  expect(summary?.endpoints.map(({ name, requests, p50Ms, maxMs }) => [name, requests, p50Ms, maxMs])).toEqual([
    ["a", 100, 50.5, 100],
    ["b", 20, 200, 200],
  ]);
  expect(summary?.endpoints[0]?.p95Ms).toBeCloseTo(95.05, 9);
  expect(summary?.ratePerSecond).toBeCloseTo(120 / ((20_000 - 10_099) / 1000), 1);
});

test("k6 says what failed; without its tag the status does", () => {
  const measurements = new Measurements();
  measurements.add(row(1000, 1, { status: "404", expected_response: "true" }));
  measurements.add(row(1000, 1, { status: "200", expected_response: "false" }));
  measurements.add(row(1000, 1, { status: "503" }));
  measurements.add(row(1000, 1, { status: "0", error_code: "1212" }));
  expect(measurements.summary()?.failed).toBe(3);
});

test("the course in buckets: no dip at the end, gaps stay gaps", () => {
  const measurements = new Measurements();
  for (let i = 0; i < 40; i++) if (i < 10 || i >= 20) measurements.add(row(i * 100, 10));
  for (let i = 0; i < 2; i++) measurements.add(row(4000 + i * 100, 10));
  const timeline = measurements.timeline();
  expect(timeline).toHaveLength(4);
  expect(timeline.map(({ p50Ms }) => p50Ms)).toEqual([10, null, 10, 10]);
  expect(timeline.at(-1)?.ratePerSecond).toBeGreaterThan(9);
  for (let i = 0; i < 10_000; i++) measurements.add(row(i * 100, 10));
  expect(measurements.timeline().length).toBeLessThanOrEqual(120);
});

test("recent load, dropped iterations, virtual users", () => {
  const measurements = new Measurements();
  expect([measurements.recent(5), measurements.summary()]).toEqual([null, null]);
  measurements.add({ metric_name: "vus", timestamp: "1", metric_value: "12" });
  measurements.add({ metric_name: "dropped_iterations", timestamp: "1", metric_value: "3" });
  for (let i = 1; i <= 200; i++) measurements.add(row(i * 100, i <= 150 ? 1000 : 10));
  expect(measurements.recent(4)).toMatchObject({ virtualUsers: 12, p95Ms: 10, failedShare: 0 });
  expect(measurements.recent(4)?.ratePerSecond).toBeCloseTo(10, 0);
  expect(measurements.summary()?.droppedIterations).toBe(3);
});

test("a script with an id in every name does not make a table of them", () => {
  const measurements = new Measurements();
  for (let i = 0; i < 1000; i++) measurements.add(row(i, 1, { name: `call ${i}` }));
  expect(measurements.summary()?.endpoints.length).toBeLessThanOrEqual(201);
  expect(measurements.summary()?.requests).toBe(1000);
});

test("endpoints are named by the script, else by the URL without what varies", () => {
  const url = (path: string): string => endpointName(`http://x${path}`, `http://x${path}`);
  expect([url("/products/42?page=2"), url("/o/0199b2a4-7f3e-7a61-9a52-7f3e7a619a52/items"), url("/v1/search")]).toEqual(
    ["/products/{id}", "/o/{id}/items", "/v1/search"],
  );
  expect(endpointName("checkout", "http://x/y")).toBe("checkout");
  expect([
    endpointLabel({ method: "GET", name: "GET /a" }),
    endpointLabel({ method: "GET", name: "/a" }),
    endpointLabel({ method: "", name: "x" }),
  ]).toEqual(["GET /a", "GET /a", "x"]);
});
