import { expect, test } from "vitest";
import { GroupSlot } from "./group-slot.js";

/** Hashes that Prometheus' own label package gives, modulo a minute in nanoseconds, in milliseconds. */
test.each([
  ["/a/b.yml", "group", 8_804_683_615_057_486_928n],
  ["rules.yml", "ü", 5249499902694046215n],
  [`${"x".repeat(300)}.yml`, "long", 18226856132624329125n],
])("a group's place in its interval is Prometheus' (%#)", (file, name, hash) => {
  const slot = new GroupSlot(file, name, 60_000);
  const offsetMs = Number((hash % 60_000_000_000n) / 1_000_000n);
  const hourMs = 1_700_002_800_000;
  expect(slot.lastMs(hourMs + offsetMs)).toBe(hourMs + offsetMs);
  expect(slot.lastMs(hourMs + offsetMs - 1)).toBe(hourMs + offsetMs - 60_000);
  expect(slot.lastMs(hourMs + offsetMs + 59_999)).toBe(hourMs + offsetMs);
});
