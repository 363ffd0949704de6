import { expect, test } from "vitest";
import { addressOf, startTestCollector } from "../testing/collector.test.fixture.js";
import { startSink } from "../testing/sink.test.fixture.js";
import { tracesBytes } from "../testing/telemetry.test.fixture.js";

const post = (address: string, count: number) =>
  fetch(`http://${address}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: tracesBytes(Array.from({ length: count }, () => ({}))) as NonNullable<RequestInit["body"]>,
  });

const OTLP = 'receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}';

test("a dead exporter neither stops the others nor makes the sender send twice; its loss has a name", async () => {
  const sink = await startSink();
  sink.answer = () => new Promise(() => {});
  const collector = await startTestCollector(
    `
${OTLP}
exporters:
  nop:
  otlphttp: {endpoint: "${sink.url}", sending_queue: {queue_size: 1}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [nop, otlphttp]}}}
`,
    { drainTimeoutMs: 10 },
  );
  const address = addressOf(collector, "receiver otlp", "http");
  for (let index = 0; index < 3; index++) expect((await post(address, 2)).status).toBe(200);
  expect(collector.ledger().pipelines[0]).toMatchObject({
    accepted: 6,
    refused: 0,
    balanced: true,
    exits: { nop: { sent: 6 }, otlphttp: { sent: 0, queued: 2, dropped: { queue_full: 4 } } },
  });
  await collector.shutdown();
  expect(collector.ledger().pipelines[0]).toMatchObject({
    balanced: true,
    exits: { otlphttp: { sent: 0, queued: 0, dropped: { queue_full: 4, shutdown: 2 } } },
  });
  expect(collector.lines.find((line) => line.includes("Ledger"))).toContain(
    "Ledger: traces: accepted 6 → nop (sent 6), otlphttp (sent 0, dropped 6: queue_full 4 shutdown 2)",
  );
  await sink.close();
});

test("a receiver of two pipelines, connectors between pipelines, and an exporter of several: each has its books", async () => {
  const collector = await startTestCollector(`
${OTLP}
processors: {batch: }
connectors: {forward: , spanmetrics: {histogram: {disable: true}}}
exporters: {nop: }
service:
  pipelines:
    traces/b: {receivers: [forward], processors: [batch], exporters: [nop]}
    traces/a: {receivers: [otlp], exporters: [forward, spanmetrics, nop]}
    traces/c: {receivers: [otlp], exporters: [nop]}
    metrics: {receivers: [spanmetrics], exporters: [nop]}
`);
  await post(addressOf(collector, "receiver otlp", "http"), 5);
  await collector.shutdown();
  const { pipelines } = collector.ledger();
  expect(pipelines.map(({ pipeline, accepted, balanced }) => [pipeline, accepted, balanced])).toEqual([
    ["traces/b", 5, true],
    ["traces/a", 5, true],
    ["traces/c", 5, true],
    ["metrics", 1, true],
  ]);
  expect(pipelines.flatMap(({ exits }) => Object.values(exits).map(({ sent }) => sent))).toEqual([5, 5, 5, 5, 5, 1]);
});

test("a request that waits for a dead destination does not hold up the shutdown", async () => {
  const sink = await startSink();
  sink.answer = () => new Promise(() => {});
  const collector = await startTestCollector(
    `
${OTLP}
exporters: {otlphttp: {endpoint: "${sink.url}", sending_queue: {enabled: false}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}
`,
    { drainTimeoutMs: 100 },
  );
  const waiting = post(addressOf(collector, "receiver otlp", "http"), 3).catch((error: unknown) => error);
  await sink.received(1);
  expect(collector.ledger().pipelines[0]).toMatchObject({ undecided: 3, balanced: true });
  await collector.shutdown();
  expect(await waiting).toBeInstanceOf(Error);
  expect(collector.ledger().pipelines[0]).toMatchObject({ accepted: 0, refused: 3, undecided: 0, balanced: true });
  await sink.close();
});

test("the books balance at every moment while a destination fails, blocks and recovers", async () => {
  const sink = await startSink();
  sink.answer = (_request, index) => ({ status: [200, 503, 400, 200, 429][index % 5] as number });
  const collector = await startTestCollector(`
${OTLP}
processors: {batch: {send_batch_size: 7, timeout: 5ms}}
exporters:
  otlphttp/queue: {endpoint: "${sink.url}", sending_queue: {queue_size: 2}, retry_on_failure: {initial_interval: 1ms, max_interval: 5ms}}
  otlphttp/direct: {endpoint: "${sink.url}", sending_queue: {enabled: false}, retry_on_failure: {initial_interval: 1ms, max_interval: 5ms}}
  otlphttp/block: {endpoint: "${sink.url}", sending_queue: {queue_size: 1, block_on_overflow: true}, retry_on_failure: {enabled: false}}
service:
  pipelines:
    traces/1: {receivers: [otlp], processors: [batch], exporters: [otlphttp/queue, otlphttp/block]}
    traces/2: {receivers: [otlp], exporters: [otlphttp/direct, otlphttp/queue]}
`);
  const address = addressOf(collector, "receiver otlp", "http");
  const unbalanced: unknown[] = [];
  const watch = setInterval(() => {
    for (const books of collector.ledger().pipelines) if (!books.balanced) unbalanced.push(books);
  }, 1);
  const statuses = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => (await post(address, (index % 5) + 1)).status),
  );
  await collector.shutdown();
  clearInterval(watch);
  expect(unbalanced).toEqual([]);
  expect(statuses.every((status) => [200, 429, 500, 503].includes(status))).toBe(true);
  for (const { processors, exits, balanced } of collector.ledger().pipelines) {
    expect(balanced).toBe(true);
    expect(Object.values(processors).every(({ held }) => held === 0)).toBe(true);
    expect(Object.values(exits).every(({ queued }) => queued === 0)).toBe(true);
  }
  await sink.close();
});
