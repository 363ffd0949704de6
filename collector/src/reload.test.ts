import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBatch } from "@venturi/otlp";
import { afterEach, expect, test } from "vitest";
import type { RunningCollector } from "./collector.js";
import { ConfigError } from "./config/config-error.js";
import { addressOf, eventually, startTestCollector } from "./testing/collector.test.fixture.js";
import { type Sink, startSink } from "./testing/sink.test.fixture.js";
import { tracesBytes } from "./testing/telemetry.test.fixture.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function sink(): Promise<Sink> {
  const started = await startSink();
  cleanups.push(() => started.close());
  return started;
}

async function start(yaml: string): ReturnType<typeof startTestCollector> {
  const collector = await startTestCollector(yaml);
  cleanups.push(() => collector.shutdown());
  return collector;
}

const source = (text: string) => ({ configs: [{ name: "test.yaml", text }] });
const spansIn = ({ requests }: Sink) =>
  requests.reduce(
    (sum, { path, body }) => (path === "/v1/traces" ? sum + readBatch("traces", body).itemCount : sum),
    0,
  );

const post = (address: string, count: number) =>
  fetch(`http://${address}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: tracesBytes(Array.from({ length: count }, () => ({}))) as NonNullable<RequestInit["body"]>,
  });

/** Sends without a pause to wherever the receiver is, until stopped; answers the spans that were acknowledged. */
function load(collector: RunningCollector, senders: number): { stop: () => Promise<number> } {
  let running = true;
  let acknowledged = 0;
  const send = async (): Promise<void> => {
    while (running) {
      try {
        const answer = await post(addressOf(collector, "receiver otlp", "http"), 3);
        await answer.arrayBuffer();
        if (answer.status === 200) acknowledged += 3;
      } catch {
        // The port changes: for a moment there is none.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const all = Array.from({ length: senders }, send);
  return {
    stop: async () => {
      running = false;
      await Promise.all(all);
      return acknowledged;
    },
  };
}

/** Looks at the books all the time; answers those that did not balance. */
function watchBooks(collector: RunningCollector): { stop: () => unknown[] } {
  const unbalanced: unknown[] = [];
  const timer = setInterval(() => {
    for (const books of collector.ledger().pipelines) if (!books.balanced) unbalanced.push(books);
  }, 1);
  return {
    stop: () => {
      clearInterval(timer);
      return unbalanced;
    },
  };
}

const pipeline = (parts: { port?: string; batch?: string; exporter: string; more?: string }) => `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0", max_request_body_size: ${parts.port ?? 1_000_000}}}}}
processors: {batch: {timeout: 5ms, send_batch_size: ${parts.batch ?? 20}}}
exporters:
  otlphttp: ${parts.exporter}
  nop:
service: {pipelines: {traces: {receivers: [otlp], processors: [batch], exporters: [otlphttp, nop]}}}
`;

test("a reload of receiver, processor and exporter under load loses nothing, and the books balance throughout", async () => {
  const [first, second] = [await sink(), await sink()];
  first.answer = (_request, index) => ({ status: index % 3 === 0 ? 503 : 200 });
  const exporter = (url: string) =>
    `{endpoint: "${url}", retry_on_failure: {initial_interval: 1ms, max_interval: 2ms}}`;
  const collector = await start(pipeline({ exporter: exporter(first.url) }));
  const before = addressOf(collector, "receiver otlp", "http");
  const [sending, books] = [load(collector, 6), watchBooks(collector)];
  await first.received(20);
  await collector.reload(source(pipeline({ exporter: exporter(second.url), batch: "35", port: "2000000" })));
  await second.received(20);
  expect(addressOf(collector, "receiver otlp", "http")).not.toBe(before);
  const acknowledged = await sending.stop();
  await collector.shutdown();
  expect(books.stop()).toEqual([]);
  const [ledger] = collector.ledger().pipelines;
  expect(ledger).toMatchObject({ accepted: acknowledged, balanced: true, exits: { otlphttp: { sent: acknowledged } } });
  // A request that was answered 503 was not taken; the sink counts what it saw.
  const refusedByFirst = first.requests.reduce(
    (sum, { body }, index) => (index % 3 === 0 ? sum + readBatch("traces", body).itemCount : sum),
    0,
  );
  expect(spansIn(first) - refusedByFirst + spansIn(second)).toBe(acknowledged);
});

test("what did not change runs on: the same port, the same queue, the same batch that is being gathered", async () => {
  const [kept, changed] = [await sink(), await sink()];
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  kept.answer = async () => {
    await opened;
    return { status: 200 };
  };
  const yaml = (url: string) => `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}, otlp/2: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors: {batch: {timeout: 1h}}
exporters: {otlphttp/kept: {endpoint: "${kept.url}"}, otlphttp/changed: {endpoint: "${url}"}}
service:
  pipelines:
    traces/kept: {receivers: [otlp], exporters: [otlphttp/kept]}
    traces/gather: {receivers: [otlp], processors: [batch], exporters: [otlphttp/changed]}
    traces/other: {receivers: [otlp/2], exporters: [otlphttp/changed]}
