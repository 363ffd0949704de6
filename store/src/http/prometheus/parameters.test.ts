import { expect, test } from "vitest";
import { parseDuration, parseTime } from "./parameters.js";

test("times are unix seconds or RFC 3339", () => {
  expect(parseTime("1435781451.781")).toBe(1435781451781);
  expect(parseTime("1.4e9")).toBe(1.4e12);
  expect(parseTime("-1.5")).toBe(-1500);
  expect(parseTime("2015-07-01T20:10:51.781Z")).toBe(1435781451781);
  expect(parseTime("2015-07-01T22:10:51.781999999+02:00")).toBe(1435781451781);
  for (const text of ["", "now", "2015-07-01", "2015-07-01T20:10:51", "2015-13-01T00:00:00Z", "Infinity", "0x10"]) {
    expect(`${text} ${parseTime(text)}`).toBe(`${text} undefined`);
  }
});

test("durations are seconds or Prometheus durations", () => {
  expect(parseDuration("1.5")).toBe(1500);
  expect(parseDuration("1h30m")).toBe(5_400_000);
  expect(parseDuration("1y2w3d4h5m6s7ms")).toBe(((((365 + 14 + 3) * 24 + 4) * 60 + 5) * 60 + 6) * 1000 + 7);
  for (const text of ["", "5x", "m5", "1.5h", "30s1m"])
    expect(`${text} ${parseDuration(text)}`).toBe(`${text} undefined`);
});
