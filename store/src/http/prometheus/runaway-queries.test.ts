import { expect, test } from "vitest";
import { postRemoteWrite } from "../../testing/remote-write-bytes.js";
import { servedStore } from "../../testing/test-store.js";

const tooMany = "query processing would load too many samples into memory in query execution";

/** Each would need far more samples than fit into memory, or more steps than an answer may have. */
const runaways = [
  'count({__name__=~".+"})[1y:1s]',
  'max_over_time(count({__name__=~".+"})[1y:1s])',
  'rate({__name__=~".+"}[1y:1s])',
  "sum_over_time(sum_over_time(up[1y:1s])[1y:1s])",
];

test("runaway queries end with Prometheus' error in bounded memory, and ingest goes on meanwhile", async () => {
  const { url, get } = await servedStore();
  const nowMs = Date.now();
  const seriesOf = (timestampMs: number) =>
    Array.from({ length: 40 }, (_, host) => ({
      labels: { __name__: "up", host: String(host) },
      samples: [[timestampMs, host] as const],
    }));
  await postRemoteWrite(url, seriesOf(nowMs - 61_000));
  const before = process.memoryUsage.rss();
  let peak = before;
  let isOver = false;
  const answers = Promise.all(runaways.map((query) => get(`/api/v1/query?query=${encodeURIComponent(query)}`)));
  const over = answers.finally(() => {
    isOver = true;
  });
  let writes = 0;
  while (!isOver) {
    const written = await postRemoteWrite(url, seriesOf(nowMs - 60_000 + writes));
    expect(written.status).toBe(204);
    writes++;
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  for (const { status, body } of await over) {
    expect(`${status} ${body.errorType}: ${body.error}`).toBe(`422 execution: ${tooMany}`);
  }
  // A write waits for no query: each of these queries alone computes for many times as long as one.
  expect(writes).toBeGreaterThan(runaways.length);
  expect(peak - before).toBeLessThan(2 * 1024 ** 3);
  const { body } = await get("/api/v1/query?query=count(up)");
  expect(body.data.result[0].value[1]).toBe("40");
});

test("huge ranges are refused before any work", async () => {
  const { get } = await servedStore();
  const { status, body } = await get("/api/v1/query_range?query=up&start=0&end=4e9&step=1");
  expect(`${status} ${body.errorType}: ${body.error}`).toBe(
    "400 bad_data: exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
  );
});
