import { connect } from "node:net";
import { deflateSync, gzipSync } from "node:zlib";
import { protobufToJson } from "@venturi/otlp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningCollector } from "../../collector.js";
import { StartError } from "../../component.js";
import { decodeRpcStatus } from "../../net/rpc-status.js";
import { addressOf, startTestCollector } from "../../testing/collector.test.fixture.js";
import { startSink } from "../../testing/sink.test.fixture.js";
import { gaugeJson, logsJson, requestBytes, tracesBytes, tracesJson } from "../../testing/telemetry.test.fixture.js";

type Body = NonNullable<RequestInit["body"]>;
const MAX_BYTES = 20 * 1024 * 1024;
const JSON_TYPE = "application/json";
const PROTOBUF = "application/x-protobuf";

const yaml = (exporter: string, receiver = "") => `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"${receiver}}}}}
exporters: ${exporter}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [x]}
    metrics: {receivers: [otlp], exporters: [x]}
`;

describe("HTTP", () => {
  let collector: RunningCollector;
  let base = "";
  beforeAll(async () => {
    collector = await startTestCollector(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {nop: }
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [nop]}
    metrics: {receivers: [otlp], exporters: [nop]}
`);
    base = `http://${addressOf(collector, "receiver otlp", "http")}`;
  });
  afterAll(() => collector.shutdown());

  const json = Buffer.from(JSON.stringify(tracesJson([{}])));
  const protobuf = tracesBytes([{}]);
  const bomb = gzipSync(Buffer.alloc(MAX_BYTES + 1));
  const smallBomb = gzipSync(gzipSync(Buffer.alloc(1)));

  const cases: [
    name: string,
    path: string,
    headers: Record<string, string>,
    body: Uint8Array | string,
    status: number,
    type: string,
  ][] = [
    ["JSON", "/v1/traces", { "content-type": JSON_TYPE }, json, 200, JSON_TYPE],
    ["JSON with charset", "/v1/traces", { "content-type": "application/json; charset=utf-8" }, json, 200, JSON_TYPE],
    ["protobuf", "/v1/traces", { "content-type": PROTOBUF }, protobuf, 200, PROTOBUF],
    ["an empty request", "/v1/metrics", { "content-type": PROTOBUF }, "", 200, PROTOBUF],
    ["a query", "/v1/traces?a=b", { "content-type": PROTOBUF }, protobuf, 200, PROTOBUF],
    ["gzip", "/v1/traces", { "content-type": PROTOBUF, "content-encoding": "gzip" }, gzipSync(protobuf), 200, PROTOBUF],
    [
      "deflate",
      "/v1/traces",
      { "content-type": JSON_TYPE, "content-encoding": "deflate" },
      deflateSync(json),
      200,
      JSON_TYPE,
    ],
    ["bad JSON", "/v1/traces", { "content-type": JSON_TYPE }, "{", 400, JSON_TYPE],
    [
      "bad id",
      "/v1/traces",
      { "content-type": JSON_TYPE },
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"z"}]}]}]}',
      400,
      JSON_TYPE,
    ],
    ["bad protobuf", "/v1/traces", { "content-type": PROTOBUF }, "garbage!", 400, PROTOBUF],
    ["a cut request", "/v1/traces", { "content-type": PROTOBUF }, protobuf.slice(0, -1), 400, PROTOBUF],
    ["not gzip", "/v1/traces", { "content-type": PROTOBUF, "content-encoding": "gzip" }, protobuf, 400, PROTOBUF],
    [
      "cut gzip",
      "/v1/traces",
      { "content-type": PROTOBUF, "content-encoding": "gzip" },
      gzipSync(protobuf).subarray(0, -9),
      400,
      PROTOBUF,
    ],
    ["gzip in gzip", "/v1/traces", { "content-type": PROTOBUF, "content-encoding": "gzip" }, smallBomb, 400, PROTOBUF],
    ["unknown encoding", "/v1/traces", { "content-type": PROTOBUF, "content-encoding": "br" }, protobuf, 400, PROTOBUF],
    ["too large", "/v1/traces", { "content-type": PROTOBUF }, Buffer.alloc(MAX_BYTES + 1), 413, PROTOBUF],
    ["a gzip bomb", "/v1/traces", { "content-type": PROTOBUF, "content-encoding": "gzip" }, bomb, 413, PROTOBUF],
    ["text", "/v1/traces", { "content-type": "text/plain" }, json, 415, "text/plain"],
    ["no type", "/v1/traces", { "content-type": "" }, json, 415, "text/plain"],
    ["an unknown path", "/v1/trace", { "content-type": PROTOBUF }, protobuf, 404, "text/plain; charset=utf-8"],
    ["a signal without pipeline", "/v1/logs", { "content-type": PROTOBUF }, "", 404, "text/plain; charset=utf-8"],
  ];
  test.each(cases)("%s", async (_name, path, headers, body, status, type) => {
    const answer = await fetch(base + path, { method: "POST", headers, body: body as Body });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
    const payload = new Uint8Array(await answer.arrayBuffer());
    if (status === 200) expect(Buffer.from(payload).toString()).toBe(type === JSON_TYPE ? '{"partialSuccess":{}}' : "");
    if (status === 400 || status === 413) {
      const told = type === JSON_TYPE ? JSON.parse(Buffer.from(payload).toString()) : decodeRpcStatus(payload);
      expect(told).toMatchObject({ code: 3, message: expect.stringMatching(/./) });
    }
  });

  test("other methods", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const answer = await fetch(`${base}/v1/traces`, { method });
      expect([answer.status, await answer.text()]).toEqual([405, "405 method not allowed, supported: [POST]"]);
    }
  });

  test("a chunked body that does not end is cut at the limit, and the answer arrives", async () => {
    const [host, port] = base.slice("http://".length).split(":");
    const socket = connect(Number(port), host);
    socket.write(
      `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: ${PROTOBUF}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = Buffer.alloc(1024 * 1024);
    const answer = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    while (!answered) {
      socket.write(`${chunk.length.toString(16)}\r\n`);
      socket.write(chunk);
      await new Promise((resolve) => socket.write("\r\n", resolve));
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.on("error", () => {});
    socket.destroy();
  });

  test("a client that goes away in the middle does no harm", async () => {
    const [host, port] = base.slice("http://".length).split(":");
    const socket = connect(Number(port), host);
    socket.write(`POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: ${PROTOBUF}\r\ncontent-length: 100\r\n\r\nabc`);
    await new Promise<void>((resolve) => socket.end(() => resolve()));
    const answer = await fetch(`${base}/v1/traces`, {
      method: "POST",
      headers: { "content-type": PROTOBUF },
      body: "",
    });
    expect(answer.status).toBe(200);
  });
});

test("what comes in goes out with the same bytes", async () => {
  const sink = await startSink();
  const collector = await startTestCollector(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {otlphttp: {endpoint: "${sink.url}"}}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlphttp]}
    metrics: {receivers: [otlp], exporters: [otlphttp]}
    logs: {receivers: [otlp], exporters: [otlphttp]}
`);
  const base = `http://${addressOf(collector, "receiver otlp", "http")}`;
  const requests = {
    traces: tracesJson([{ name: "a" }, { name: "b" }]),
    metrics: gaugeJson("m", 1.5),
    logs: logsJson(["x"]),
  };
  for (const [signal, json] of Object.entries(requests)) {
    const answer = await fetch(`${base}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": JSON_TYPE },
      body: JSON.stringify(json),
    });
    expect(answer.status).toBe(200);
  }
  await sink.received(3);
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const request = sink.requests.find(({ path }) => path === `/v1/${signal}`);
    expect(request?.body).toEqual(Buffer.from(requestBytes(signal, requests[signal])));
    expect(protobufToJson(signal, request?.body as Buffer)).toEqual(
      protobufToJson(signal, requestBytes(signal, requests[signal])),
    );
  }
  await collector.shutdown();
  expect(collector.ledger().pipelines.map(({ accepted, exits }) => [accepted, exits.otlphttp?.sent])).toEqual([
    [2, 2],
    [1, 1],
    [1, 1],
  ]);
  await sink.close();
});

test("a full queue answers 429 and memory pressure 503, both with Retry-After, and the books say so", async () => {
  const sink = await startSink();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  sink.answer = async () => {
    await held;
    return { status: 200 };
  };
  const queue = "sending_queue: {queue_size: 1, num_consumers: 1}";
  const collector = await startTestCollector(
    yaml(`{otlphttp: {endpoint: "${sink.url}", ${queue}}}`).replaceAll("[x]", "[otlphttp]"),
  );
  const base = `http://${addressOf(collector, "receiver otlp", "http")}`;
  const send = (type: string) =>
    fetch(`${base}/v1/traces`, {
      method: "POST",
      headers: { "content-type": type },
      body: (type === JSON_TYPE ? JSON.stringify(tracesJson([{}])) : tracesBytes([{}])) as Body,
    });
  expect((await send(JSON_TYPE)).status).toBe(200);
  const refused = await send(JSON_TYPE);
  expect([refused.status, refused.headers.get("retry-after"), await refused.json()]).toEqual([
    429,
    "1",
    { code: 8, message: "sending queue is full" },
  ]);
  const books = collector.ledger().pipelines[0];
  expect(books).toMatchObject({ accepted: 1, refused: 1, balanced: true, exits: { otlphttp: { sent: 0, queued: 1 } } });
  release();
  await collector.shutdown();
  expect(collector.ledger().pipelines[0]).toMatchObject({
    accepted: 1,
    refused: 1,
    balanced: true,
    exits: { otlphttp: { sent: 1, queued: 0 } },
  });
  await sink.close();

  const limited = await startTestCollector(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
processors: {memory_limiter: {check_interval: 10s, limit_mib: 1}}
exporters: {nop: }
service: {pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [nop]}}}
`);
  const answer = await fetch(`http://${addressOf(limited, "receiver otlp", "http")}/v1/traces`, {
    method: "POST",
    headers: { "content-type": PROTOBUF },
    body: tracesBytes([{}]) as Body,
  });
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(decodeRpcStatus(new Uint8Array(await answer.arrayBuffer()))).toMatchObject({ code: 14 });
  expect(limited.ledger().pipelines[0]).toMatchObject({ accepted: 0, refused: 1, balanced: true });
  await limited.shutdown();
});

