import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { App, type AppSettings } from "./testing/app.js";
import { OtlpSink, type ReceivedSpan } from "./testing/otlp-sink.js";

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

const serverSpan = (service: string): Promise<ReceivedSpan> =>
  sink.until(({ spans }) => spans.find((span) => span.service === service && span.kind === "server"));

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

    const span = await serverSpan("shop");
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
