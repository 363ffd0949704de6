import { describe, expect, test } from "vitest";
import { Engine } from "./engine.js";
import { PromqlError } from "./errors.js";
import type { SampleSeries, SeriesSource } from "./evaluator/source.js";
import { at, failureAt, over, sourceOf } from "./testing/evaluate.js";

const http = sourceOf(
  'req_total{job="a",code="200"} 0+60x20',
  'req_total{job="a",code="500"} 0+6x20',
  'req_total{job="b",code="200"} 0+30x20',
  'limit{job="a"} 100x20',
  'limit{job="b"} 50x20',
  'temp{room="x"} 1 2 3 4 5 6 7 8 9 10 NaN 12',
  'gap{k="1"} 1 2 _ _ 5 stale 7 _x20',
  "restart_total{} 10 20 30 5 15 25",
  'same{job="a"} 1x20',
);

describe("selectors", () => {
  const cases: readonly [minute: number, query: string, result: string[]][] = [
    [3, 'limit{job="a"}', ['limit{job="a"} 100']],
    [3, "gap", ['gap{k="1"} 2']],
    [5, "gap", []],
    [10, "gap", ['gap{k="1"} 7']],
    [11, "gap", []],
    [3, "gap offset 2m", ['gap{k="1"} 2']],
    [0, "gap offset -4m", ['gap{k="1"} 5']],
    [100, "gap @ 60", ['gap{k="1"} 2']],
    [4, "gap[4m]", ['gap{k="1"} 2 5']],
    [3, "gap @ end()", ['gap{k="1"} 2']],
    [2, '{job=~"a|b",code="200"}', ['req_total{code="200",job="a"} 120', 'req_total{code="200",job="b"} 60']],
    [2, "count_over_time(gap[2m:30s])", ['{k="1"} 4']],
    [3, "timestamp(gap)", ['{k="1"} 60']],
    [3, "timestamp(gap + 0)", ['{k="1"} 180']],
  ];
  test.each(cases)("at %sm %s", async (minute, query, result) => expect(await at(minute, query, http)).toEqual(result));
});

describe("range vectors", () => {
  const cases: readonly [query: string, result: string[]][] = [
    ["rate(restart_total[5m])", ["{} 0.145833333333"]],
    ["increase(restart_total[5m])", ["{} 43.75"]],
    ["delta(restart_total[5m])", ["{} 6.25"]],
    ["irate(restart_total[5m])", ["{} 0.166666666667"]],
    ["idelta(restart_total[5m])", ["{} 10"]],
    ["resets(restart_total[5m])", ["{} 1"]],
    ["changes(restart_total[5m])", ["{} 4"]],
    ["sum_over_time(restart_total[3m])", ["{} 45"]],
    ["avg_over_time(restart_total[3m])", ["{} 15"]],
    ["min_over_time(restart_total[3m])", ["{} 5"]],
    ["max_over_time(restart_total[3m])", ["{} 25"]],
    ["count_over_time(restart_total[3m])", ["{} 3"]],
    ["quantile_over_time(0.5, restart_total[3m])", ["{} 15"]],
    ["stdvar_over_time(restart_total[3m])", ["{} 66.6666666667"]],
    ["stddev_over_time(restart_total[3m])", ["{} 8.16496580928"]],
    ["mad_over_time(restart_total[3m])", ["{} 10"]],
    ["last_over_time(restart_total[3m])", ["restart_total{} 25"]],
    ["first_over_time(restart_total[3m])", ["restart_total{} 5"]],
    ["present_over_time(restart_total[3m])", ["{} 1"]],
    ["absent_over_time(restart_total[3m])", []],
    ['absent_over_time(nothing{a="b",c=~"d"}[3m])', ['{a="b"} 1']],
    ["deriv(restart_total[3m])", ["{} 0.166666666667"]],
    ["predict_linear(restart_total[3m], 60)", ["{} 35"]],
    ["double_exponential_smoothing(restart_total[3m], 0.5, 0.5)", ["{} 25"]],
    ["ts_of_max_over_time(restart_total[3m])", ["{} 300"]],
    ["rate(restart_total[5m] anchored)", ["{} 0.15"]],
    ["increase(restart_total[90s] smoothed)", ["{} 15"]],
  ];
  test.each(cases)("%s", async (query, result) => expect(await at(5, query, http)).toEqual(result));
});

