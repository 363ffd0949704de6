import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { OtlpSender, type SenderSettings } from "./sender.js";

const cleanups: (() => unknown)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

interface Collector {
  readonly url: string;
  readonly bodies: string[];
  readonly answers: ((response: ServerResponse, request: IncomingMessage) => void)[];
}

/** Answers the n-th request by the n-th function, and 200 when there is none. */
async function listen(...answers: Collector["answers"]): Promise<Collector> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const raw = Buffer.concat((await request.toArray()) as Buffer[]);
    const answer = answers[bodies.length];
    bodies.push((request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString());
    if (answer === undefined) response.end();
    else answer(response, request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, bodies, answers };
}

function senderTo(url: string, changes: Partial<SenderSettings> = {}): { sender: OtlpSender; losses: string[] } {
  const losses: string[] = [];
  const agent = new Agent({ keepAlive: true });
  cleanups.push(() => agent.destroy());
  const sender = new OtlpSender({
    url,
    headers: () => Promise.resolve({ "Content-Type": "application/x-protobuf" }),
    gzip: false,
    timeoutMs: 10_000,
    agent: () => Promise.resolve(agent),
    onLoss: (reason, itemCount) => losses.push(`${itemCount}: ${reason}`),
    onAnswer: () => undefined,
    ...changes,
  });
  return { sender, losses };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(code, headers).end();

test("one after the other, in order, compressed when asked", async () => {
  const collector = await listen();
  const { sender, losses } = senderTo(collector.url, { gzip: true });
  for (const text of ["a", "b", "c"]) sender.enqueue(bytes(text), 1);
  await sender.drain();
  expect(collector.bodies).toEqual(["a", "b", "c"]);
  expect(losses).toEqual([]);
});

test("503 and 429 are retried, at the time the collector asks for", async () => {
  let third: (() => void) | undefined;
  const arrived = new Promise<void>((resolve) => (third = resolve));
  const collector = await listen(
    status(503, { "Retry-After": "0.01" }),
    status(429, { "Retry-After": "0.01" }),
    (response) => {
      response.end();
      third?.();
    },
  );
  const { sender, losses } = senderTo(collector.url);
  sender.enqueue(bytes("x"), 7);
  await arrived;
  await sender.drain();
  expect(collector.bodies).toEqual(["x", "x", "x"]);
  expect(losses).toEqual([]);
});

test("400 is final; the next item is sent", async () => {
  const collector = await listen(status(400));
  const { sender, losses } = senderTo(collector.url);
  sender.enqueue(bytes("bad"), 3);
  sender.enqueue(bytes("good"), 1);
  await sender.drain();
  expect(collector.bodies).toEqual(["bad", "good"]);
  expect(losses).toEqual(["3: HTTP 400 Bad Request"]);
});

test("a reset connection is retried; draining ends the retries", async () => {
  const reset = (_response: ServerResponse, request: IncomingMessage): void => void request.socket.destroy();
  const collector = await listen(reset, reset);
  const { sender, losses } = senderTo(collector.url);
  sender.enqueue(bytes("x"), 2);
  await sender.drain();
  expect(losses).toEqual([expect.stringMatching(/^2: /)]);
  sender.enqueue(bytes("y"), 1);
  await sender.drain();
});

test("the queue is bounded in bytes", async () => {
  const collector = await listen();
  const { sender } = senderTo(collector.url);
  const big = new Uint8Array(3 * 1024 * 1024);
  expect([1, 2, 3].map(() => sender.enqueue(big, 1))).toEqual([true, true, false]);
  await sender.drain();
  expect(sender.enqueue(big, 1)).toBe(true);
  await sender.drain();
});

test("no answer within the timeout is a loss", async () => {
  const collector = await listen(() => undefined);
  const { sender, losses } = senderTo(collector.url, { timeoutMs: 50 });
  sender.enqueue(bytes("x"), 1);
  const held = setInterval(() => undefined, 1_000);
  await sender.drain();
  clearInterval(held);
  expect(losses).toEqual([expect.stringMatching(/^1: no answer within \d+ ms$/)]);
});
