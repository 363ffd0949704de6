import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { protobufToJson } from "@venturi/otlp";
import { expect, test } from "vitest";
import { startCollector, validateConfig } from "./collector.js";
import { StartError } from "./component.js";
import { ConfigError } from "./config/config-error.js";
import { addressOf, startTestCollector } from "./testing/collector.test.fixture.js";
import { startSink } from "./testing/sink.test.fixture.js";
import { tracesBytes } from "./testing/telemetry.test.fixture.js";

const OTLP = 'receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}';

const post = (address: string, count: number) =>
  fetch(`http://${address}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: tracesBytes(Array.from({ length: count }, () => ({}))) as NonNullable<RequestInit["body"]>,
  });

interface TracesJson {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly unknown[] }[] }[];
}
const spansIn = (body: Buffer): number =>
  ((protobufToJson("traces", body) as TracesJson).resourceSpans ?? []).reduce(
    (sum, { scopeSpans }) => sum + scopeSpans.reduce((inner, { spans }) => inner + spans.length, 0),
    0,
  );

test("a shutdown delivers what processors, connectors and queues hold, and says the ledger in one line", async () => {
  const sink = await startSink();
  const collector = await startTestCollector(`
${OTLP}
processors: {batch: {timeout: 1h}}
connectors: {spanmetrics: {metrics_flush_interval: 1h}}
exporters: {otlphttp: {endpoint: "${sink.url}"}}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [otlphttp, spanmetrics]}
    metrics: {receivers: [spanmetrics], processors: [batch], exporters: [otlphttp]}
`);
  const address = addressOf(collector, "receiver otlp", "http");
  for (let index = 0; index < 10; index++) expect((await post(address, 10)).status).toBe(200);
  expect(sink.requests).toEqual([]);
  expect(collector.ledger().pipelines[0]).toMatchObject({
    accepted: 100,
    processors: { batch: { held: 100 } },
    balanced: true,
  });
  await Promise.all([collector.shutdown(), collector.shutdown()]);
  const traces = sink.requests.filter(({ path }) => path === "/v1/traces");
  expect(traces.reduce((sum, { body }) => sum + spansIn(body), 0)).toBe(100);
  expect(sink.requests.filter(({ path }) => path === "/v1/metrics").length).toBe(1);
  expect(collector.lines.filter((line) => line.includes("Ledger:"))).toEqual([
    expect.stringContaining(
      "Ledger: traces: accepted 100 → otlphttp (sent 100), spanmetrics (sent 100); metrics: accepted 2 → otlphttp (sent 2)",
    ),
  ]);
  expect(collector.lines.length).toBeLessThan(10);
  await expect(post(address, 1)).rejects.toThrow();
  await sink.close();
});

test("metrics and ledger are served, by upstream's names", async () => {
  const collector = await startTestCollector(`
${OTLP}
processors: {memory_limiter: {check_interval: 1s, limit_mib: 4096}, batch: {timeout: 1ms}}
exporters: {nop: , otlphttp: {endpoint: "http://127.0.0.1:1"}}
service:
  telemetry: {resource: {service.name: mine}}
  pipelines:
    traces: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [nop]}
    logs: {receivers: [otlp], exporters: [otlphttp]}
`);
  await post(addressOf(collector, "receiver otlp", "http"), 4);
  const base = `http://${addressOf(collector, "service telemetry", "http")}`;
  const text = await (await fetch(`${base}/metrics`)).text();
  for (const line of [
    'otelcol_receiver_accepted_spans{receiver="otlp",transport="http"} 4',
    'otelcol_receiver_refused_spans{receiver="otlp",transport="http"} 0',
    'otelcol_exporter_queue_size{data_type="logs",exporter="otlphttp"} 0',
    'otelcol_exporter_queue_capacity{data_type="logs",exporter="otlphttp"} 1000',
    'otelcol_exporter_sent_log_records{exporter="otlphttp",server_address="127.0.0.1",server_port="1",url_path="/v1/logs"} 0',
    'otelcol_processor_memory_limiter_accepted_spans{processor="memory_limiter"} 4',
    'otelcol_processor_incoming_items{otel_signal="traces",processor="memory_limiter"} 4',
    'otelcol_processor_batch_metadata_cardinality{processor="batch"} 1',
    "# TYPE otelcol_process_uptime counter",
    "# TYPE otelcol_process_memory_rss gauge",
    "# TYPE otelcol_process_cpu_seconds counter",
  ]) {
    expect(text).toContain(`${line}`);
  }
  expect(text).toMatch(
    /^target_info\{service_instance_id="[0-9a-f-]{36}",service_name="mine",service_version="[\d.]+"\} 1$/m,
  );
  const ledger: unknown = await (await fetch(`${base}/ledger`)).json();
  expect(ledger).toEqual(JSON.parse(JSON.stringify(collector.ledger())));
  expect((await fetch(`${base}/`)).status).toBe(404);
  await collector.shutdown();
});

