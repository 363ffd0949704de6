import { expect, test } from "vitest";
import { RateLimit } from "./diagnostics.js";

test("one line of a kind a minute, then how many were held back", () => {
  let nowMs = 0;
  const limit = new RateLimit(() => nowMs);
  expect(limit.admit("export", "lost 1")).toBe("lost 1");
  expect(limit.admit("export", "lost 2")).toBeUndefined();
  expect(limit.admit("other", "lost 3")).toBe("lost 3");
  nowMs = 59_999;
  expect(limit.admit("export", "lost 4")).toBeUndefined();
  nowMs = 60_000;
  expect(limit.admit("export", "lost 5")).toBe("lost 5 (and 2 more like it)");
  expect(limit.admit("export", "lost 6")).toBeUndefined();
});
