import { describe, expect, test } from "vitest";
import { batchFromJson } from "../../testing/otlp-json.js";
import { postRemoteWrite } from "../../testing/remote-write-bytes.js";
import { getJson, servedStore } from "../../testing/test-store.js";

const nowMs = Date.parse("2026-03-01T12:00:00Z");
const nowSeconds = nowMs / 1000;

/** Two series of one counter, a sample every 10 s over the last five minutes. */
async function twoHosts() {
  const served = await servedStore({ now: () => nowMs });
  const samples = Array.from({ length: 31 }, (_, index) => [nowMs - 300_000 + index * 10_000, index * 20] as const);
  await postRemoteWrite(
    served.url,
    ["a", "b"].map((host) => ({ labels: { __name__: "requests_total", host, job: "shop" }, samples })),
    [{ type: 1, name: "requests_total", help: "All requests." }],
  );
  return served;
}

/** An exponential histogram with three observations: 0.7, 1.5 and 3. */
function durations() {
  const point = {
    timeUnixNano: String(BigInt(nowMs) * 1_000_000n),
    count: "3",
    sum: 5.2,
    scale: 0,
    positive: { offset: -1, bucketCounts: ["1", "1", "1"] },
  };
  const metric = { name: "took", unit: "s", exponentialHistogram: { aggregationTemporality: 2, dataPoints: [point] } };
  return batchFromJson("metrics", { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
}

describe("Prometheus API", () => {
  test("native histograms, instant and over time", async () => {
    const { store, get } = await servedStore({ now: () => nowMs });
    await store.write(durations());
    const histogram = {
      count: "3",
      sum: "5.2",
      buckets: [
        [0, "0.5", "1", "1"],
        [0, "1", "2", "1"],
        [0, "2", "4", "1"],
      ],
    };
    const instant = await get(`/api/v1/query?time=${nowSeconds}&query=took_seconds`);
    expect(instant.body.data.result[0]).toMatchObject({ histogram: [nowSeconds, histogram] });
    const range = await get(`/api/v1/query_range?start=${nowSeconds}&end=${nowSeconds}&step=1&query=took_seconds`);
    expect(range.body.data.result[0]).toMatchObject({ histograms: [[nowSeconds, histogram]] });
    const average = await get(`/api/v1/query?time=${nowSeconds}&query=histogram_count(took_seconds)`);
    expect(average.body.data.result[0].value).toEqual([nowSeconds, "3"]);
  });

  test("instant queries of every result type", async () => {
    const { get } = await twoHosts();
    const data = async (query: string): Promise<unknown> => {
      const { status, body } = await get(`/api/v1/query?time=${nowSeconds}&query=${encodeURIComponent(query)}`);
      expect(`${query} ${status} ${body.status}`).toBe(`${query} 200 success`);
      return body.data;
    };
    expect(await data('requests_total{host="a"}')).toEqual({
      resultType: "vector",
      result: [{ metric: { __name__: "requests_total", host: "a", job: "shop" }, value: [nowSeconds, "600"] }],
    });
    expect(await data("sum(rate(requests_total[1m]))")).toEqual({
      resultType: "vector",
      result: [{ metric: {}, value: [nowSeconds, "4"] }],
    });
    expect(await data("1/0")).toEqual({ resultType: "scalar", result: [nowSeconds, "+Inf"] });
    expect(await data('"text"')).toEqual({ resultType: "string", result: [nowSeconds, "text"] });
    expect(await data('requests_total{host="b"}[20s]')).toEqual({
      resultType: "matrix",
      result: [
        {
          metric: { __name__: "requests_total", host: "b", job: "shop" },
          values: [
            [nowSeconds - 10, "580"],
            [nowSeconds, "600"],
          ],
        },
      ],
    });
    expect(await data("nothing")).toEqual({ resultType: "vector", result: [] });
  });

  test("range queries take GET and POST, floats, RFC 3339 and durations", async () => {
    const { url, get } = await twoHosts();
    const expected = {
      resultType: "matrix",
      result: [
        {
          metric: {},
          values: [
            [nowSeconds - 60, "960"],
            [nowSeconds - 30, "1080"],
            [nowSeconds, "1200"],
          ],
        },
      ],
    };
    const parameters = {
      query: "sum(requests_total)",
      start: "2026-03-01T11:59:00.000000001Z",
      end: String(nowSeconds),
      step: "30s",
    };
    const form = new URLSearchParams(parameters);
    expect((await get(`/api/v1/query_range?${form}`)).body.data).toEqual(expected);
    const post = await getJson(`${url}/api/v1/query_range`, { method: "POST", body: form });
    expect(post.body.data).toEqual(expected);
    const cut = await get(
      `/api/v1/query_range?limit=1&${new URLSearchParams({ ...parameters, query: "requests_total" })}`,
    );
    expect(cut.body.data.result).toHaveLength(1);
    expect(cut.body.warnings).toEqual(["results truncated due to limit"]);
  });

  test("series, label names and label values", async () => {
    const { url, get } = await twoHosts();
    const series = await get("/api/v1/series?match[]=requests_total");
    expect(series.body.data).toEqual([
      { __name__: "requests_total", host: "a", job: "shop" },
      { __name__: "requests_total", host: "b", job: "shop" },
    ]);
    expect((await get("/api/v1/labels")).body.data).toEqual(["__name__", "host", "job"]);
    expect((await get("/api/v1/labels?match[]=nope")).body.data).toEqual([]);
    expect((await get("/api/v1/label/host/values")).body.data).toEqual(["a", "b"]);
    const post = await getJson(`${url}/api/v1/labels`, {
      method: "POST",
      body: new URLSearchParams({ "match[]": "up" }),
    });
    expect(post.body.data).toEqual([]);
    const limited = await get("/api/v1/label/host/values?limit=1");
    expect(limited.body).toEqual({ status: "success", data: ["a"], warnings: ["results truncated due to limit"] });
    expect((await get(`/api/v1/series?match[]=requests_total&start=${nowSeconds + 10}`)).body.data).toEqual([]);
    const both = '/api/v1/series?match[]={host="a"}&match[]={job="shop",host!="b"}';
    expect((await get(both)).body.data).toHaveLength(1);
  });

  test("what Grafana asks besides", async () => {
    const { get } = await twoHosts();
    expect((await get("/api/v1/status/buildinfo")).body.data.version).toMatch(/^3\./);
    expect((await get("/api/v1/metadata?metric=requests_total")).body.data).toEqual({
      requests_total: [{ type: "counter", unit: "", help: "All requests." }],
    });
    expect((await get("/api/v1/rules")).body.data).toEqual({ groups: [] });
    expect((await get("/api/v1/alerts")).body.data).toEqual({ alerts: [] });
    expect((await get("/api/v1/format_query?query=sum(up)by(job)")).body.data).toBe("sum by (job) (up)");
    expect((await get("/api/v1/status/tsdb?limit=1")).body.data).toMatchObject({
      headStats: { numSeries: 2, numLabelPairs: 4, minTime: nowMs - 300_000, maxTime: nowMs },
      seriesCountByMetricName: [{ name: "requests_total", value: 2 }],
      labelValueCountByLabelName: [{ name: "host", value: 2 }],
    });
    expect((await get("/-/ready")).status).toBe(200);
    expect((await get("/-/healthy")).status).toBe(200);
  });

  test("errors have Prometheus' status, type and text", async () => {
    const { url, get } = await twoHosts();
    const error = async (path: string): Promise<string> => {
      const { status, body } = await get(`/api/v1/${path}`);
      expect(body.status).toBe("error");
      return `${status} ${body.errorType}: ${body.error}`;
    };
    const range = (query: string, start: string, end: string, step: string): string => {
      return `query_range?${new URLSearchParams({ query, start, end, step })}`;
    };
    expect(await error("query?query=sum(")).toMatch(/^400 bad_data: invalid parameter "query": 1:\d+: parse error: /);
    expect(await error("query")).toMatch(/^400 bad_data: invalid parameter "query": /);
    expect(await error("query?query=up&time=x")).toBe(
      `400 bad_data: invalid parameter "time": invalid time value for 'time': cannot parse "x" to a valid timestamp`,
    );
    expect(await error("query?query=up&limit=x")).toBe(
      '400 bad_data: invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax',
    );
    expect(await error("query?query=up&limit=-1")).toBe(
      '400 bad_data: invalid parameter "limit": limit must be non-negative',
    );
    expect(await error("query?query=up&timeout=x")).toBe(
      '400 bad_data: invalid parameter "timeout": cannot parse "x" to a valid duration',
    );
    expect(await error("query?query=requests_total&timeout=0")).toBe(
      "503 timeout: query timed out in expression evaluation",
    );
    expect(await error(range("up", "", "2", "1"))).toBe(
      '400 bad_data: invalid parameter "start": cannot parse "" to a valid timestamp',
    );
    expect(await error(range("up", "2", "1", "1"))).toBe(
      '400 bad_data: invalid parameter "end": end timestamp must not be before start time',
    );
    expect(await error(range("up", "1", "2", "0"))).toBe(
      '400 bad_data: invalid parameter "step": zero or negative query resolution step widths are not accepted. ' +
        "Try a positive integer",
    );
    expect(await error(range("up", "0", "11001", "1"))).toBe(
      "400 bad_data: exceeded maximum resolution of 11,000 points per timeseries. " +
        "Try decreasing the query resolution (?step=XX)",
    );
    expect(await error(range("up[5m]", "1", "2", "1"))).toMatch(/^400 bad_data: invalid parameter "query": /);
    expect(await error("query?query=requests_total%2Bon()requests_total")).toMatch(/^422 execution: /);
    expect(await error("series")).toBe("400 bad_data: no match[] parameter provided");
    expect(await error('series?match[]={a=""}')).toBe(
      '400 bad_data: invalid parameter "match[]": match[] must contain at least one non-empty matcher',
    );
    expect(await error("labels?match[]={")).toMatch(/^400 bad_data: 1:2: parse error: /);
    expect(await error("query_exemplars?query=sum(")).toMatch(/^400 bad_data: 1:\d+: parse error: /);
    expect(await error("series?match[]=sum(a)")).toMatch(/^400 bad_data: invalid parameter "match\[\]": /);
    expect(await error("status/tsdb?limit=0")).toBe("400 bad_data: limit must be a positive number");
    expect((await get("/api/v1/nope")).status).toBe(404);
    expect((await getJson(`${url}/api/v1/query`, { method: "PUT" })).status).toBe(405);
  });

  test("OTLP metrics become Prometheus series", async () => {
    const { store, get } = await servedStore({ now: () => nowMs });
    const time = `${nowMs}000000`;
    const dataPoint = { startTimeUnixNano: time, timeUnixNano: time };
    await store.write(
      batchFromJson("metrics", {
        resourceMetrics: [
          {
            resource: { attributes: [{ key: "service.name", value: { stringValue: "gateway" } }] },
            scopeMetrics: [
              {
                metrics: [
                  {
                    name: "http.server.request.duration",
                    unit: "s",
                    histogram: {
                      aggregationTemporality: 2,
                      dataPoints: [
                        { ...dataPoint, count: "3", sum: 0.6, explicitBounds: [0.1, 1], bucketCounts: ["1", "2", "0"] },
                      ],
                    },
                  },
                  {
                    name: "jobs",
                    sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...dataPoint, asInt: "4" }] },
                  },
                ],
              },
            ],
          },
        ],
      }),
    );
    const query = 'http_server_request_duration_seconds_bucket{job="gateway"}';
    const { body } = await get(`/api/v1/query?query=${encodeURIComponent(query)}`);
    const buckets = body.data.result.map((one: { metric: { le: string }; value: [number, string] }) => {
      return `${one.metric.le} ${one.value[1]}`;
    });
    expect(buckets.sort()).toEqual(["+Inf 3", "0.1 1", "1 3"]);
    const dropped = Object.values(store.stats().dropped).reduce((sum, count) => sum + count, 0);
    expect(dropped).toBe(1);
  });
});