test("a reader may want suffixes; level none has no server", async () => {
  const reader =
    "{host: 127.0.0.1, port: 0, without_type_suffix: false, without_units: false, without_scope_info: false}";
  const yaml = `
${OTLP}
exporters: {nop: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`;
  const suffixed = await startTestCollector(yaml, {
    set: [`service.telemetry.metrics.readers=[{pull: {exporter: {prometheus: ${reader}}}}]`],
  });
  const text = await (await fetch(`http://${addressOf(suffixed, "service telemetry", "http")}/metrics`)).text();
  expect(text).toMatch(/^otelcol_process_uptime_seconds_total\{otel_scope_name="[^"]+",/m);
  expect(text).toMatch(/^otelcol_receiver_accepted_spans_total\{/m);
  await suffixed.shutdown();
  const silent = await startTestCollector(yaml, { set: ["service.telemetry.metrics.level=none"] });
  expect(silent.endpoints.map(({ component }) => component)).toEqual(["receiver otlp"]);
  await silent.shutdown();
});

test("a collector that cannot start closes what it had opened", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const other = (free.address() as AddressInfo).port;
  await new Promise((resolve) => free.close(resolve));
  const yaml = (first: number, second: number) => `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${second}"}}}}
exporters: {prometheus: {endpoint: "127.0.0.1:${first}"}}
service: {pipelines: {metrics: {receivers: [otlp], exporters: [prometheus]}}}
`;
  await expect(startTestCollector(yaml(other, port))).rejects.toThrow(StartError);
  const again = await startTestCollector(yaml(other, 0));
  await again.shutdown();
  await new Promise((resolve) => taken.close(resolve));
});

test("validate opens nothing, and reports", async () => {
  const good = {
    configs: [
      {
        name: "a",
        text: `${OTLP}\nexporters: {nop: }\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}`,
      },
    ],
  };
  await validateConfig({ ...good, env: {} });
  await expect(validateConfig({ configs: [{ name: "a", text: "a: 1" }], env: {} })).rejects.toThrow(ConfigError);
  await expect(startCollector({ configs: [{ name: "a", text: "a: 1" }], env: {} })).rejects.toThrow(ConfigError);
});

test("health_check follows the collector, and is started only when service::extensions names it", async () => {
  const yaml = (extensions: string) => `
${OTLP}
extensions: {health_check: {endpoint: "127.0.0.1:0"}}
exporters: {nop: }
service: {extensions: [${extensions}], pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`;
  const collector = await startTestCollector(yaml("health_check"));
  const answer = await fetch(`http://${addressOf(collector, "extension health_check", "http")}/`);
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { status: "Server available", upSince: expect.stringMatching(/^\d{4}-/), uptime: expect.stringMatching(/s$/) },
  ]);
  await collector.shutdown();
  const without = await startTestCollector(yaml(""));
  expect(without.endpoints.map(({ component }) => component)).not.toContain("extension health_check");
  await without.shutdown();
});

test("log lines: level, encoding and fields as configured, one line each", async () => {
  const collector = await startTestCollector(
    `
${OTLP}
exporters: {debug: }
service:
  telemetry: {logs: {level: INFO, encoding: json, initial_fields: {zone: z}}}
  pipelines: {traces: {receivers: [otlp], exporters: [debug]}}
`,
  );
  await post(addressOf(collector, "receiver otlp", "http"), 1);
  await collector.shutdown();
  const parsed = collector.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(parsed.find(({ msg }) => msg === "Traces")).toMatchObject({
    level: "info",
    zone: "z",
    "otelcol.component.id": "debug",
    spans: 1,
  });
});