describe("aggregations", () => {
  const cases: readonly [query: string, result: string[]][] = [
    ["sum(req_total)", ["{} 960"]],
    ["sum by (job) (req_total)", ['{job="a"} 660', '{job="b"} 300']],
    ["avg without (code) (req_total)", ['{job="a"} 330', '{job="b"} 300']],
    ["count(req_total)", ["{} 3"]],
    ["group by (code) (req_total)", ['{code="200"} 1', '{code="500"} 1']],
    ["min(req_total)", ["{} 60"]],
    ["max(req_total)", ["{} 600"]],
    ["stdvar(limit)", ["{} 625"]],
    ["quantile(0.5, req_total)", ["{} 300"]],
    ["topk(1, req_total)", ['req_total{code="200",job="a"} 600']],
    ["bottomk(2, req_total)", ['req_total{code="500",job="a"} 60', 'req_total{code="200",job="b"} 300']],
    ['count_values("v", limit)', ['{v="100"} 1', '{v="50"} 1']],
    ["limitk(1, req_total)", ['req_total{code="200",job="a"} 600']],
    ["count(limit_ratio(1, req_total))", ["{} 3"]],
    ["count(limit_ratio(0.4, req_total) or limit_ratio(-0.6, req_total))", ["{} 3"]],
    ["limit_ratio(0.4, req_total) and limit_ratio(-0.6, req_total)", []],
    ["topk(0, req_total)", []],
    ["sum(nothing)", []],
  ];
  test.each(cases)("%s", async (query, result) => expect(await at(10, query, http)).toEqual(result));
});

describe("operators", () => {
  const cases: readonly [query: string, result: string[]][] = [
    ["1 + 2 * 3", ["7"]],
    ["-2 ^ 2", ["-4"]],
    ["5 % 3 - 7 % -4", ["-1"]],
    ["1 == bool 2", ["0"]],
    ["limit * 2", ['{job="a"} 200', '{job="b"} 100']],
    ["limit > 60", ['limit{job="a"} 100']],
    ["60 < limit", ['limit{job="a"} 100']],
    ["limit > bool 60", ['{job="a"} 1', '{job="b"} 0']],
    ['limit - on(job) req_total{code="200"}', ['{job="a"} -500', '{job="b"} -250']],
    ['limit - ignoring(code) req_total{code="200"}', ['{job="a"} -500', '{job="b"} -250']],
    [
      "req_total / on(job) group_left limit",
      ['{code="200",job="a"} 6', '{code="500",job="a"} 0.6', '{code="200",job="b"} 6'],
    ],
    ['limit * on(job) group_right(x) req_total{job="b"}', ['{code="200",job="b"} 15000']],
    ['limit and on(job) req_total{code="500"}', ['limit{job="a"} 100']],
    ['limit unless on(job) req_total{code="500"}', ['limit{job="b"} 50']],
    ['limit{job="a"} or limit', ['limit{job="a"} 100', 'limit{job="b"} 50']],
    ["limit + fill_right(1) nothing", ['{job="a"} 101', '{job="b"} 51']],
    ['-limit{job="a"}', ['{job="a"} -100']],
    ['limit{job="a"} atan2 limit{job="a"}', ['{job="a"} 0.785398163397']],
    ["1 ^ NaN", ["1"]],
  ];
  test.each(cases)("%s", async (query, result) => expect(await at(10, query, http)).toEqual(result));

  const failing: readonly [query: string, message: string][] = [
    ["limit * req_total", "no error"],
    ["limit * on(job) req_total", 'found duplicate series for the match group {job="a"} on the right hand-side'],
    ["req_total * on(job) limit", "multiple matches for labels: many-to-one matching must be explicit"],
    ['abs({__name__=~"limit|req_total",code!="500"})', "no error"],
    ['abs({__name__=~"limit|same"})', "vector cannot contain metrics with the same labelset"],
    ["limit + 0x3d", "no error"],
    ["limit </ 3", "no error"],
    ["histogram_count(limit)", "no error"],
    ['label_replace(limit, "x", "", "job", "(")', "invalid regular expression in label_replace(): ("],
    ['label_replace(limit, "", "", "job", ".*")', "invalid destination label name in label_replace(): "],
    ['label_replace(limit, "job", "", "job", ".*")', "vector cannot contain metrics with the same labelset"],
    ["topk(NaN, limit)", "Parameter value is NaN"],
    ["topk(1e30, limit)", "Scalar value 1e+30 overflows int64"],
    ["count_over_time(limit[5m] anchored)", "anchored modifier can only be used with: changes, delta"],
    ["limit[1m - 1m]", "duration must be greater than 0"],
  ];
  test.each(failing)("%s fails", async (query, message) => expect(await failureAt(10, query, http)).toContain(message));
});

