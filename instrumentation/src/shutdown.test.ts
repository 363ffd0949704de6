import { createServer, type Server } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { App, type AppSettings } from "./testing/app.js";
import { OtlpSink } from "./testing/otlp-sink.js";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

/** Intervals so long that only a flush can have sent what arrives. */
const onlyFlush = { OTEL_BSP_SCHEDULE_DELAY: "600000", OTEL_METRIC_EXPORT_INTERVAL: "600000" };

function run(file: string, settings: AppSettings): App {
  const app = new App(file, settings);
  cleanups.push(() => app.stop());
  return app;
}

async function listenSink(): Promise<OtlpSink> {
  const sink = await OtlpSink.listen();
  cleanups.push(() => sink.close());
  return sink;
}

/** Takes connections and says nothing. */
async function listenSilently(): Promise<string> {
  const server: Server = createServer((socket) => cleanups.push(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const output = "GET /got?sig=abc&x=1\nGET /requested\n";

test("what a script leaves unsent is flushed at the end of its event loop", async () => {
  const sink = await listenSink();
  const app = run("busy-script.mjs", {
    env: { ...onlyFlush, OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint },
    args: ["3"],
  });
  expect(await app.exit).toEqual({ code: 3, signal: null });
  expect(app.stdout).toBe(output);
  expect(sink.spans.map((span) => span.kind).sort()).toEqual(["client", "client", "server", "server"]);
  const got = sink.spans.find(
    (span) => span.kind === "client" && span.attributes["url.full"]?.toString().includes("got"),
  );
  expect(got?.attributes["url.full"]).toMatch(/\/got\?sig=REDACTED&x=1$/);
  expect(
    sink
      .pointsOf("process.cpu.time")
      .map((point) => point.attributes["cpu.mode"])
      .sort(),
  ).toEqual(["system", "user"]);
});

test("an absent collector changes neither exit code nor output, and is one warning", async () => {
  const app = run("busy-script.mjs", { env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" } });
  expect(await app.exit).toEqual({ code: 0, signal: null });
  expect(app.stdout).toBe(output);
  const lines = app.stderr.trim().split("\n");
  expect(lines.filter((line) => line.includes("warning"))).toEqual([
    expect.stringMatching(
      /^venturi: warning: cannot send telemetry to http:\/\/127\.0\.0\.1:1\/v1\/\w+: .*ECONNREFUSED/,
    ),
  ]);
  expect(lines).toHaveLength(2);
});

test("a collector that never answers holds the exit for no more than the bound", async () => {
  const endpoint = await listenSilently();
  // The exporter itself would wait ten minutes; the time limit of the test is what shows the bound.
  const app = run("busy-script.mjs", {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "600000" },
  });
  expect(await app.exit).toEqual({ code: 0, signal: null });
  expect(app.stdout).toBe(output);
});

test.each(["SIGTERM", "SIGINT"] as const)("%s flushes, and still ends the process by that signal", async (signal) => {
  const sink = await listenSink();
  const app = run("shop-esm.mjs", { env: { ...onlyFlush, OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint } });
  await fetch(`${await app.url()}/api/acme/items/7`).then((response) => response.text());
  app.signal(signal);
  expect(await app.exit).toEqual({ code: null, signal });
  expect(sink.spans.map((span) => span.name)).toContain("GET /api/:tenant/items/:id");
  expect(sink.pointsOf("http.server.request.duration")).toHaveLength(1);
});

test("an app that handles the signal is alone with it, and its telemetry is flushed", async () => {
  const sink = await listenSink();
  const app = run("signal-handler.mjs", { env: { ...onlyFlush, OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint } });
  await fetch(await app.url()).then((response) => response.text());
  app.signal("SIGTERM");
  expect(await app.exit).toEqual({ code: 7, signal: null });
  expect(app.stdout).toContain("handlers: 1\nclosed\n");
  expect(sink.spans.map((span) => span.kind)).toEqual(["server"]);
});

test("a signal that the app handles starts a flush at once, also when the app lives on", async () => {
  const sink = await listenSink();
  const env = { ...onlyFlush, OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint };
  const app = run("signal-handler.mjs", { env, args: ["stay"] });
  await fetch(await app.url()).then((response) => response.text());
  app.signal("SIGTERM");
  expect((await sink.until(({ spans }) => spans[0])).kind).toBe("server");
  await app.until(() => /handlers: 1/.exec(app.stdout) ?? undefined);
});

test("OTEL_LOG_LEVEL=none is silent, and OTEL_SDK_DISABLED=true sends nothing", async () => {
  const sink = await listenSink();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_LOG_LEVEL: "none" };
  const silent = run("busy-script.mjs", { env });
  const disabled = run("busy-script.mjs", {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, OTEL_SDK_DISABLED: "true" },
  });
  expect(await silent.exit).toEqual({ code: 0, signal: null });
  expect(await disabled.exit).toEqual({ code: 0, signal: null });
  expect(silent.stderr + disabled.stderr).toBe("");
  expect(sink.requests).toEqual([]);
});
