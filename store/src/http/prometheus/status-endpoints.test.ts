import { expect, test } from "vitest";
import { postRemoteWrite } from "../../testing/remote-write-bytes.js";
import { getJson, servedStore } from "../../testing/test-store.js";

const nowMs = Date.parse("2026-03-01T12:00:00Z");

async function served() {
  const { url, get } = await servedStore({ now: () => nowMs, retentionMs: 7_200_000 });
  const data = async (path: string) => (await get(`/api/v1/${path}`)).body.data;
  const error = async (path: string, method = "GET"): Promise<string> => {
    const { status, body } = await getJson(`${url}/api/v1/${path}`, { method });
    return `${status} ${body.errorType}: ${body.error}`;
  };
  return { url, get, data, error };
}

test("the server about itself", async () => {
  const { data } = await served();
  expect(await data("status/buildinfo")).toMatchObject({ version: expect.stringMatching(/^3\.\d+\.\d+$/) });
  expect(await data("status/runtimeinfo")).toMatchObject({
    startTime: "2026-03-01T12:00:00.000Z",
    CWD: "",
    storageRetention: "7200s",
    reloadConfigSuccess: true,
  });
  expect(await data("status/flags")).toMatchObject({ "query.timeout": "120s", "web.enable-otlp-receiver": "true" });
  expect(await data("status/walreplay")).toEqual({ min: 0, max: 0, current: 0 });
  expect(await data("status/tsdb/blocks")).toEqual({ blocks: [] });
  expect(await data("status/self_metrics")).toEqual([]);
  expect(await data("notifications")).toEqual([]);
});

test("features are told by category, with what is off", async () => {
  const { data } = await served();
  const features = await data("features");
  expect(features.promql).toMatchObject({ duration_expr: true, anchored: false });
  expect(features.promql_functions).toMatchObject({ rate: true, sort_by_label: false });
  expect(features.otlp_receiver).toEqual({ delta_conversion: false, native_delta_ingestion: false });
});

test("there are no targets, and questions about them are checked nevertheless", async () => {
  const { data, error } = await served();
  expect(await data("targets")).toEqual({ activeTargets: [], droppedTargets: [], droppedTargetCounts: {} });
  expect(await data("targets?state=active")).toMatchObject({ droppedTargetCounts: null });
  expect(await data("scrape_pools")).toEqual({ scrapePools: [] });
  expect(await data("targets/metadata?limit=1")).toEqual([]);
  expect(await error("targets/metadata?limit=x")).toBe("400 bad_data: limit must be a number");
  expect(await error("targets/metadata?match_target=%7B")).toMatch(/^400 bad_data: invalid parameter "match_target": /);
  expect(await error("scrape_pools/config")).toBe("400 bad_data: no scrapePool parameter provided");
  expect(await error("scrape_pools/config?scrapePool=a")).toMatch(/scrape pool "a" not found$/);
  expect(await error("targets/relabel_steps?scrapePool=a")).toBe("400 bad_data: no labels parameter provided");
  expect(await error("targets/relabel_steps?scrapePool=a&labels=x")).toMatch(/^400 bad_data: error parsing labels: /);
});

test("what is off says so", async () => {
  const { error } = await served();
  expect(await error("admin/tsdb/delete_series", "POST")).toBe("500 unavailable: admin APIs disabled");
  expect(await error("search/label_names")).toBe("500 unavailable: search API disabled");
});

test("cardinality in series and bytes, the largest first", async () => {
  const { url, data, error } = await served();
  await postRemoteWrite(
    url,
    ["a", "bb", "ccc"].map((host) => ({ labels: { __name__: "up", host }, samples: [[nowMs, 1]] })),
  );
  const status = await data("status/tsdb?limit=1");
  expect(status).toMatchObject({
    headStats: { numSeries: 3, numLabelPairs: 4, minTime: nowMs, maxTime: nowMs },
    seriesCountByLabelValuePair: [{ name: "__name__=up", value: 3 }],
    // Name and value with a byte of length each, in three series.
    memoryInBytesByLabelName: [{ name: "__name__", value: 3 * (8 + 2 + 2) }],
  });
  expect((await data("status/tsdb?limit=")).labelValueCountByLabelName).toHaveLength(2);
  for (const limit of ["0", "-1", "x"]) {
    expect(await error(`status/tsdb?limit=${limit}`)).toBe("400 bad_data: limit must be a positive number");
  }
  expect(await error("status/tsdb?limit=10001")).toBe("400 bad_data: limit must not exceed 10000");
});

test("wrong methods are told the right ones", async () => {
  const { url } = await served();
  const allowed = async (path: string, method: string): Promise<string> => {
    const response = await fetch(url + path, { method });
    return `${response.status} ${response.headers.get("allow")}`;
  };
  expect(await allowed("/api/v1/query", "PUT")).toBe("405 GET, OPTIONS, POST");
  expect(await allowed("/api/v1/labels", "HEAD")).toBe("405 GET, OPTIONS, POST");
  expect(await allowed("/api/v1/metadata", "POST")).toBe("405 GET, OPTIONS");
  expect(await allowed("/api/v1/write", "GET")).toBe("405 OPTIONS, POST");
  expect(await allowed("/-/healthy", "POST")).toBe("405 GET, HEAD, OPTIONS");
  expect(await allowed("/-/healthy", "HEAD")).toBe("200 null");
  expect(await allowed("/api/v1/query", "OPTIONS")).toBe("204 null");
});