describe("functions", () => {
  const cases: readonly [query: string, result: string[]][] = [
    ["clamp(limit, 60, 80)", ['{job="a"} 80', '{job="b"} 60']],
    ["clamp(limit, 2, 1)", []],
    ["clamp_min(vector(NaN), 1)", ["{} NaN"]],
    ["round(vector(2.5))", ["{} 3"]],
    ["round(vector(2.44), 0.1)", ["{} 2.4"]],
    ["sgn(vector(-3))", ["{} -1"]],
    ["scalar(limit)", ["NaN"]],
    ['scalar(limit{job="a"})', ["100"]],
    ["absent(nothing)", ["{} 1"]],
    ['absent(nothing{a="b",a="c"})', ["{} 1"]],
    ["absent(limit)", []],
    ["sort_desc(limit)", ['limit{job="a"} 100', 'limit{job="b"} 50']],
    ["sort(limit)", ['limit{job="b"} 50', 'limit{job="a"} 100']],
    ['sort_by_label(limit, "job")', ['limit{job="a"} 100', 'limit{job="b"} 50']],
    ["sort(temp)", ['temp{room="x"} NaN']],
    ['label_replace(limit{job="a"}, "j2", "$1-x", "job", "(.*)")', ['limit{j2="a-x",job="a"} 100']],
    ['label_join(limit{job="a"}, "j", "-", "job", "job")', ['limit{j="a-a",job="a"} 100']],
    ["time()", ["600"]],
    ["minute()", ["{} 10"]],
    ["day_of_week(vector(0))", ["{} 4"]],
    ["days_in_month(vector(951782400))", ["{} 29"]],
    ["year(vector(1e9))", ["{} 2001"]],
    ["pi()", ["3.14159265359"]],
    ["max_of(1, 2) + min_of(3, 4)", ["5"]],
    ["start() + end() + range() + step()", ["1200"]],
    ['"text"', ["text"]],
  ];
  test.each(cases)("%s", async (query, result) => expect(await at(10, query, http)).toEqual(result));
});

