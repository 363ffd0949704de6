import { type ClientHttp2Session, connect } from "node:http2";
import { deflateSync, gzipSync } from "node:zlib";
import grpc from "@grpc/grpc-js";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningCollector } from "../../collector.js";
import { compressor } from "../../net/encodings/compress.js";
import { exportPath } from "../../net/grpc-path.js";
import { addressOf, startTestCollector } from "../../testing/collector.test.fixture.js";
import { logsJson, requestBytes, tracesBytes } from "../../testing/telemetry.test.fixture.js";

/** Both servers take the same calls; every difference in their answers is a fault, but for those that are named. */
const SERVERS = ["plain", "grpc-js"] as const;
const collectors: RunningCollector[] = [];
const sessions: ClientHttp2Session[] = [];

beforeAll(async () => {
  for (const server of SERVERS) {
    const collector = await startTestCollector(`
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0", max_recv_msg_size_mib: 1, grpc_server: ${server}}}}}
exporters: {nop: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`);
    collectors.push(collector);
    sessions.push(connect(`http://${addressOf(collector, "receiver otlp", "grpc")}`));
  }
});
afterAll(async () => {
  for (const session of sessions) session.destroy();
  for (const collector of collectors) await collector.shutdown();
});

interface Answer {
  readonly status: unknown;
  readonly type: unknown;
  readonly body: string;
  readonly code: unknown;
  readonly message: unknown;
}

function call(session: ClientHttp2Session, headers: Record<string, string>, body: Uint8Array): Promise<Answer> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": exportPath("traces"),
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    let seen: Record<string, unknown> = {};
    const parts: Buffer[] = [];
    stream.on("response", (head) => (seen = { ...head }));
    stream.on("trailers", (trailers) => (seen = { ...seen, ...trailers }));
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("error", () => undefined);
    stream.on("close", () =>
      resolve({
        status: seen[":status"],
        type: seen["content-type"],
        body: Buffer.concat(parts).toString("hex"),
        code: seen["grpc-status"],
        message: seen["grpc-message"],
      }),
    );
    stream.end(body);
  });
}

function framed(bytes: Uint8Array, flag = 0, length: number = bytes.length): Buffer {
  const prefix = Buffer.from([flag, 0, 0, 0, 0]);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
}

const spans = tracesBytes([{}, {}]);
const NOTHING = new Uint8Array(0);
const bomb = gzipSync(Buffer.alloc(3_000_000));

describe("both servers answer alike", () => {
  const cases: Record<string, readonly [headers: Record<string, string>, body: Uint8Array]> = {
    "a call": [{}, framed(spans)],
    "an empty message": [{}, framed(NOTHING)],
    "application/grpc+proto": [{ "content-type": "application/grpc+proto" }, framed(spans)],
    "another method of HTTP": [{ ":method": "PUT" }, framed(spans)],
    "no message": [{}, NOTHING],
    garbage: [{}, framed(Buffer.from("garbage!"))],
    "a path of nobody": [{ ":path": "/x.Y/Export" }, framed(spans)],
    "a path with a query": [{ ":path": `${exportPath("traces")}?x=1` }, framed(spans)],
    "a signal without pipeline": [{ ":path": exportPath("logs") }, framed(requestBytes("logs", logsJson(["a"])))],
    "another content type": [{ "content-type": "application/x-protobuf" }, framed(spans)],
    "no content type": [{ "content-type": "" }, framed(spans)],
    gzip: [{ "grpc-encoding": "gzip" }, framed(gzipSync(spans), 1)],
    deflate: [{ "grpc-encoding": "deflate" }, framed(deflateSync(spans), 1)],
    "an encoding that is not used": [{ "grpc-encoding": "gzip" }, framed(spans)],
    "identity, said to be compressed": [{ "grpc-encoding": "identity" }, framed(spans, 1)],
    "an encoding of nobody": [{ "grpc-encoding": "brotli" }, framed(spans, 1)],
    "corrupt gzip": [{ "grpc-encoding": "gzip" }, framed(Buffer.from("no gzip at all"), 1)],
    "a gzip bomb": [{ "grpc-encoding": "gzip" }, framed(bomb, 1)],
    "a message too large": [{}, framed(Buffer.alloc(1024 * 1024 + 1))],
    "a length too large": [{}, framed(NOTHING, 0, 0xffff_ffff)],
    "a time limit": [{ "grpc-timeout": "10S" }, framed(spans)],
    "a time limit that is none": [{ "grpc-timeout": "soon" }, framed(spans)],
    "metadata of its own": [{ "x-tenant": "a", "x-bin": "AAEC" }, framed(spans)],
  };
  for (const [name, [headers, body]] of Object.entries(cases)) {
    it(name, async () => {
      const [ours, theirs] = await Promise.all(sessions.map((session) => call(session, headers, body)));
      // grpc-js calls it a server streaming method, and names it.
      const text = decodeURIComponent(String(theirs?.message)).replace(/server streaming method .*/, "a unary method");
      expect({ ...ours, message: undefined }).toEqual({ ...theirs, message: undefined });
      expect(decodeURIComponent(String(ours?.message))).toBe(text);
    });
  }
});

describe("the plain server alone", () => {
  for (const [encoding, name] of [
    ["zstd", "zstd"],
    ["x-snappy-framed", "snappy"],
  ] as const) {
    it(`takes ${name}`, async () => {
      const packed = (await compressor(encoding, 3)?.([spans])) as Uint8Array;
      const session = sessions[0] as ClientHttp2Session;
      expect(await call(session, { "grpc-encoding": name }, framed(packed, 1))).toMatchObject({ code: "0" });
    });
  }

  it("refuses what gRPC does not have: unknown flags, a second message", async () => {
    const session = sessions[0] as ClientHttp2Session;
    expect(await call(session, {}, framed(spans, 2))).toMatchObject({ code: "13" });
    expect(await call(session, {}, Buffer.concat([framed(spans), framed(spans)]))).toMatchObject({ code: "12" });
  });
});

it("the exporter of the OpenTelemetry SDK gets through to both", async () => {
  for (const collector of collectors) {
    const before = collector.ledger().pipelines[0]?.accepted ?? 0;
    const url = `http://${addressOf(collector, "receiver otlp", "grpc")}`;
    const exporter = new OTLPTraceExporter({ url, credentials: grpc.credentials.createInsecure() });
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    for (let index = 0; index < 20; index++) provider.getTracer("t").startSpan(`span ${index}`).end();
    await provider.forceFlush();
    await provider.shutdown();
    expect((collector.ledger().pipelines[0]?.accepted ?? 0) - before).toBe(20);
  }
});
