import { expect, test } from "vitest";
import { waitAtP95Ms } from "./queueing.js";

test("one server is M/M/1: P(wait > t) = ρ·exp(-(1-ρ)t/s)", () => {
  expect(waitAtP95Ms(5, 100, 1)).toBeCloseTo((Math.log(0.5 / 0.05) * 100) / 0.5, 6);
});

test("two servers, worked out by hand: offered 1, C = 1/3", () => {
  expect(waitAtP95Ms(10, 100, 2)).toBeCloseTo(Math.log(1 / 3 / 0.05) * 100, 6);
});

test("overload never ends, and many servers leave no wait", () => {
  expect(waitAtP95Ms(20, 100, 2)).toBe(Number.POSITIVE_INFINITY);
  expect(waitAtP95Ms(20, 100, 8)).toBe(0);
});