describe("classic histograms", () => {
  const buckets = sourceOf(
    'h_bucket{le="0.1"} 10x5',
    'h_bucket{le="1"} 30x5',
    'h_bucket{le="10"} 40x5',
    'h_bucket{le="+Inf"} 40x5',
    'odd_bucket{le="1"} 5x5',
    'odd_bucket{le="2"} 4x5',
    'odd_bucket{le="+Inf"} 10x5',
    'bad_bucket{le="x"} 5x5',
  );
  const cases: readonly [query: string, result: string[]][] = [
    ["histogram_quantile(0.5, h_bucket)", ["{} 0.55"]],
    ["histogram_quantile(1, h_bucket)", ["{} 10"]],
    ["histogram_quantile(0.9, h_bucket)", ["{} 6.4"]],
    ["histogram_quantile(-1, h_bucket)", ["{} -Inf"]],
    ['histogram_quantile(0.5, h_bucket{le!="+Inf"})', ["{} NaN"]],
    ["histogram_fraction(0.1, 1, h_bucket)", ["{} 0.5"]],
    ["histogram_quantile(0.5, bad_bucket)", []],
    ['histogram_quantiles(h_bucket, "q", 0.5, 1)', ['{q="0.5"} 0.55', '{q="1.0"} 10']],
  ];
  test.each(cases)("%s", async (query, result) => expect(await at(2, query, buckets)).toEqual(result));

  test("a correction is told", async () => {
    const result = await new Engine().instant(buckets, "histogram_quantile(0.5, odd_bucket)", 60_000);
    expect(result.infos).toHaveLength(1);
    expect(result.infos[0]).toContain("needed to be fixed for monotonicity");
    expect(result.infos[0]).toContain("from buckets 2 to 2, with a max diff of 1, over 1 samples");
  });
});

describe("annotations", () => {
  const cases: readonly [query: string, warnings: string[], infos: string[]][] = [
    ["quantile(2, limit)", ["PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"], []],
    [
      "1 + rate(limit[5m])",
      [],
      ['PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "limit" (1:10)'],
    ],
    ["rate(req_total[5m])", [], []],
  ];
  test.each(cases)("%s", async (query, warnings, infos) => {
    const result = await new Engine().instant(http, query, 600_000);
    expect({ warnings: result.warnings, infos: result.infos }).toEqual({ warnings, infos });
  });

  test("sorting a range warns", async () => {
    const result = await new Engine().range(http, "sort(limit)", 0, 60_000, 60_000);
    expect(result.warnings[0]).toContain("sort is ineffective for range queries");
  });
});

describe("range queries", () => {
  const cases: readonly [query: string, result: string[]][] = [
    ["gap", ['gap{k="1"} 1 2 2 2 5 _ 7']],
    ["gap > 2", ['gap{k="1"} _ _ _ _ 5 _ 7']],
    ["count_over_time(gap[2m])", ['{k="1"} 1 2 1 _ 1 1 1']],
    ["absent(gap)", ["{} _ _ _ _ _ 1 _"]],
    ["gap or vector(0)", ["{} 0 0 0 0 0 0 0", 'gap{k="1"} 1 2 2 2 5 _ 7']],
    ["gap or on() vector(0)", ["{} _ _ _ _ _ 0 _", 'gap{k="1"} 1 2 2 2 5 _ 7']],
    ["gap @ start()", ['gap{k="1"} 1 1 1 1 1 1 1']],
    ["gap @ end()", ['gap{k="1"} 7 7 7 7 7 7 7']],
    ["time() / 60", ["{} 0 1 2 3 4 5 6"]],
    ["topk(1, limit)", ['limit{job="a"} 100 100 100 100 100 100 100']],
    ["max_over_time(gap[2m:1m])", ['{k="1"} 1 2 2 2 5 5 7']],
    ["sum by (job) (limit) - limit", ['{job="a"} 0 0 0 0 0 0 0', '{job="b"} 0 0 0 0 0 0 0']],
  ];
  test.each(cases)("%s", async (query, result) => expect(await over(0, 6, query, http)).toEqual(result));

  test("bad bounds are bad data", async () => {
    const engine = new Engine();
    await expect(engine.range(http, "limit", 0, 1000, 0)).rejects.toThrow("zero or negative query resolution");
    await expect(engine.range(http, "limit", 1000, 0, 10)).rejects.toThrow("end timestamp must not be before start");
    await expect(engine.range(http, "limit[5m]", 0, 1000, 10)).rejects.toThrow(
      'invalid expression type "range vector"',
    );
  });
});