test("a port in use is one line that names component, address and remedy", async () => {
  const first = await startTestCollector(yaml("{nop: }").replaceAll("[x]", "[nop]"));
  const address = addressOf(first, "receiver otlp", "http");
  for (const protocol of ["http", "grpc"]) {
    const text = yaml("{nop: }").replaceAll("[x]", "[nop]").replace("http", protocol).replace("127.0.0.1:0", address);
    const failure: unknown = await startTestCollector(text).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartError);
    expect((failure as Error).message).toBe(
      `cannot start receiver "otlp": ${address} is already in use; stop the process that listens there or set receivers::otlp::protocols::${protocol}::endpoint to another port`,
    );
  }
  await first.shutdown();
});

test("browsers may ask first", async () => {
  const cors = ", cors: {allowed_origins: ['https://*.example.com']}";
  const collector = await startTestCollector(yaml("{nop: }", cors).replaceAll("[x]", "[nop]"));
  const url = `http://${addressOf(collector, "receiver otlp", "http")}/v1/traces`;
  const ask = (origin: string) =>
    fetch(url, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });
  const allowed = await ask("https://app.example.com");
  expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([
    204,
    "https://app.example.com",
  ]);
  expect((await ask("https://evil.com")).headers.get("access-control-allow-origin")).toBeNull();
  await collector.shutdown();
});
