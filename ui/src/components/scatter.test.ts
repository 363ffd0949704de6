import { expect, test } from "vitest";
import { decadesOf } from "./scatter.js";

test.each([
  [
    [1200, 45_000],
    [1000, 10_000, 100_000],
  ],
  [[5000], [1000, 10_000]],
  [[1000], [1000, 10_000]],
  [
    [0, 10],
    [1, 10],
  ],
])("durations of %j µs lie between %j", (durations, decades) => {
  expect(decadesOf(durations)).toEqual(decades);
});
