import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { App, type AppSettings } from "./testing/app.js";
import { OtlpSink, type ReceivedSpan } from "./testing/otlp-sink.js";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let sink: OtlpSink;
const apps: App[] = [];

beforeEach(async () => {
  sink = await OtlpSink.listen();
});

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
  await sink.close();
});

function run(file: string, name: string, settings: AppSettings = {}): App {
  const app = new App(file, {
    ...settings,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, OTEL_SERVICE_NAME: name, ...settings.env },
  });
  apps.push(app);
  return app;
}

const spanOf = (service: string, kind: ReceivedSpan["kind"]): Promise<ReceivedSpan> =>
  sink.until(({ spans }) => spans.find((span) => span.service === service && span.kind === kind));

describe.each([
  { file: "shop-esm.mjs", flag: "--import" },
  { file: "shop-cjs.cjs", flag: "--import" },
  { file: "shop-esm.mjs", flag: "NODE_OPTIONS" },
  { file: "shop-cjs.cjs", flag: "NODE_OPTIONS" },
  { file: "shop-esm.mjs", flag: "--require" },
  { file: "shop-cjs.cjs", flag: "--require" },
] as const)("$file under $flag", ({ file, flag }) => {
  test("the server span and its metric carry the route", async () => {
    const url = await run(file, "shop", { flag }).url();
    expect((await fetch(`${url}/api/acme/items/7`)).status).toBe(200);

    const span = await spanOf("shop", "server");
    expect(span.name).toBe("GET /api/:tenant/items/:id");
    expect(span.attributes).toMatchObject({
      "http.request.method": "GET",
      "http.route": "/api/:tenant/items/:id",
      "http.response.status_code": 200,
      "url.path": "/api/acme/items/7",
    });
    const point = await sink.until((s) => s.pointsOf("http.server.request.duration")[0]);
    expect(point).toMatchObject({ unit: "s", value: 1 });
    expect(point.attributes).toMatchObject({
      "http.request.method": "GET",
      "http.route": "/api/:tenant/items/:id",
      "http.response.status_code": 200,
    });
    expect(point.bounds).toEqual([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]);
    expect(sink.spans.filter((other) => other.scope.includes("express"))).toEqual([]);
  });
});

describe.each(["shop-esm.mjs", "shop-cjs.cjs"])("%s", (file) => {
  test("fetch carries the trace to the next service", async () => {
    const upstream = await run("shop-esm.mjs", "catalog").url();
    const url = await run(file, "gateway", { env: { UPSTREAM: upstream } }).url();
    await (await fetch(`${url}/relay/9`)).json();

    const called = await spanOf("catalog", "server");
    const calling = await spanOf("gateway", "client");
    const entered = await spanOf("gateway", "server");
    expect(called.traceId).toBe(entered.traceId);
    expect(called.parentSpanId).toBe(calling.spanId);
    expect(calling.parentSpanId).toBe(entered.spanId);
    expect(entered.parentSpanId).toBe("");
    expect(calling.attributes["url.full"]).toBe(`${upstream}/api/acme/items/9?token=REDACTED&page=3`);
    expect(called.attributes["url.query"]).toBe("token=REDACTED&page=3");
    const point = await sink.until((s) => s.pointsOf("http.client.request.duration")[0]);
    expect(point.attributes).toMatchObject({ "server.address": "127.0.0.1", "http.response.status_code": 200 });
    // The exporters' own requests are no traffic of the app.
    expect(sink.pointsOf("http.client.request.duration")).toHaveLength(1);
    expect(sink.spans.filter((span) => span.service === "gateway")).toHaveLength(2);
  });

  test("an error is the span's status and the metric's error.type; an unknown path has no route", async () => {
    const url = await run(file, "shop").url();
    expect((await fetch(`${url}/fails`)).status).toBe(500);
    expect((await fetch(`${url}/nowhere/17`)).status).toBe(404);

    const failed = await sink.until(({ spans }) => spans.find((span) => span.name === "GET /fails"));
    expect(failed.statusCode).toBe(2);
    const lost = await sink.until(({ spans }) =>
      spans.find((span) => span.attributes["http.response.status_code"] === 404),
    );
    expect(lost.name).toBe("GET");
    expect(lost.attributes).not.toHaveProperty("http.route");
    const points = await sink.until((s) => {
      const found = s.pointsOf("http.server.request.duration");
      return found.length === 2 ? found : undefined;
    });
    expect(points.map((point) => point.attributes["error.type"]).sort()).toEqual(["500", undefined]);
  });
});

test("middleware spans are an option", async () => {
  const url = await run("shop-esm.mjs", "shop", { env: { VENTURI_EXPRESS_MIDDLEWARE_SPANS: "true" } }).url();
  await fetch(`${url}/api/acme/items/7`);
  const handler = await sink.until(({ spans }) =>
    spans.find((span) => span.attributes["express.type"] === "request_handler"),
  );
  const server = await spanOf("shop", "server");
  expect(handler.parentSpanId).toBe(server.spanId);
});