describe("names", () => {
  test("are dropped at once, or at the end when told so", async () => {
    const query = 'label_replace(rate({__name__=~"restart_total"}[4m]), "was", "$1", "__name__", "(.+)")';
    expect(await at(5, query, http)).toEqual(["{} 0.138888888889"]);
    const delayed = await at(5, query, http, { delayedNameRemoval: true });
    expect(delayed).toEqual(['{was="restart_total"} 0.138888888889']);
  });
  test("UTF-8 names work as quoted names", async () => {
    const source = sourceOf('{"http.server.duration","a.b"="c"} 5');
    expect(await at(0, '{"http.server.duration", "a.b"="c"}', source)).toEqual(['http.server.duration{"a.b"="c"} 5']);
    expect(await at(0, 'sum by ("a.b") ({"http.server.duration"})', source)).toEqual(['{"a.b"="c"} 5']);
  });
});

test("info() adds the labels of the target", async () => {
  const source = sourceOf(
    'up{job="a",instance="i"} 1x5',
    'target_info{job="a",instance="i",version="1.2",cloud="x"} 1x5',
  );
  expect(await at(1, "info(up)", source)).toEqual(['up{cloud="x",instance="i",job="a",version="1.2"} 1']);
  expect(await at(1, 'info(up, {version=~".+"})', source)).toEqual(['up{instance="i",job="a",version="1.2"} 1']);
});

describe("limits", () => {
  const endless: SeriesSource = {
    select: async () => Array.from({ length: 2000 }, (_, i) => steady({ __name__: "x", i: String(i) }, 240)),
  };
  const hour = 3_600_000;

  test("too many samples end a query", async () => {
    const engine = new Engine({ maxSamples: 1000 });
    const asked = engine.range(endless, "x", 0, hour, 15_000);
    await expect(asked).rejects.toMatchObject({
      kind: "execution",
      message: expect.stringContaining("too many samples"),
    });
  });

  test("so does a timeout", async () => {
    const engine = new Engine({ timeoutMs: 0 });
    const asked = engine.range(endless, "x", 0, hour, 15_000);
    await expect(asked).rejects.toMatchObject({ kind: "timeout", message: "query timed out in expression evaluation" });
  });

  test("an abort is seen while the engine computes", async () => {
    const controller = new AbortController();
    const query = "quantile_over_time(0.5, x[30m]) + stddev_over_time(x[30m])";
    const asked = new Engine().range(endless, query, 0, hour, 1000, controller.signal);
    setImmediate(() => controller.abort());
    const error = await asked.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PromqlError);
    expect(error).toMatchObject({ kind: "canceled", message: "query was canceled in expression evaluation" });
  });

  test("a failing source is an execution error with its cause", async () => {
    const cause = new Error("disk on fire");
    const broken: SeriesSource = { select: () => Promise.reject(cause) };
    const asked = new Engine().instant(broken, "x", 0);
    await expect(asked).rejects.toMatchObject({ kind: "execution", message: "expanding series: disk on fire", cause });
  });

  test("equal selections are read once, with the range open at its start", async () => {
    const asked: [number, number][] = [];
    const source: SeriesSource = {
      select: async (_matchers, startMs, endMs) => {
        asked.push([startMs, endMs]);
        return [];
      },
    };
    await new Engine().range(source, "x[5m:1m] > 1 or x".replace("x[5m:1m]", "rate(x[5m])"), 600_000, 900_000, 60_000);
    await new Engine().instant(source, "x + x", 600_000);
    await new Engine().instant(source, "rate(x[5m] offset 1m)", 600_000);
    expect(asked).toEqual([
      [300_001, 900_000],
      [300_001, 600_000],
      [240_001, 540_000],
    ]);
  });
});

function steady(labels: Record<string, string>, samples: number): SampleSeries {
  const timestampsMs = Float64Array.from({ length: samples }, (_, i) => i * 15_000);
  return { labels, timestampsMs, values: timestampsMs.slice() };
}
