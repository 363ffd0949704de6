import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { addressOf, eventually, startTestCollector } from "../testing/collector.test.fixture.js";
import { tracesBytes } from "../testing/telemetry.test.fixture.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A server that says these bytes for each request, one after the other, and then behaves. */
async function startHostile(
  answers: readonly ((socket: Socket) => void)[],
): Promise<{ url: string; requests: () => number }> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(received.toString("latin1"))?.[1] ?? Number.NaN);
      if (end < 0 || received.length < end + 4 + length) return;
      received = Buffer.alloc(0);
      const answer = answers[requests++];
      if (answer !== undefined) answer(socket);
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests };
}

const says = (text: string) => (socket: Socket) => void socket.write(text);
const saysAndCloses = (text: string) => (socket: Socket) => void socket.end(text);
const json = (text: string) =>
  says(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
const html = (status: string) =>
  says(`HTTP/1.1 ${status}\r\ncontent-type: text/html\r\ncontent-length: 27\r\n\r\n<h1>Something is broken</h1`);

const post = async (address: string, count: number): Promise<number> => {
  const body = tracesBytes(Array.from({ length: count }, () => ({}))) as NonNullable<RequestInit["body"]>;
  const headers = { "content-type": "application/x-protobuf" };
  return (await fetch(`http://${address}/v1/traces`, { method: "POST", headers, body })).status;
};

async function start(url: string, more = ""): ReturnType<typeof startTestCollector> {
  const collector = await startTestCollector(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters:
  otlphttp:
    endpoint: "${url}"
    timeout: 200ms
    retry_on_failure: {initial_interval: 1ms, max_interval: 2ms}
    ${more}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}
`);
  cleanups.push(() => collector.shutdown());
  return collector;
}

/** Sends five spans and answers what the books say when they have left the queue. */
async function fate(
  answers: readonly ((socket: Socket) => void)[],
): Promise<{ sent: number; dropped: object; requests: number }> {
  const destination = await startHostile(answers);
  const collector = await start(destination.url);
  expect(await post(addressOf(collector, "receiver otlp", "http"), 5)).toBe(200);
  const exit = await eventually(() => {
    const found = collector.ledger().pipelines[0]?.exits.otlphttp;
    return found?.queued === 0 ? found : undefined;
  });
  expect(collector.ledger().pipelines[0]?.balanced).toBe(true);
  return { sent: exit.sent, dropped: exit.dropped, requests: destination.requests() };
}

test.each([
  ["closes without a word", (socket: Socket) => void socket.end()],
  ["resets the connection", (socket: Socket) => void socket.resetAndDestroy()],
  ["says half a status line", saysAndCloses("HTTP/1.1 20")],
  ["says half a body", saysAndCloses("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")],
  ["speaks another protocol", saysAndCloses("SSH-2.0-OpenSSH_9.6\r\n")],
  ["says noise", saysAndCloses("\u0000\u0001\u0002\r\n\r\n\r\n")],
  ["answers nothing within the time", () => {}],
  ["begins an answer and stops", says("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")],
  ["is a proxy without a backend", html("502 Bad Gateway")],
  [
    "is overloaded, and says until when in two ways that make no sense",
    says("HTTP/1.1 503 No\r\nretry-after: soon\r\ncontent-length: 0\r\n\r\n"),
  ],
])("a destination that %s gets the batch again", async (_what, answer) => {
  expect(await fate([answer, answer])).toEqual({ sent: 5, dropped: {}, requests: 3 });
});

test.each([
  ["200 with a page", html("200 OK"), { sent: 5, dropped: {} }],
  [
    "200 with junk in the name of protobuf",
    says("HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 3\r\n\r\n\u007f\u007f\u007f"),
    { sent: 5, dropped: {} },
  ],
  ["200 with half of JSON", json('{"par'), { sent: 5, dropped: {} }],
  [
    "more rejected than sent",
    json('{"partialSuccess":{"rejectedSpans":"999999"}}'),
    { sent: 0, dropped: { rejected_by_destination: 5 } },
  ],
  ["a negative number rejected", json('{"partialSuccess":{"rejectedSpans":"-7"}}'), { sent: 5, dropped: {} }],
  ["500 with a page", html("500 Internal Server Error"), { sent: 0, dropped: { permanent_error: 5 } }],
  ["404 with a page", html("404 Not Found"), { sent: 0, dropped: { permanent_error: 5 } }],
  [
    "a redirect",
    says("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
    { sent: 0, dropped: { permanent_error: 5 } },
  ],
])("an answer of %s is taken once, and the books say so", async (_what, answer, expected) => {
  expect(await fate([answer])).toEqual({ ...expected, requests: 1 });
});

test("an endless answer is cut off", async () => {
  const endless = (socket: Socket): void => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    const chunk = `4000\r\n${"y".repeat(0x4000)}\r\n`;
    const more = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on("drain", more);
    more();
  };
  expect(await fate([endless])).toMatchObject({ sent: 5, requests: 1 });
});

test("a destination that is dead for a while: what fits is kept, the rest is refused at the door, and it all arrives", async () => {
  const answers = Array.from({ length: 60 }, () => html("503 Service Unavailable"));
  const destination = await startHostile(answers);
  const collector = await start(destination.url, "sending_queue: {queue_size: 4}");
  const statuses = [];
  for (let index = 0; index < 8; index++) statuses.push(await post(addressOf(collector, "receiver otlp", "http"), 1));
  const accepted = statuses.filter((status) => status === 200).length;
  expect(accepted).toBeGreaterThanOrEqual(4);
  await eventually(() => (collector.ledger().pipelines[0]?.exits.otlphttp?.sent === accepted ? true : undefined));
});