`;
  const collector = await start(yaml("http://127.0.0.1:1"));
  const address = addressOf(collector, "receiver otlp", "http");
  await post(address, 4);
  await kept.received(1);
  await collector.reload(source(yaml(changed.url)));
  expect(addressOf(collector, "receiver otlp", "http")).toBe(address);
  // The request under way was not cut, and the batch is still gathering.
  const [first, gathering] = collector.ledger().pipelines;
  expect(first?.exits["otlphttp/kept"]).toMatchObject({ sent: 0, queued: 4 });
  expect(gathering?.processors.batch).toMatchObject({ held: 4 });
  await post(addressOf(collector, "receiver otlp/2", "http"), 2);
  await changed.received(1);
  open();
  await collector.shutdown();
  expect([spansIn(kept), spansIn(changed), kept.requests.length]).toEqual([4, 6, 1]);
});

test("a bad configuration changes nothing, and every problem is in the log", async () => {
  const target = await sink();
  const good = pipeline({ exporter: `{endpoint: "${target.url}"}` });
  const collector = await start(good);
  const address = addressOf(collector, "receiver otlp", "http");
  const bad = good.replace("send_batch_size: 20", "send_batch_size: x").replace("[otlphttp, nop]", "[otlphtp]");
  await expect(collector.reload(source(bad))).rejects.toThrow(ConfigError);
  const errors = collector.lines.filter((line) => line.includes("New config is not used"));
  expect(errors.length).toBe(2);
  expect(errors.join()).toContain("did you mean");
  expect((await post(address, 1)).status).toBe(200);
  await target.received(1);
});

test("a configuration that cannot start goes back to the one before, under load, without a loss", async () => {
  const target = await sink();
  const taken = target.url.slice("http://".length);
  const yaml = (endpoint: string, exporter: string) => `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors: {batch: {timeout: 5ms}}
exporters: {otlphttp: {endpoint: "${target.url}", timeout: ${exporter}}, prometheus: {endpoint: "${endpoint}"}}
connectors: {spanmetrics: {metrics_flush_interval: 10ms}}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [otlphttp, spanmetrics]}
    metrics: {receivers: [spanmetrics], exporters: [prometheus]}
`;
  const collector = await start(yaml("127.0.0.1:0", "30s"));
  const [sending, books] = [load(collector, 4), watchBooks(collector)];
  await target.received(5);
  await expect(collector.reload(source(yaml(taken, "29s")))).rejects.toThrow("already in use");
  const seen = target.requests.length;
  await target.received(seen + 5);
  const scraped = await fetch(`http://${addressOf(collector, "exporter prometheus", "http")}/metrics`);
  expect(scraped.status).toBe(200);
  const acknowledged = await sending.stop();
  await collector.shutdown();
  expect(books.stop()).toEqual([]);
  expect(spansIn(target)).toBe(acknowledged);
});

test("exits that come, go and come back account for what they got meanwhile, and for no more", async () => {
  const [a, b] = [await sink(), await sink()];
  const yaml = (exits: string) => `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {otlphttp/a: {endpoint: "${a.url}"}, otlphttp/b: {endpoint: "${b.url}"}}
service: {pipelines: {traces: {receivers: [otlp], exporters: ${exits}}}}
`;
  const collector = await start(yaml("[otlphttp/a]"));
  const address = addressOf(collector, "receiver otlp", "http");
  await post(address, 1);
  await collector.reload(source(yaml("[otlphttp/a, otlphttp/b]")));
  await post(address, 2);
  await collector.reload(source(yaml("[otlphttp/b]")));
  await post(address, 4);
  await collector.reload(source(yaml("[otlphttp/b, otlphttp/a]")));
  await post(address, 8);
  await collector.shutdown();
  expect(collector.ledger().pipelines[0]).toMatchObject({
    accepted: 15,
    balanced: true,
    exits: { "otlphttp/a": { sent: 11 }, "otlphttp/b": { sent: 14 } },
  });
  expect([spansIn(a), spansIn(b)]).toEqual([11, 14]);
});

test("a persistent queue is handed over on disk; a pipeline that is taken away delivers what it held", async () => {
  const folder = mkdtempSync(join(tmpdir(), "venturi-reload-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const target = await sink();
  const yaml = (url: string, held: string) => `
extensions: {file_storage: {directory: "${folder}"}}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors: {batch: {timeout: 1h}}
exporters:
  otlphttp: {endpoint: "${url}", sending_queue: {storage: file_storage}, retry_on_failure: {initial_interval: 5ms, max_interval: 5ms}}
  otlphttp/direct: {endpoint: "${target.url}"}
service:
  extensions: [file_storage]
  pipelines:
    traces: {receivers: [otlp], exporters: [otlphttp]}
${held}`;
  const held = "    traces/held: {receivers: [otlp], processors: [batch], exporters: [otlphttp/direct]}\n";
  const collector = await start(yaml("http://127.0.0.1:1", held));
  const address = addressOf(collector, "receiver otlp", "http");
  for (let index = 0; index < 5; index++) expect((await post(address, 2)).status).toBe(200);
  await collector.reload(source(yaml(target.url, "")));
  await eventually(() => (collector.ledger().pipelines[0]?.exits.otlphttp?.sent === 10 ? true : undefined));
  await collector.shutdown();
  expect(collector.ledger().pipelines).toMatchObject([
    { accepted: 10, balanced: true, exits: { otlphttp: { sent: 10, recovered: 10, stored: 10, queued: 0 } } },
    { accepted: 10, balanced: true, exits: { "otlphttp/direct": { sent: 10 } } },
  ]);
  expect(spansIn(target)).toBe(20);
});
