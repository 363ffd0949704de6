import { type ApiRequest, get, type Parameters, post } from "./exchange.js";

const instant = (parameters: Parameters): ApiRequest => get("/api/v1/query", parameters);
const range = (parameters: Parameters): ApiRequest => get("/api/v1/query_range", parameters);

/** What `query` and `query_range` are asked, at `end` seconds: good questions and bad ones. */
export function queryRequests(end: number): ApiRequest[] {
  const start = end - 600;
  const span = { start, end, step: 60 };
  return [
    ...goodQueries.map((query) => instant({ query, time: end })),
    ...goodQueries.map((query) => range({ query, ...span })),
    ...badQueries.map((query) => instant({ query, time: end })),
    ...badQueries.map((query) => range({ query, ...span })),
    ...times.map((time) => instant({ query: "scalar(vector(1))", time })),
    ...times.map((time) => range({ query: "1", start: time, end: time, step: 1 })),
    ...durations.map((step) => range({ query: "count(up)", start, end, step })),
    ...longer.map((timeout) => instant({ query: "1", time: end, timeout })),
    ...longer.map((timeout) => range({ query: "1", ...span, timeout })),
    ...longer.map((lookback) => instant({ query: "count(up)", time: end, lookback_delta: lookback })),
    ...longer.map((lookback) => range({ query: "count(up)", ...span, lookback_delta: lookback })),
    ...limits.map((limit) => instant({ query: "sort(temperature)", time: end, limit })),
    ...limits.map((limit) => range({ query: "requests_total", ...span, limit })),
    ...limits.map((limit) => instant({ query: "temperature[1m]", time: end, limit })),
    ...stats.map((value) => instant({ query: "1", time: end, stats: value })),
    ...stats.map((value) => range({ query: "1", ...span, stats: value })),
    ...bounds(end),
    ...forms(end),
    instant({}),
    range({}),
    instant({ query: ["up", "down"], time: end }),
  ];
}

const goodQueries: readonly string[] = [
  "1",
  "-1e3",
  "1 / 0",
  "0 / 0",
  '"text <>& \\u00fc"',
  "time()",
  "vector(1)",
  "up",
  "nothing",
  'up{job="nobody"}',
  '{__name__=~"level|temperature"}',
  "requests_total",
  'requests_total{code=~"4..|5.."}',
  "sum(rate(requests_total[5m]))",
  "sum by (job) (rate(requests_total[5m]))",
  "histogram_quantile(0.9, sum by (le, job) (rate(latency_seconds_bucket[5m])))",
  "native_latency",
  "nhcb_latency",
  "sum(native_latency)",
  "sum(rate(native_latency[5m]))",
  "histogram_quantile(0.5, native_latency)",
  "histogram_count(nhcb_latency)",
  "rate(native_gauge[5m])",
  "mixed_kinds",
  "edge_values",
  '{"odd.metric/total"}',
  '{"odd.metric/total", "label.with.dots"="x y"}',
  "second_total",
  '{"second.gauge"}',
  "second_latency",
  "up offset 1m",
  "up @ end()",
  "max_over_time(level[10m:1m])",
  "topk(2, temperature)",
  "sort_desc(temperature)",
  "absent(nothing)",
  'label_replace(up, "a", "$1-x", "job", "(.*)")',
  "rate(temperature[5m])",
  "rate(up[5m])",
  "sum(histogram_quantile(2, latency_seconds_bucket))",
  "histogram_quantile(0.5, up)",
  "sum(mixed_kinds)",
  'count_values("v", level)',
  "info(up)",
  "requests_total / on (job, instance, code) requests_total",
  "up == bool 1",
  "-up",
  "(up)",
  "up and on (job) level > 1",
  "scalar(temperature)",
  "quantile(2, temperature)",
  "limitk(2, up)",
  "# a comment\nup",
  "  1  ",
];

const badQueries: readonly string[] = [
  "",
  " ",
  "sum(",
  "sum)",
  "up{",
  "up{job=}",
  'up{job=~"("}',
  'up{job="a}',
  "{}",
  '{job=""}',
  '{__name__="a",__name__="b"}',
  'up{__name__="down"}',
  "up[5m",
  "up[0s]",
  "up[5x]",
  "up[5m]",
  "up[5m:]",
  "rate(up)",
  "rate(up[5m])[5m]",
  "sum(up[5m])",
  "nofunction(up)",
  "rate(up[5m], 3)",
  "round()",
  "up + on (job) group_left up",
  "up + on (job) up",
  "requests_total + on () requests_total",
  '1 + "a"',
  '"a" == "a"',
  "1 == 1",
  "up and 1",
  "sum by job (up)",
  "topk(up)",
  "quantile(up, 1)",
  "count_values(1, up)",
  'count_values("a b", up) +',
  'label_replace(up, "a", "$1", "job", "(")',
  'label_replace(up, "\\xff", "$1", "job", "(.*)")',
  'label_join(up, "", ",", "job")',
  "up offset x",
  "up offset 5",
  "up @ foo",
  "up @ NaN",
  "up offset 1m offset 1m",
  "0x",
  "1e",
  "1 2",
  "up up",
  "sum without (job) by (code) (up)",
  "up{job='a'}}",
  "!up",
  "up ^ ^ 2",
  "'unclosed",
  "`unclosed",
  "up{job!~'a'} bool 1",
  "limit_ratio(2, up)",
  "sort_by_label(up, 'job')",
  "mad_over_time(up[5m])",
  "up[5m+1m]",
  "up anchored",
  "histogram_quantile('a', up)",
  "time(1)",
  "up\u{1f600}",
  "üp",
  "{'a'='b','c'}",
  "a{b=c}",
];

