import { expect, test } from "vitest";
import { joinRed, shortName } from "./red.js";

const sample = (route: string, value: number) => ({ labels: { job: "orders", http_route: route }, value });

test("joins rate, errors and quantiles on their labels", () => {
  const joined = joinRed(
    ["job", "http_route"],
    {
      count: [sample("/a", 10), sample("/b", 4)],
      errors: [sample("/b", 1)],
      p50: [sample("/b", 0.1), sample("/a", 0.01)],
      p95: [sample("/a", 0.02)],
    },
    1_000_000,
  );
  expect(joined.get('["orders","/a"]')).toEqual({ rate: 10, errors: 0, p50Us: 10_000, p95Us: 20_000 });
  expect(joined.get('["orders","/b"]')).toEqual({ rate: 4, errors: 0.25, p50Us: 100_000, p95Us: Number.NaN });
});

test("a missing label is an empty one, as in PromQL", () => {
  const joined = joinRed(
    ["job", "http_route"],
    { count: [{ labels: { job: "x" }, value: 1 }], errors: [], p50: [], p95: [] },
    1000,
  );
  expect([...joined.keys()]).toEqual(['["x",""]']);
});

test("Jaeger knows a service without its namespace", () => {
  expect(shortName("shop/orders")).toBe("orders");
  expect(shortName("orders")).toBe("orders");
});
