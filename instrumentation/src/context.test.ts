import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { App } from "./testing/app.js";
import { OtlpSink, type ReceivedSpan } from "./testing/otlp-sink.js";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let sink: OtlpSink;
let app: App;
let port: number;

beforeEach(async () => {
  sink = await OtlpSink.listen();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint, OTEL_BSP_MAX_QUEUE_SIZE: "50000" };
  app = new App("context-app.cjs", { env });
  port = Number(new URL(await app.url()).port);
});

afterEach(async () => {
  await app.stop();
  await sink.close();
});

async function open(): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  return socket;
}

const get = (path: string, id: number): string => `GET /${path}/${id} HTTP/1.1\r\nHost: shop\r\n\r\n`;

function post(id: number): string {
  const body = JSON.stringify({ id: String(id) });
  return `POST /orders/${id} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

function requestOf(id: number): string {
  return [get("work", id), post(id), get("stream", id), get("throws", id)][id % 4] ?? "";
}

/** Resolves when `count` answers have arrived. */
function answers(socket: Socket, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    const take = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      if ((text.match(/HTTP\/1\.1 /g)?.length ?? 0) < count || !/(\r\n0\r\n\r\n|\}|\r\n\r\n)$/.test(text)) return;
      socket.off("data", take);
      resolve();
    };
    socket.on("data", take);
    socket.on("error", reject);
  });
}

const servers = (): ReceivedSpan[] => sink.spans.filter((span) => span.kind === "server");

/** Every request has one server span, and what was done for it is below that span and no other. */
async function expectTrees(requests: number): Promise<void> {
  const works = (): ReceivedSpan[] => sink.spans.filter((span) => span.name.startsWith("work "));
  await sink.until(() => (servers().length >= requests && works().length >= requests ? true : undefined));
  expect(servers()).toHaveLength(requests);
  expect(new Set(servers().map((span) => span.traceId)).size).toBe(requests);
  const byId = new Map(servers().map((span) => [span.spanId, span]));
  const workOf = new Map(works().map((span) => [span.spanId, span]));
  for (const span of sink.spans.filter(({ kind }) => kind === "internal")) {
    const server = byId.get(workOf.get(span.parentSpanId)?.parentSpanId ?? span.parentSpanId);
    expect(server?.traceId).toBe(span.traceId);
    expect(String(server?.attributes["url.path"]).split("/")[2]).toBe(span.name.split(" ").at(-1));
  }
}

async function expectCounted(requests: number): Promise<void> {
  const counted = (): number =>
    sink.pointsOf("http.server.request.duration").reduce((sum, point) => sum + point.value, 0);
  await sink.until(() => (counted() >= requests ? true : undefined));
  expect(counted()).toBe(requests);
}

test("200 connections kept alive: no wrong parent, every request counted once", async () => {
  const connections = 200;
  const each = 3;
  await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      const socket = await open();
      for (let turn = 0; turn < each; turn++) {
        const answered = answers(socket, 1);
        socket.write(requestOf(connection * each + turn));
        await answered;
      }
      socket.end();
    }),
  );
  await expectTrees(connections * each);
  await expectCounted(connections * each);
});

test("pipelined requests, and bodies that arrive in pieces", async () => {
  const socket = await open();
  const answered = answers(socket, 12);
  const bytes = Array.from({ length: 12 }, (_, id) => requestOf(id)).join("");
  for (let at = 0; at < bytes.length; at += 61) {
    socket.write(bytes.slice(at, at + 61));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await answered;
  socket.end();
  await expectTrees(12);
  await expectCounted(12);
});

test("aborted requests end their spans and are counted", async () => {
  const sockets = await Promise.all(Array.from({ length: 20 }, open));
  for (const [id, socket] of sockets.entries()) socket.write(get("never", id));
  await app.until(({ stdout }) => (stdout.match(/arrived/g)?.length === 20 ? true : undefined));
  for (const socket of sockets) socket.destroy();
  await expectTrees(20);
  await expectCounted(20);
});

test("an upgrade after a request on the same connection is not in that request's trace", async () => {
  const socket = await open();
  const answered = answers(socket, 1);
  socket.write(get("work", 4));
  await answered;
  const upgraded = answers(socket, 1);
  socket.write("GET /chat HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  await upgraded;
  const upgrade = await sink.until(({ spans }) => spans.find((span) => span.name === "upgrade /chat"));
  expect(upgrade.parentSpanId).toBe("");
});
