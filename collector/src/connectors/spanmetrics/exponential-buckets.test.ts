import { describe, expect, test } from "vitest";
import { ExponentialHistogram } from "../servicegraph/exponential-histogram.js";
import { bucketOf, ExponentialBuckets } from "./exponential-buckets.js";

/** Numbers that are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const shown = (one: ExponentialBuckets, index: number) => ({
  scale: one.scale(index),
  zeroCount: one.zeroCount(index),
  min: one.min(index),
  max: one.max(index),
  sum: one.sums[index],
  ...one.buckets(index),
});

describe("the bucket of a value", () => {
  // base^index < value <= base^(index+1), base = 2^(2^-scale).
  const cases: readonly (readonly [number, number, number])[] = [
    [1, 0, -1],
    [1.0000001, 0, 0],
    [2, 0, 0],
    [2.1, 0, 1],
    [4, 1, 3],
    [4.1, 1, 4],
    [0.5, 0, -2],
    [0.25, -1, -2],
    [1024, -2, 2],
    [1025, -2, 2],
    [16, -2, 0],
    [17, -2, 1],
    [8, 20, 3 * 2 ** 20 - 1],
    [3, 3, Math.floor(Math.log2(3) * 8)],
  ];
  test.each(cases)("of %d at scale %d is %d", (value, scale, index) => {
    expect(bucketOf(value, scale)).toBe(index);
  });
});

test("a series keeps its finest scale until a value does not fit, then neighbours are joined", () => {
  const buckets = new ExponentialBuckets(4);
  buckets.record(0, 1, 1);
  expect(shown(buckets, 0)).toMatchObject({ scale: 20, offset: -1, bucketCounts: [1] });
  buckets.record(0, 2, 1);
  buckets.record(0, 4, 3);
  buckets.record(0, 0, 2);
  // At scale 1: 1 is in -1, 2 in 1 and 4 in 3, which is one too far.
  expect(shown(buckets, 0)).toEqual({
    scale: 0,
    zeroCount: 2,
    min: 0,
    max: 4,
    sum: 15,
    offset: -1,
    bucketCounts: [1, 1, 3],
  });
});

test("a series of zeros alone has no buckets", () => {
  const buckets = new ExponentialBuckets(160);
  buckets.record(0, 0, 5);
  expect(shown(buckets, 0)).toEqual({ scale: 0, zeroCount: 5, min: 0, max: 0, sum: 0, offset: 0, bucketCounts: [] });
});

test.each([2, 3, 16, 160])(
  "many series of at most %d buckets at once, as one by one with another implementation",
  (maxSize) => {
    const random = numbers(maxSize);
    const buckets = new ExponentialBuckets(maxSize);
    const others = Array.from({ length: 200 }, () => new ExponentialHistogram(maxSize));
    for (let round = 0; round < 20_000; round++) {
      const index = Math.floor(random() * others.length);
      const value = random() < 0.02 ? 0 : Math.round(Math.exp(random() * 30 - 10) * 1000) / 1000;
      buckets.record(index, value, 1);
      others[index]?.record(value);
    }
    others.forEach((other, index) => {
      const { zeroCount, min, max, offset, buckets: bucketCounts } = other;
      const total = bucketCounts.reduce((sum, one) => sum + one, 0);
      expect(total + zeroCount).toBe(other.count);
      const same = shown(buckets, index);
      expect({ ...same, sum: 0 }).toEqual({ scale: other.scale, zeroCount, min, max, offset, bucketCounts, sum: 0 });
      expect(same.sum).toBeCloseTo(other.sum, 3);
      expect(bucketCounts.length).toBeLessThanOrEqual(maxSize);
    });
  },
);

test("what is retained is unharmed, and what follows begins anew", () => {
  const random = numbers(7);
  const buckets = new ExponentialBuckets(20);
  const record = (index: number): void => buckets.record(index, Math.exp(random() * 9), 1);
  for (let round = 0; round < 3000; round++) record(Math.floor(random() * 150));
  const kept = [3, 77, 149];
  const before = kept.map((index) => shown(buckets, index));
  buckets.retain(kept);
  expect([0, 1, 2].map((index) => shown(buckets, index))).toEqual(before);
  const fresh = new ExponentialBuckets(20);
  for (let round = 0; round < 300; round++) {
    const value = Math.exp(random() * 9);
    buckets.record(3, value, 2);
    fresh.record(0, value, 2);
    record(1);
  }
  expect(shown(buckets, 3)).toEqual(shown(fresh, 0));
  expect(shown(buckets, 0)).toEqual(before[0]);
});
