import { expect, test } from "vitest";
import { parseDurationSeconds } from "./duration.js";

test.each([
  ["40s", 40],
  ["1m30s", 90],
  ["2m", 120],
  ["1h", 3600],
])("%s is %d seconds", (text, seconds) => {
  expect(parseDurationSeconds(text, "--duration")).toBe(seconds);
});

test.each(["", "40", "0s", "s", "1d", "-5s", "40s "])("%j is refused with the option's name", (text) => {
  expect(() => parseDurationSeconds(text, "--duration")).toThrow(/--duration/);
});
