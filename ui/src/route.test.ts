import { expect, test } from "vitest";
import { address, parseRoute } from "./route.js";

test.each([
  ["/", "home", ""],
  ["/services", "services", ""],
  ["/traces", "traces", ""],
  ["/traces/", "traces", ""],
  ["/traces/abc123", "trace", "abc123"],
  ["/reports", "reports", ""],
  ["/metrics", "metrics", ""],
  ["/map", "map", ""],
  ["/compare", "compare", ""],
  ["/traces/100%", "trace", "100%"],
  ["/reports/x", "unknown", ""],
  ["/nowhere", "unknown", ""],
  ["/traces/a/b", "unknown", ""],
])("%s is the page %s with id %j", (path, page, id) => {
  expect(parseRoute(path, "")).toMatchObject({ page, id });
});

test("an address leaves empty values out and escapes the others", () => {
  expect(address("/traces", { service: "a b", operation: "" })).toBe("/traces?service=a+b");
  expect(address("/traces", { operation: "" })).toBe("/traces");
});
