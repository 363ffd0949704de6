import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { App } from "../testing/app.js";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const cleanups: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
});

function run(file: string, env: Record<string, string>): App {
  const app = new App(file, { env: { OTEL_TRACES_EXPORTER: "none", ...env } });
  cleanups.push(() => app.stop());
  return app;
}

const scrapeUrl = (app: App): Promise<string> => app.until(() => /(http:\/\/\S+\/metrics)\n/.exec(app.stderr)?.[1]);

async function scrapeUntil(url: string, family: string): Promise<string> {
  for (;;) {
    const text = await fetch(url).then((response) => response.text());
    if (text.includes(family)) return text;
  }
}

/** Every family once, and every sample line once: what Prometheus insists on. */
function expectWellFormed(text: string): void {
  const lines = text.trimEnd().split("\n");
  const families = lines.filter((line) => line.startsWith("# TYPE ")).map((line) => line.split(" ")[2]);
  expect(new Set(families).size).toBe(families.length);
  const samples = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.replace(/ \S+$/, ""));
  expect(new Set(samples).size).toBe(samples.length);
  for (const sample of samples) expect(sample).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})?$/);
}

describe.each(["metrics-app.mjs", "metrics-app.cjs"])("%s", (file) => {
  test("one exposition of ours and the app's registry, duplicates said once", async () => {
    const app = run(file, { OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: "0" });
    const appUrl = await app.url();
    const url = await scrapeUrl(app);
    await fetch(appUrl).then((response) => response.text());
    expect((await fetch(url)).headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    // The delay of the event loop is left out of a scrape that comes too soon after the one before.
    const text = await scrapeUntil(url, "nodejs_eventloop_delay_p99_seconds");
    expectWellFormed(text);
    expect(text).toMatch(
      /^http_server_request_duration_seconds_count\{[^}]*http_response_status_code="200"[^}]*\} 1$/m,
    );
    expect(text).toMatch(/^shop_orders_total\{tenant="acme"\} 3$/m);
    expect(text).toMatch(/^process_cpu_time_seconds_total\{cpu_mode="user"\} [\d.]+$/m);
    expect(text).toMatch(/^process_cpu_utilization_ratio\{cpu_mode="user"\} /m);
    expect(text).toMatch(/^process_memory_usage_bytes \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_delay_p99_seconds /m);
    expect(text).toMatch(/^v8js_memory_heap_used_bytes\{/m);
    expect(text).toMatch(/^process_cpu_user_seconds_total /m);
    expect(text).toMatch(/^process_uptime_seconds (?!-1$)/m);
    expect(text).toMatch(/^target_info\{[^}]*service_name="@venturi\/instrumentation"/m);
    expect(app.stderr.match(/process_uptime_seconds/g)).toHaveLength(1);
    expect((await fetch(new URL("/other", url))).status).toBe(404);
  });
});

test("an app without prom-client does not load it, and OTLP and Prometheus work together", async () => {
  const app = run("shop-esm.mjs", { OTEL_METRICS_EXPORTER: "otlp,prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: "0" });
  await app.url();
  const text = await fetch(await scrapeUrl(app)).then((response) => response.text());
  expectWellFormed(text);
  expect(text).not.toContain("process_cpu_user_seconds_total");
});

test("a port in use is one warning, and the app runs", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => other.close());
  const { port } = other.address() as AddressInfo;
  const app = run("shop-esm.mjs", { OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: String(port) });
  const response = await fetch(`${await app.url()}/api/acme/items/1`);
  expect(response.status).toBe(200);
  expect(app.stderr).toContain(`cannot serve Prometheus metrics on 127.0.0.1:${port}: the port is in use`);
  expect(app.stderr.match(/warning/g)).toHaveLength(1);
});
