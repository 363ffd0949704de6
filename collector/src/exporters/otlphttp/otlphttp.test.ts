import { afterEach, beforeEach, expect, test } from "vitest";
import type { Exporter } from "../../component.js";
import { Lane } from "../../ledger.js";
import { retryAfterMs } from "../../net/http-client.js";
import { encodeRpcStatus } from "../../net/rpc-status.js";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import { type Sink, startSink } from "../../testing/sink.test.fixture.js";
import { someSpans, tracesBytes } from "../../testing/telemetry.test.fixture.js";
import { otlpHttpExporter } from "./otlphttp.js";

let sink: Sink;
beforeEach(async () => {
  sink = await startSink();
});
afterEach(() => sink.close());

const FAST = { initial_interval: "1ms", max_interval: "1ms" };

/** Sends one batch of two spans and drains. */
async function send(config: object = {}): Promise<{ lane: Lane; host: TestHost; exporter: Exporter }> {
  const host = testHost("exporter", "otlphttp");
  const parsed = otlpHttpExporter.schema.parse({ endpoint: sink.url, retry_on_failure: FAST, ...config });
  const exporter = otlpHttpExporter.create(parsed, host);
  const lane = new Lane();
  await exporter.start();
  lane.entered += 2;
  expect(exporter.consumer("traces", lane).consume(someSpans(2))).toBeUndefined();
  host.startDrain(5000);
  await exporter.shutdown();
  expect(lane.inside).toBe(0);
  return { lane, host, exporter };
}

test("gzipped protobuf with the configured headers, to the configured path", async () => {
  await send({ endpoint: `${sink.url}/base/`, headers: { "x-tenant": "t" } });
  const [request] = sink.requests;
  expect(request?.path).toBe("/base/v1/traces");
  expect(request?.headers).toMatchObject({
    "content-type": "application/x-protobuf",
    "content-encoding": "gzip",
    "x-tenant": "t",
  });
  expect(request?.body).toEqual(Buffer.from(tracesBytes([{}, {}])));
});

test("a path per signal, plain, and JSON", async () => {
  await send({ traces_endpoint: `${sink.url}/t`, compression: "none", encoding: "json" });
  const [request] = sink.requests;
  expect([request?.path, request?.headers["content-type"], request?.headers["content-encoding"]]).toEqual([
    "/t",
    "application/json",
    undefined,
  ]);
  expect(JSON.parse(String(request?.body)).resourceSpans).toHaveLength(2);
});

test.each([429, 502, 503, 504])("%d is retried", async (status) => {
  sink.answer = (_request, index) => ({ status: index < 2 ? status : 200 });
  const { lane } = await send();
  expect([sink.requests.length, lane.sent]).toEqual([3, 2]);
});

test.each([400, 401, 404, 413, 500, 501, 302])("%d is permanent", async (status) => {
  const body = encodeRpcStatus({ code: 3, message: "what you sent" });
  sink.answer = () => ({ status, body });
  const { lane, host } = await send();
  expect([sink.requests.length, Object.fromEntries(lane.dropped)]).toEqual([1, { permanent_error: 2 }]);
  expect(host.lines.join()).toContain(`responded with HTTP Status Code ${status}, Message=what you sent`);
});

test("Retry-After is seconds or a date", () => {
  expect(retryAfterMs({ "retry-after": "3" })).toBe(3000);
  expect(retryAfterMs({ "retry-after": "Thu, 01 Jan 1970 00:00:05 GMT" }, 1000)).toBe(4000);
  expect(retryAfterMs({ "retry-after": "soon" })).toBeUndefined();
  expect(retryAfterMs({})).toBeUndefined();
});

test("partial success", async () => {
  // ExportTraceServiceResponse{partial_success{rejected_spans: 1, error_message: "x"}}
  sink.answer = () => ({
    status: 200,
    headers: { "content-type": "application/x-protobuf" },
    body: Uint8Array.of(0x0a, 5, 0x08, 1, 0x12, 1, 0x78),
  });
  const { lane } = await send();
  expect([lane.sent, Object.fromEntries(lane.dropped)]).toEqual([1, { rejected_by_destination: 1 }]);
});

test("nobody listens: retried, and dropped when time is over", async () => {
  const url = sink.url;
  await sink.close();
  const { lane, host } = await send({ endpoint: url, retry_on_failure: { ...FAST, max_elapsed_time: "20ms" } });
  expect(Object.fromEntries(lane.dropped)).toEqual({ retries_exhausted: 2 });
  expect(host.lines.join()).toContain("ECONNREFUSED");
  sink = await startSink();
});

test("an answer that does not come is a timeout, and retried", async () => {
  sink.answer = (_request, index) => (index === 0 ? new Promise(() => {}) : { status: 200 });
  const { lane } = await send({ timeout: "300ms" });
  expect(sink.requests.length).toBeGreaterThanOrEqual(2);
  expect(lane.sent).toBe(2);
});
