import { describe, expect, test } from "vitest";
import { seededRandom } from "../random.js";
import { knee } from "./kneedle.js";
import { fitUsl, type LoadPoint, uslIntervals, uslThroughput } from "./usl.js";

const at = (n: readonly number[], x: readonly number[]): LoadPoint[] =>
  n.map((concurrency, index) => ({ concurrency, throughput: x[index] ?? 0 }));

describe("Universal Scalability Law", () => {
  test("reproduces the coefficients that the R package usl prints for SPEC SDM91", () => {
    const fit = fitUsl(at([1, 18, 36, 72, 108, 144, 216], [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2]));
    expect(fit?.gamma).toBeCloseTo(89.995, 2);
    expect(fit?.alpha).toBeCloseTo(0.02773, 5);
    expect(fit?.beta).toBeCloseTo(0.0001044, 7);
    expect(fit?.residualError).toBeCloseTo(82.85, 1);
    expect(fit?.peakConcurrency).toBeCloseTo(96.52, 1);
    expect(fit?.peakThroughput).toBeCloseTo(1883.9, 0);
    expect(fit?.limit).toBeCloseTo(3245.6, 0);
    expect(fit?.optimalConcurrency).toBeCloseTo(36.06, 1);
  });

  test("keeps crosstalk at zero where throughput only flattens", () => {
    const n = [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64];
    const fit = fitUsl(at(n, [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310]));
    expect(fit).toMatchObject({ beta: 0, peakConcurrency: Number.POSITIVE_INFINITY });
    expect(fit?.alpha).toBeCloseTo(0.0578, 4);
    expect(fit?.peakThroughput).toBe(fit?.limit);
  });

  test("finds the coefficients behind noisy points, inside of its own intervals", () => {
    const truth = { gamma: 120, alpha: 0.03, beta: 0.0004 };
    let covered = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed);
      const noise = (): number => 1 + (random() + random() + random() - 1.5) * 0.04;
      const points = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64].map((concurrency) => ({
        concurrency,
        throughput: uslThroughput(truth, concurrency) * noise(),
      }));
      const fit = fitUsl(points);
      if (fit === null) throw new Error("no fit");
      const { peakThroughput } = uslIntervals(points, fit, 200, seed);
      const peak = uslThroughput(truth, Math.sqrt((1 - truth.alpha) / truth.beta));
      if (peakThroughput[0] <= peak && peak <= peakThroughput[1]) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(16);
  });

  test("a perfect line has no ceiling, and three points are not enough", () => {
    const fit = fitUsl(at([1, 2, 4, 8], [10, 20, 40, 80]));
    expect(fit?.gamma).toBeCloseTo(10, 9);
    expect(fit?.peakThroughput).toBeGreaterThan(1e6);
    expect(fitUsl(at([1, 2, 4, 4], [10, 19, 30, 31]))).toBeNull();
  });
});

describe("Kneedle", () => {
  test("the worked example of the paper has its knee at 0.222", () => {
    const x = [0, 0.111, 0.222, 0.333, 0.444, 0.556, 0.667, 0.778, 0.889, 1];
    const y = [-5, 0.263, 1.897, 2.692, 3.163, 3.475, 3.696, 3.861, 3.989, 4.091];
    const curve = x.map((each, index) => ({ x: each, y: y[index] ?? 0 }));
    expect(knee(curve, "concave-increasing")).toBe(0.222);
  });

  test("the same curve turned around has the same knee", () => {
    const convex = Array.from({ length: 20 }, (_, index) => ({ x: index, y: 1 / (20 - index) }));
    expect(knee(convex, "convex-increasing")).toBe(16);
  });

  test("the distribution of N(50, 10) bends near 60", () => {
    const random = seededRandom(42);
    const normal = (): number => 50 + 10 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const sorted = Array.from({ length: 1000 }, normal).sort((a, b) => a - b);
    const found = knee(
      sorted.map((x, index) => ({ x, y: index / 1000 })),
      "concave-increasing",
    );
    expect(Math.abs((found ?? 0) - 60)).toBeLessThan(4);
  });

  test("a straight line and a constant have none", () => {
    const line = Array.from({ length: 10 }, (_, index) => ({ x: index, y: 3 * index }));
    expect(knee(line, "concave-increasing")).toBeNull();
    expect(
      knee(
        line.map(({ x }) => ({ x, y: 1 })),
        "convex-increasing",
      ),
    ).toBeNull();
  });
});
