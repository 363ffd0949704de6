import { expect, test } from "vitest";
import { correlated, logMeanExp, mixtureEvidence } from "./evidence.js";

test("no samples are no evidence", () => {
  expect(mixtureEvidence([])).toBe(0);
  expect(mixtureEvidence([{ ratios: [], weight: 1 }])).toBeCloseTo(0, 12);
});

test("samples that do not tell are no evidence", () => {
  expect(mixtureEvidence([{ ratios: [1, 1, 1], weight: 1 }])).toBeCloseTo(0, 12);
});

test("with a flat prior on the share, n samples that rule the fault out cost log(n + 1)", () => {
  expect(mixtureEvidence([{ ratios: Array(9).fill(0), weight: 1 }])).toBeCloseTo(-Math.log(10), 2);
});

test("what explains all samples beats what explains the same ones among others", () => {
  const hit = { ratios: [50, 50, 50], weight: 1 };
  expect(mixtureEvidence([hit])).toBeGreaterThan(mixtureEvidence([hit, { ratios: Array(20).fill(0), weight: 1 }]));
});

test("fully correlated samples are worth one, independent ones their number", () => {
  const ratios = [7, 7, 7, 7];
  const one = mixtureEvidence([{ ratios: [7], weight: 1 }]);
  expect(mixtureEvidence([correlated(ratios, 1)])).toBeCloseTo(one, 9);
  expect(mixtureEvidence([correlated(ratios, 0)])).toBe(mixtureEvidence([{ ratios, weight: 1 }]));
});

test("the mean of exponentials does not overflow", () => {
  expect(logMeanExp([1000, 1000])).toBeCloseTo(1000, 9);
  expect(logMeanExp([1000, Number.NEGATIVE_INFINITY])).toBeCloseTo(1000 - Math.log(2), 9);
});
