import { expect, test } from "vitest";
import { countLabels, family, suggest } from "./metric-catalog.js";
import { seriesName } from "./prometheus.js";

test.each([
  ["http_requests_total", "counter", "sum by (job) (rate(http_requests_total[1m]))"],
  ["http_requests_total", "", "sum by (job) (rate(http_requests_total[1m]))"],
  ["x_seconds_bucket", "histogram", "histogram_quantile(0.95, sum by (le, job) (rate(x_seconds_bucket[1m])))"],
  ["x_seconds_count", "histogram", "sum by (job) (rate(x_seconds_count[1m]))"],
  ["connection_count", "gauge", "connection_count"],
  ["up", "", "up"],
  ["http.requests", "counter", 'sum by (job) (rate({"http.requests"}[1m]))'],
])("%s of type %j is looked at as %s", (name, type, expression) => {
  expect(suggest({ name, type })).toBe(expression);
});

test("the family of a histogram's series", () => {
  expect(["a_bucket", "a_count", "a_sum", "a_total"].map(family)).toEqual(["a", "a", "a", "a_total"]);
});

test("labels are counted by their values, the widest first", () => {
  const series = [
    { __name__: "m", job: "a", route: "/x" },
    { __name__: "m", job: "a", route: "/y" },
  ];
  expect(countLabels(series)).toEqual([
    {
      label: "route",
      values: [
        { name: "/x", value: 1 },
        { name: "/y", value: 1 },
      ],
    },
    { label: "job", values: [{ name: "a", value: 2 }] },
  ]);
});

test("a series is named as PromQL selects it", () => {
  expect(seriesName({ __name__: "m", a: 'x"y' })).toBe('m{a="x\\"y"}');
  expect(seriesName({ __name__: "m" })).toBe("m");
  expect(seriesName({})).toBe("{}");
});
