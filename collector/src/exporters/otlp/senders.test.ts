import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Batch, concatBatches, readBatch } from "@venturi/otlp";
import { afterEach, describe, expect, it } from "vitest";
import type { ComponentHost } from "../../component.js";
import { ExportError } from "../../export/export-error.js";
import type { Sender } from "../../export/queued-exporter.js";
import { giveBack, type Lease, lend } from "../../lease.js";
import { encodeRpcStatus } from "../../net/rpc-status.js";
import { tracesBytes } from "../../testing/telemetry.test.fixture.js";
import { otlpGrpcSchema } from "./config.js";
import { GrpcJsSender } from "./grpc-js-sender.js";
import { PlainSender, plainTarget } from "./plain-sender.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(server: Server | Http2Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

type Answer = (stream: ServerHttp2Stream, headers: Record<string, unknown>, body: Buffer) => void;

/** A server of node:http2 whose answers the test makes. */
async function serve(answer: Answer, settings: object = {}): Promise<{ port: number; sessions: ServerHttp2Session[] }> {
  const server = createServer({ settings });
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => sessions.push(session));
  server.on("stream", (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on("error", () => undefined);
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => answer(stream, headers, Buffer.concat(parts)));
  });
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { port: await listen(server), sessions };
}

async function senderTo(kind: "plain" | "grpc-js", port: number, options: object = {}): Promise<Sender> {
  const config = otlpGrpcSchema.parse({
    endpoint: `127.0.0.1:${port}`,
    tls: { insecure: true },
    compression: "none",
    grpc_client: kind,
    ...options,
  });
  const target = plainTarget(config);
  expect(target !== undefined).toBe(kind === "plain");
  const sender: Sender =
    target === undefined ? new GrpcJsSender(config, {} as ComponentHost) : new PlainSender(config, target);
  await sender.start?.();
  closers.push(() => sender.close());
  return sender;
}

const batch = readBatch("traces", tracesBytes([{}, {}]));
const never = new AbortController().signal;

function framed(bytes: Uint8Array, flag = 0): Buffer {
  const prefix = Buffer.from([flag, 0, 0, 0, 0]);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

const OK = { ":status": 200, "content-type": "application/grpc" };

function reply(stream: ServerHttp2Stream, message: Uint8Array, trailers: object, headers: object = {}): void {
  stream.respond({ ...OK, ...headers }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ ...trailers }));
  stream.end(message);
}

const succeed: Answer = (stream) => reply(stream, framed(Buffer.alloc(0)), { "grpc-status": "0" });

async function outcome(sender: Sender, abort: AbortSignal = never, sent: Batch = batch): Promise<unknown> {
  try {
    return await sender.push(sent, abort);
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    return { message: error.message, retryable: error.retryable, retryAfterMs: error.retryAfterMs };
  }
}

/** field 1 (partial_success) of an answer: rejected 3, "why". */
const partial = Buffer.from([0x0a, 7, 0x08, 3, 0x12, 3, 0x77, 0x68, 0x79]);
const retryInfo = Buffer.from(encodeRpcStatus({ code: 8, message: "full", retryAfterMs: 1500 })).toString("base64");
const failing =
  (headers: object): Answer =>
  (stream) =>
    stream.respond({ ...OK, ...headers }, { endStream: true });

