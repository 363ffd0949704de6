import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { forEachSpan, readBatch } from "@venturi/otlp";
import { afterEach, expect, it } from "vitest";
import { addressOf, eventually, startTestCollector } from "../../testing/collector.test.fixture.js";
import { type Sink, startSink } from "../../testing/sink.test.fixture.js";
import { tracesBytes } from "../../testing/telemetry.test.fixture.js";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const fillers = new Map<string, string>();

function fillerOf(number: string): string {
  let filler = fillers.get(number);
  if (filler === undefined) {
    filler = createHash("sha256").update(number).digest("hex").repeat(10);
    fillers.set(number, filler);
  }
  return filler;
}

/** About 30 kB, all of it telling one request from another. */
function requestOf(number: number): Uint8Array {
  const filler = fillerOf(String(number));
  const spans = Array.from({ length: 40 }, (_, index) => ({ name: `${number}/${index}`, attributes: { filler } }));
  return tracesBytes(spans);
}

function post(address: string, agent: Agent, body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const [host, port] = address.split(":");
    const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
    const sent = request({ host, port, path: "/v1/traces", method: "POST", headers, agent }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Looks once at each request that a sink got: which spans came with the bytes that were sent, and how many did not. */
class Inspection {
  readonly intact = new Set<string>();
  damaged = 0;
  private seen = 0;
  private readonly sink: Sink;

  constructor(sink: Sink) {
    this.sink = sink;
  }

  look(): void {
    for (const { body } of this.sink.requests.slice(this.seen)) {
      forEachSpan(readBatch("traces", body), (span) => {
        const isIntact = span.attributes.get("filler") === fillerOf(span.name.split("/")[0] as string);
        if (isIntact) this.intact.add(span.name);
        else this.damaged++;
      });
      this.seen++;
    }
  }
}

it("requests read into memory that is used again arrive undamaged at every exporter, also after retries", async () => {
  const requests = 240;
  const [steady, flaky] = [await startSink(), await startSink()];
  closers.push(
    () => steady.close(),
    () => flaky.close(),
  );
  flaky.answer = async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, index % 3));
    return { status: index % 4 === 0 ? 503 : 200 };
  };
  const collector = await startTestCollector(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors: {batch: {send_batch_size: 500, send_batch_max_size: 500, timeout: 20ms}}
connectors: {spanmetrics: {}}
exporters:
  otlphttp/steady: {endpoint: "${steady.url}", compression: none}
  otlphttp/flaky:
    {endpoint: "${flaky.url}", compression: none, retry_on_failure: {initial_interval: 5ms, max_interval: 20ms}}
  nop: {}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [otlphttp/steady, otlphttp/flaky, spanmetrics]}
    traces/direct: {receivers: [otlp], exporters: [otlphttp/flaky, nop]}
    metrics: {receivers: [spanmetrics], exporters: [nop]}
`);
  closers.push(() => collector.shutdown());
  const agent = new Agent({ keepAlive: true, maxSockets: 6 });
  closers.push(async () => agent.destroy());
  const address = addressOf(collector, "receiver otlp", "http");
  const sent = Array.from({ length: requests }, (_, number) => requestOf(number));
  let next = 0;
  const statuses = new Set<number>();
  const client = async (): Promise<void> => {
    while (next < requests) statuses.add(await post(address, agent, sent[next++] as Uint8Array));
  };
  await Promise.all(Array.from({ length: 6 }, client));
  expect([...statuses]).toEqual([200]);
  for (const sink of [steady, flaky]) {
    const inspection = new Inspection(sink);
    await eventually(() => {
      inspection.look();
      return inspection.intact.size === requests * 40 ? true : undefined;
    });
    expect(inspection.damaged).toBe(0);
  }
});
