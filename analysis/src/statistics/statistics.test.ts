import { describe, expect, test } from "vitest";
import { seededRandom } from "../random.js";
import { quantileChange, shareChange } from "./block-bootstrap.js";
import { holm, pairedDifference, pairedRatio } from "./comparison.js";
import { studentTCdf, studentTQuantile } from "./student-t.js";

describe("Student's t", () => {
  // Values as every table of the distribution prints them.
  test.each([
    [0.975, 1, 12.706],
    [0.975, 4, 2.776],
    [0.995, 9, 3.25],
    [0.95, 30, 1.697],
    [0.9999, 5, 9.678],
  ])("the %d quantile with %d degrees of freedom is %d", (p, freedom, expected) => {
    expect(studentTQuantile(p, freedom)).toBeCloseTo(expected, 3);
    expect(studentTQuantile(1 - p, freedom)).toBeCloseTo(-expected, 3);
    expect(studentTCdf(studentTQuantile(p, freedom), freedom)).toBeCloseTo(p, 10);
  });
});

describe("rounds", () => {
  test("a change that all rounds agree on is certain, one that they don't is not", () => {
    const base = [100, 103, 98, 101, 99];
    const slower = pairedRatio(
      base,
      base.map((value, round) => value * (1.1 + ([0.01, -0.01, 0, 0.005, -0.005][round] as number))),
    );
    expect(slower.change).toBeCloseTo(0.1, 2);
    expect(slower.low).toBeGreaterThan(0.08);
    expect(slower.pValue).toBeLessThan(0.001);
    const unsure = pairedRatio(base, [120, 90, 99, 118, 85]);
    expect(unsure.low).toBeLessThan(0);
    expect(unsure.high).toBeGreaterThan(0);
    expect(unsure.pValue).toBeGreaterThan(0.05);
  });

  test("nothing changed is nothing, and one round says nothing", () => {
    expect(pairedDifference([0, 0, 0], [0, 0, 0])).toEqual({ change: 0, low: 0, high: 0, pValue: 1 });
    expect(() => pairedRatio([1], [2])).toThrow("at least 2 are needed");
  });

  test("many comparisons make each of them weigh less", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([])).toEqual([]);
  });
});

describe("two runs", () => {
  /** Latencies whose level wanders from second to second, as a busy server's does. */
  function run(seed: number, factor: number): Float64Array[] {
    const random = seededRandom(seed);
    return Array.from({ length: 30 }, () => {
      const level = 1 + 0.1 * (random() - 0.5);
      return Float64Array.from({ length: 60 }, () => factor * level * (20 - 12 * Math.log(1 - random())));
    });
  }

  test("equal runs differ about as rarely as promised, a tenth more is found", () => {
    let [alarms, found] = [0, 0];
    for (let seed = 1; seed <= 25; seed++) {
      if (quantileChange(run(seed, 1), run(seed + 1000, 1), 0.5, 300, seed).pValue < 0.05) alarms++;
      const slower = quantileChange(run(seed, 1), run(seed + 1000, 1.1), 0.5, 300, seed);
      if (slower.pValue < 0.05 && slower.low > 0 && slower.high < 0.25) found++;
    }
    expect(alarms).toBeLessThanOrEqual(4);
    expect(found).toBeGreaterThanOrEqual(24);
  });

  test("the quantile is that of all values together", () => {
    const one = [Float64Array.from([1, 2, 3, 4]), Float64Array.from([5, 6, 7, 8])];
    const ten = one.map((block) => block.map((value) => value * 10));
    expect(quantileChange(one, ten, 0.95).change).toBeCloseTo(9, 1);
  });

  test("failures that began are seen, with their share", () => {
    const none = Array.from({ length: 20 }, () => [0, 100] as const);
    const some = Array.from({ length: 20 }, (_, index) => [index % 3, 100] as const);
    const { change, low, pValue } = shareChange(none, some);
    expect(change).toBeCloseTo(0.0095, 4);
    expect(low).toBeGreaterThan(0);
    expect(pValue).toBeLessThan(0.01);
  });
});