describe("both clients make the same of an answer", () => {
  const answers: Record<string, Answer> = {
    success: succeed,
    "partial success": (stream) => reply(stream, framed(partial), { "grpc-status": "0" }),
    "an answer that is gzipped": (stream) =>
      reply(stream, framed(gzipSync(partial), 1), { "grpc-status": "0" }, { "grpc-encoding": "gzip" }),
    "a failure behind headers": (stream) =>
      reply(stream, Buffer.alloc(0), { "grpc-status": "3", "grpc-message": "b%C3%A4d 100%25" }),
    "a failure alone": failing({ "grpc-status": "14", "grpc-message": "come again" }),
    "a full queue": failing({ "grpc-status": "8", "grpc-message": "full", "grpc-status-details-bin": retryInfo }),
    "a full queue without RetryInfo": failing({ "grpc-status": "8", "grpc-message": "full" }),
    "permission denied": failing({ "grpc-status": "7", "grpc-message": "no" }),
    "a refusal of HTTP": (stream) => stream.respond({ ":status": 503 }, { endStream: true }),
    "a reset": (stream) => stream.close(2),
    "a reset that cancels": (stream) => stream.close(8),
    "a reset that calms": (stream) => stream.close(11),
  };
  for (const [name, answer] of Object.entries(answers)) {
    it(name, async () => {
      const { port } = await serve(answer);
      const [ours, theirs] = [await senderTo("plain", port), await senderTo("grpc-js", port)];
      expect(await outcome(ours)).toEqual(await outcome(theirs));
    });
  }

  it("that comes gzipped and with headers on both ways", async () => {
    const seen: unknown[] = [];
    const { port } = await serve((stream, headers, body) => {
      const { "grpc-encoding": encoding, "content-type": type, te, "x-tenant": tenant } = headers;
      seen.push({ path: headers[":path"], encoding, type, te, tenant, flag: body[0] });
      expect(gunzipSync(body.subarray(5)).equals(batch.slices[0] as Uint8Array)).toBe(true);
      succeed(stream, headers, body);
    });
    for (const kind of ["plain", "grpc-js"] as const) {
      await (await senderTo(kind, port, { compression: "gzip", headers: { "X-Tenant": "a" } })).push(batch, never);
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  it("that never comes, and of nobody there", async () => {
    const { port } = await serve(() => undefined);
    for (const kind of ["plain", "grpc-js"] as const) {
      const abort = new AbortController();
      const answer = outcome(await senderTo(kind, port), abort.signal);
      abort.abort(new Error("timed out"));
      expect(await answer).toMatchObject({
        retryable: true,
        message: expect.stringContaining("CANCELLED desc = timed out"),
      });
      const gone = createTcpServer();
      const free = await listen(gone);
      gone.close();
      expect(await outcome(await senderTo(kind, free))).toMatchObject({
        retryable: true,
        message: expect.stringMatching(/UNAVAILABLE desc = .*No connection established.*ECONNREFUSED/),
      });
    }
  });
});

describe("the plain client", () => {
  it("obeys small windows and a limit of streams, and keeps the bytes in order", async () => {
    const bodies: Buffer[] = [];
    const { port } = await serve(
      (stream, headers, body) => {
        bodies.push(body);
        succeed(stream, headers, body);
      },
      { initialWindowSize: 1000, maxConcurrentStreams: 2, maxFrameSize: 20_000 },
    );
    const sender = await senderTo("plain", port);
    const batches = Array.from({ length: 8 }, (_, index) =>
      concatBatches("traces", [batch, readBatch("traces", tracesBytes([{ name: "x".repeat(20_000 + index) }]))]),
    );
    await Promise.all(batches.map((one) => sender.push(one, never)));
    const sent = batches.map((one) => framed(Buffer.concat(one.slices)).toString("latin1"));
    expect(bodies.map((body) => body.toString("latin1")).sort()).toEqual(sent.sort());
  });

  it("makes calls anew that a server refused or that a GOAWAY left behind, and connects again", async () => {
    let calls = 0;
    const { port, sessions } = await serve((stream, headers, body) => {
      calls++;
      if (calls === 1) stream.close(7);
      else succeed(stream, headers, body);
    });
    const sender = await senderTo("plain", port);
    expect(await outcome(sender)).toEqual({ rejected: 0 });
    expect(calls).toBe(2);
    sessions[0]?.goaway(0);
    expect(await outcome(sender)).toEqual({ rejected: 0 });
    sessions.at(-1)?.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    let last: unknown;
    for (let attempt = 0; attempt < 3; attempt++) last = await outcome(sender);
    expect(last).toEqual({ rejected: 0 });
    expect(sessions.length).toBeGreaterThan(1);
  });

  it("tells what is no HTTP/2 server, and one that breaks off", async () => {
    const answers = ["HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\0\x04\0\0\0\0\0\0\0\x01\x01\x04\0\0\0\x01\xff", ""];
    for (const text of answers) {
      const server = createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => socket.end(text, "latin1"));
      });
      closers.push(() => server.close());
      const answer = await outcome(await senderTo("plain", await listen(server)));
      expect(answer).toMatchObject({ retryable: true, message: expect.stringContaining("UNAVAILABLE") });
    }
  });

  it("keeps the memory of a batch until the socket has let go of it", async () => {
    let released = 0;
    const lease: Lease = { release: () => released++ };
    const held = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        // SETTINGS and windows for all of it; then nothing is read any more.
        socket.pause();
        socket.write(Buffer.from("00000604000000000000047fffffff" + "0000040800000000007fff0000", "hex"));
      });
      closers.push(() => socket.destroy());
    });
    closers.push(() => held.close());
    const sender = await senderTo("plain", await listen(held));
    const slices = Array.from({ length: 16 }, () => new Uint8Array(1024 * 1024));
    const large: Batch = { signal: "traces", slices, itemCount: 1, byteLength: 16 * 1024 * 1024 };
    lend(large, lease);
    const abort = new AbortController();
    const answer = outcome(sender, abort.signal, large);
    setTimeout(() => abort.abort(new Error("timed out")), 100);
    expect(await answer).toMatchObject({ message: expect.stringContaining("timed out") });
    // Another attempt delivered the batch, as far as the queue knows.
    giveBack(large);
    expect(released).toBe(0);
    for (const close of closers.splice(1).reverse()) await close();
    while (released === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(released).toBe(1);
  });

  it("is not taken for what only grpc-js has", () => {
    const config = (options: object) => otlpGrpcSchema.parse({ endpoint: "a:1", tls: { insecure: true }, ...options });
    expect(plainTarget(config({}))).toEqual({ host: "a", port: 1 });
    expect(plainTarget(config({ endpoint: "http://[::1]:4317", tls: {} }))).toEqual({ host: "::1", port: 4317 });
    const others = [
      { tls: {} },
      { endpoint: "https://a:1" },
      { endpoint: "dns:///a:1" },
      { endpoint: "unix:/x" },
      { grpc_client: "grpc-js" },
      { headers: { "x-bin": "AAEC" } },
      { headers: { x: "a\nb" } },
      { headers: { x: "y".repeat(9000) } },
    ];
    for (const options of others) expect(plainTarget(config(options)), JSON.stringify(options)).toBeUndefined();
  });
});
