import { describe, expect, test } from "vitest";
import type { Samples } from "../k6/measurements.js";
import { capacityOf } from "./capacity.js";
import { geometricStaircase, linearStaircase } from "./staircase.js";
import { type KneeStep, stepsOf } from "./steps.js";
import { overload } from "./stop-rule.js";
import { kneeVerdict } from "./verdict.js";

const limits = { failedShareMax: 0.02, p95MaxMs: 1000 };

test("staircases end at their last rate", () => {
  expect(geometricStaircase(5, 50, 2, 4)).toEqual({ rates: [5, 10, 20, 40, 50], stepSeconds: 4 });
  expect(linearStaircase(10, 20, 3, 4).rates).toEqual([10, 15, 20]);
});

/** A server that answers at most `capacity` requests a second, in order; evenly spaced arrivals, two requests each. */
function climb(
  rates: readonly number[],
  stepSeconds: number,
  capacity: number,
): { samples: Samples; iterations: number } {
  const [endMs, durationMs]: [number[], number[]] = [[], []];
  let freeAt = 0;
  let iterations = 0;
  for (const [step, rate] of rates.entries()) {
    for (let at = step * stepSeconds; at < (step + 1) * stepSeconds - 1e-9; at += 1 / rate) {
      iterations++;
      for (const arrival of [at, at]) {
        freeAt = Math.max(arrival, freeAt) + 1 / capacity;
        endMs.push(freeAt * 1000);
        durationMs.push((freeAt - arrival) * 1000);
      }
    }
  }
  const zeros = new Float64Array(endMs.length);
  return {
    iterations,
    samples: {
      endpoints: [{ method: "GET", name: "/" }],
      endpoint: zeros,
      failed: zeros,
      endMs: Float64Array.from(endMs),
      durationMs: Float64Array.from(durationMs),
    },
  };
}

describe("steps", () => {
  const staircase = linearStaircase(10, 80, 8, 10);
  const { samples, iterations } = climb(staircase.rates, 10, 100);
  const steps = stepsOf(samples, iterations, staircase);

  test("count requests, also of scripts that make several an iteration", () => {
    expect(steps[0]).toMatchObject({ offered: 10, failedShare: 0 });
    expect(steps[0]?.offeredRequests).toBeCloseTo(20, 1);
    expect(steps[0]?.throughput).toBeCloseTo(20, 0);
    // Little's law: two at once, the first in service for 10 ms, the second for 20.
    expect(steps[0]?.concurrency).toBeCloseTo(20 * 0.015, 1);
  });

  test("the capacity is what was answered, between what was kept up with and what was not", () => {
    const { capacity, capacityRange, kneeRate } = capacityOf(steps, limits);
    expect(capacity).toBeGreaterThan(90);
    expect(capacity).toBeLessThan(110);
    expect(capacityRange[0]).toBeLessThanOrEqual(101);
    expect(capacityRange[1]).toBeCloseTo(120, 0);
    expect(kneeRate).toBeGreaterThan(80);
    expect(kneeRate).toBeLessThan(130);
  });
});

test("a step is over the limits for one reason, in words", () => {
  const step: KneeStep = {
    startMs: 0,
    endMs: 1000,
    offered: 10,
    offeredRequests: 10,
    throughput: 10,
    goodput: 10,
    p50Ms: 5,
    p95Ms: 10,
    failedShare: 0,
    concurrency: 0.05,
  };
  expect(overload(step, limits)).toBeUndefined();
  expect(overload({ ...step, failedShare: 0.03 }, limits)).toBe("too many requests fail");
  expect(overload({ ...step, p95Ms: 1001 }, limits)).toBe("the p95 is above its ceiling");
  expect(overload({ ...step, throughput: 8.9 }, limits)).toBe("it can't keep up");
});

test("the verdict names what fills first and what comes next, and does not make things up", () => {
  const use = {
    service: "a",
    instance: "",
    kind: "event-loop",
    servers: 1,
    demandSeconds: 0.01,
    utilization: 0.5,
  } as const;
  const pool = { ...use, name: "connection pool of a (2 connections)", capacity: 101, utilization: 1 };
  const loop = { ...use, name: "event loop of a", capacity: 250 };
  const facts = { capacity: 100.4, kneeRate: 80, resources: [pool, loop], isLimitFound: true };
  expect(kneeVerdict({ ...facts, saturated: pool.name })).toBe(
    "It takes 100 req/s, latency climbs from 80 req/s; the connection pool of a (2 connections) fills first; next would be the event loop of a, at about 250 req/s.",
  );
  expect(kneeVerdict({ ...facts, resources: [], kneeRate: null, saturated: null })).toBe(
    "It takes 100 req/s; the telemetry does not show what fills first.",
  );
  expect(kneeVerdict({ ...facts, saturated: null, isLimitFound: false })).toBe(
    "It took 100 req/s and its limit was not reached.",
  );
});
