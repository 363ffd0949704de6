import { expect, test } from "vitest";
import { postRemoteWrite } from "../../testing/remote-write-bytes.js";
import { type JsonAnswer, servedStore } from "../../testing/test-store.js";

const endMs = Date.parse("2026-11-25T10:00:00Z");

test("rates, errors and latencies from what the span metrics connector counts", async () => {
  const { url, get } = await servedStore({ now: () => endMs });
  const series = (
    name: string,
    perMinute: number,
    labels: Record<string, string>,
  ): Parameters<typeof postRemoteWrite>[1][number] => ({
    labels: {
      __name__: `traces_span_metrics_${name}`,
      service_name: "shop",
      span_name: "GET /",
      span_kind: "SPAN_KIND_SERVER",
      ...labels,
    },
    samples: Array.from({ length: 11 }, (_, i) => [endMs - (10 - i) * 60_000, i * perMinute] as const),
  });
  const sent = await postRemoteWrite(url, [
    series("calls_total", 45, { status_code: "STATUS_CODE_UNSET" }),
    series("calls_total", 15, { status_code: "STATUS_CODE_ERROR" }),
    series("duration_milliseconds_bucket", 30, { le: "10" }),
    series("duration_milliseconds_bucket", 60, { le: "20" }),
    series("duration_milliseconds_bucket", 60, { le: "+Inf" }),
  ]);
  expect(sent.status).toBe(204);
  const ask = (query: string): Promise<JsonAnswer> => {
    return get(`/api/metrics/${query}&endTs=${endMs}&lookback=60000&step=60000&ratePer=300000`);
  };
  const point = (value: number, timestamp: string): object => ({ gaugeValue: { doubleValue: value }, timestamp });
  expect((await ask("calls?service=shop")).body).toEqual({
    name: "service_call_rate",
    type: "GAUGE",
    help: "calls/sec, grouped by service",
    metrics: [
      {
        labels: [{ name: "service_name", value: "shop" }],
        metricPoints: [point(1, "2026-11-25T09:59:00Z"), point(1, "2026-11-25T10:00:00Z")],
      },
    ],
  });
  const errors = await ask("errors?service=shop&groupByOperation=true");
  expect(errors.body.name).toBe("service_operation_error_rate");
  expect(errors.body.metrics[0].labels).toContainEqual({ name: "operation", value: "GET /" });
  expect(errors.body.metrics[0].metricPoints[0].gaugeValue.doubleValue).toBe(0.25);
  expect(
    (await ask("latencies?service=shop&quantile=0.75")).body.metrics[0].metricPoints[0].gaugeValue.doubleValue,
  ).toBe(15);
  expect((await ask("calls?service=shop&spanKind=client")).body.metrics).toEqual([]);
  expect((await get("/api/metrics/minstep")).body.data).toBe(1);
  expect((await ask("latencies?service=shop")).body.errors[0].msg).toMatch(/^unable to parse param 'quantile'/);
  expect((await ask("calls?x=1")).status).toBe(400);
});
