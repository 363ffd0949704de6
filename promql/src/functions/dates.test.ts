import { expect, test } from "vitest";
import { civilTime } from "./dates.js";

test("agrees with Date over 6000 years", () => {
  for (let day = -1_000_000; day < 1_200_000; day += 97) {
    const seconds = day * 86_400 + 3_725;
    const date = new Date(seconds * 1000);
    expect(civilTime(seconds)).toMatchObject({
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      dayOfWeek: date.getUTCDay(),
      hour: 1,
      minute: 2,
    });
  }
});

// What a real Prometheus answers.
test.each([[Number.NaN], [Infinity], [-1e300]])("%f is a date of its own", (seconds) => {
  expect(civilTime(seconds)).toMatchObject({ year: 292_277_026_596, month: 12, day: 4, hour: 15 });
});
