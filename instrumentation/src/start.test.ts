import { afterEach, expect, test, vi } from "vitest";
import { App } from "./testing/app.js";
import { OtlpSink } from "./testing/otlp-sink.js";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

async function run(
  file: string,
  env: Record<string, string>,
  flag: "--import" | "none",
): Promise<{ sink: OtlpSink; app: App }> {
  const sink = await OtlpSink.listen();
  const app = new App(file, { flag, env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, ...env } });
  cleanups.push(
    () => app.stop(),
    () => sink.close(),
  );
  return { sink, app };
}

test("start() by code, with a span of the app's own", async () => {
  const { sink, app } = await run("programmatic.mjs", {}, "none");
  expect(await app.exit).toEqual({ code: 0, signal: null });
  expect(app.stdout).toBe("by-code\n");
  const [span] = sink.spans;
  expect(span?.name).toBe("own work");
  expect(span?.resource).toMatchObject({ "service.name": "by-code", "deployment.environment.name": "test" });
});

test("service.name, version and instance from the app's package; the command line stays here", async () => {
  const { sink, app } = await run("busy-script.mjs", { OTEL_RESOURCE_ATTRIBUTES: "team=blue" }, "--import");
  await app.exit;
  expect(sink.spans[0]?.resource).toMatchObject({
    "service.name": "@venturi/instrumentation",
    "service.version": "0.1.0",
    "service.instance.id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    "process.pid": expect.any(Number),
    team: "blue",
  });
  expect(sink.spans[0]?.resource).not.toHaveProperty("process.command_args");
});

test("runtime and process metrics by semantic convention", async () => {
  const { sink, app } = await run("shop-cjs.cjs", {}, "--import");
  await app.url();
  const names = [
    "nodejs.eventloop.delay.p99",
    "nodejs.eventloop.utilization",
    "nodejs.eventloop.time",
    "v8js.memory.heap.used",
    "process.cpu.time",
    "process.cpu.utilization",
    "process.memory.usage",
  ];
  await sink.until((s) => names.every((name) => s.pointsOf(name).length > 0) || undefined);
  expect(sink.pointsOf("process.memory.usage")[0]).toMatchObject({ unit: "By", value: expect.any(Number) });
});

test("endpoints, headers, compression and exporters are chosen by OTEL_* variables", async () => {
  const { sink, app } = await run(
    "busy-script.mjs",
    {
      OTEL_METRICS_EXPORTER: "none",
      OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=acme",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_TRACES_SAMPLER: "always_on",
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: "undici,pg",
    },
    "--import",
  );
  await app.exit;
  expect(new Set(sink.requests.map((request) => request.path))).toEqual(new Set(["/v1/traces"]));
  expect(sink.requests[0]?.headers).toMatchObject({ "x-tenant": "acme", "content-encoding": "gzip" });
  expect(sink.spans.length).toBeGreaterThan(0);
  expect(app.stderr).toContain("http, express, redis, runtime-node, process; traces to");
});

test("what makes no sense is one warning each, and the app runs", async () => {
  const env = {
    OTEL_TRACES_EXPORTER: "carrier-pigeon",
    OTEL_METRIC_EXPORT_INTERVAL: "often",
    OTEL_EXPORTER_OTLP_PROTOCOL: "smoke-signals",
    OTEL_TRACES_SAMPLER: "sometimes",
  };
  const { app } = await run("busy-script.mjs", env, "--import");
  expect(await app.exit).toEqual({ code: 0, signal: null });
  expect(app.stderr).toContain('OTEL_TRACES_EXPORTER: "carrier-pigeon" is not one of otlp, console, zipkin, none');
  expect(app.stderr).toContain('OTEL_METRIC_EXPORT_INTERVAL="often" is not a number above 0');
  expect(app.stderr).toContain('OTLP protocol "smoke-signals" for metrics is not one of');
});

test("a span processor of the app's own gets whole spans, at their start and at their end", async () => {
  const { sink, app } = await run("processor-app.mjs", {}, "none");
  expect(await app.exit).toEqual({ code: 0, signal: null });
  const seen = app.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { what: string; kind: number; attributes: object });
  const server = seen.filter(({ kind }) => kind === 1);
  const arrived = { "http.request.method": "GET", "url.path": "/orders", "url.query": "page=3" };
  expect(server).toMatchObject([
    { what: "start", name: "GET", service: "processed", attributes: arrived },
    { what: "end", attributes: { ...arrived, "http.response.status_code": 200 }, duration: [0, expect.any(Number)] },
  ]);
  expect(sink.spans).toHaveLength(2);
});