/** As `time`, `start`, `end`. */
const times: readonly string[] = [
  "0",
  "1.5",
  "-1",
  "1e3",
  "1700000000.1239",
  "2023-11-14T22:13:20Z",
  "2023-11-14T22:13:20.123456789Z",
  "2023-11-14T22:13:20+01:00",
  "2023-11-14t22:13:20z",
  "2023-11-14",
  "2023-11-14T25:13:20Z",
  "2023-02-30T00:00:00Z",
  "now",
  "x",
  "0x10",
  "1_000",
  "NaN",
  "Inf",
  " 1",
  "1 ",

  "-292273086-05-16T16:47:06Z",
  "292277025-08-18T07:12:54.999999999Z",
];

const durations: readonly string[] = [
  "60",
  "15.5",
  "0.0001",
  "1m",
  "1h30m",
  "1m30",
  "30m1h",
  "-1",
  "-1m",
  "0",
  "0s",
  "5x",
  "x",
  "1 m",
  "1.5m",
  "NaN",
  "Inf",
  "1e30",
  "100000y",
  "1ms",
  "1y",
];

/** What Prometheus makes of less than a millisecond, as a timeout or a lookback, is another thing every time. */
const longer: readonly string[] = durations.filter((duration) => duration !== "0.0001");

const limits: readonly string[] = ["0", "1", "2", "1000", "-1", "x", "1.5", "99999999999999999999", "+1", "0x1"];

const stats: readonly string[] = ["", "true", "all", "false", "none"];

function bounds(end: number): ApiRequest[] {
  const query = "1";
  return [
    range({ query, start: end - 11_000, end, step: 1 }),
    range({ query, start: end - 11_001, end, step: 1 }),
    range({ query, start: 0, end, step: 1 }),
    range({ query, start: end, end: end - 1, step: 1 }),
    range({ query, start: end, end, step: 1 }),
    range({ query: "vector(time())", start: -1e9, end: 1e9, step: 1e6 }),
    range({ query: "count(up)", start: end - 3, end, step: 0.25 }),
    range({ query, start: end, step: 1 }),
    range({ query, end, step: 1 }),
    range({ query, start: end, end }),
    range({ start: end, end, step: 1 }),
    instant({ query: "up[100y]", time: end, limit: 1 }),
    instant({ query: "up", time: end + 299 }),
    instant({ query: "up", time: end + 1e9 }),
    instant({ query: "up", time: -1e9 }),
  ];
}

/** Parameters in the body, in the URL, in both, and bodies of other kinds. */
function forms(end: number): ApiRequest[] {
  const both = post(`/api/v1/query?query=level&time=${end}`, { query: "up" });
  const json = { "content-type": "application/json" };
  return [
    post("/api/v1/query", { query: "up", time: end }),
    post("/api/v1/query_range", { query: "sum(up)", start: end - 60, end, step: 15 }),
    both,
    { ...both, headers: {} },
    { ...both, headers: json },
    { ...both, headers: { "content-type": "APPLICATION/X-WWW-FORM-URLENCODED; charset=UTF-8" } },
    { ...post("/api/v1/query"), headers: json, body: JSON.stringify({ query: "up" }) },
    { ...post("/api/v1/query"), body: `query=1%2&time=${end}` },
    { ...post("/api/v1/query"), body: `query=1;time=${end}` },
    { ...post("/api/v1/query"), body: `query=%ff&time=${end}` },
    get(`/api/v1/query?query=2%zz&query=1&time=${end}`),
    get(`/api/v1/query?query=1;2&time=${end}`),
    multipart({ query: "sum(up)", time: String(end) }),
    post("/api/v1/query", {}),
    { method: "PUT", path: "/api/v1/query?query=1", headers: {}, body: "" },
    { method: "DELETE", path: "/api/v1/query?query=1", headers: {}, body: "" },
    { method: "PATCH", path: "/api/v1/query_range", headers: {}, body: "" },
  ];
}

function multipart(fields: Readonly<Record<string, string>>): ApiRequest {
  const part = ([name, value]: [string, string]): string =>
    `--edge\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const body = `${Object.entries(fields).map(part).join("")}--edge--\r\n`;
  return {
    method: "POST",
    path: "/api/v1/query",
    headers: { "content-type": "multipart/form-data; boundary=edge" },
    body,
  };
}
