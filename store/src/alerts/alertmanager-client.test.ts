import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { SentAlert } from "../rules/alert.js";
import { AlertmanagerClient } from "./alertmanager-client.js";

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly alerts: readonly { labels: { n: string } }[];
}

/** A real server; `status` is asked for each request, and may keep it waiting. */
async function alertmanager(
  status: (count: number) => number | Promise<number> = () => 200,
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const alerts = JSON.parse(Buffer.concat(chunks).toString()) as Received["alerts"];
    received.push({ path: `${request.method} ${request.url}`, headers: request.headers, alerts });
    response.writeHead(await status(received.length)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function client(urls: readonly string[]): { client: AlertmanagerClient; log: string[] } {
  const log: string[] = [];
  const made = new AlertmanagerClient(urls, "http://store:4319", (line) => void log.push(line));
  onTestFinished(() => made.stop(0));
  return { client: made, log };
}

function alerts(from: number, count: number): SentAlert[] {
  return Array.from({ length: count }, (_, index) => ({
    labels: { n: String(from + index) },
    annotations: {},
    startsAtMs: 1_700_000_000_123,
    endsAtMs: 1_700_000_240_000,
    query: "up == 0",
  }));
}

test("an alert is posted as the API wants it", async () => {
  const { url, received } = await alertmanager();
  const { client: sender } = client([`${url}/prefix//`]);
  sender.send([{ ...(alerts(0, 1)[0] as SentAlert), annotations: { text: "<é>" } }]);
  await sender.drain();
  expect(received[0]?.path).toBe("POST /prefix/api/v2/alerts");
  expect(received[0]?.headers["content-type"]).toBe("application/json");
  expect(received[0]?.alerts).toEqual([
    {
      labels: { n: "0" },
      annotations: { text: "<é>" },
      startsAt: "2023-11-14T22:13:20.123Z",
      endsAt: "2023-11-14T22:17:20.000Z",
      generatorURL: "http://store:4319/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
    },
  ]);
});

test("a message has at most 256 alerts, in their order, and every Alertmanager gets all", async () => {
  const [a, b] = [await alertmanager(), await alertmanager()];
  const { client: sender } = client([a.url, b.url, `${a.url}/`]);
  expect(sender.urls).toEqual([`${a.url}/api/v2/alerts`, `${b.url}/api/v2/alerts`]);
  sender.send(alerts(0, 100));
  sender.send(alerts(100, 500));
  await sender.drain();
  for (const { received } of [a, b]) {
    expect(received.map((message) => message.alerts.length)).toEqual([100, 256, 244]);
    const order = received.flatMap((message) => message.alerts.map(({ labels }) => Number(labels.n)));
    expect(order).toEqual(Array.from({ length: 600 }, (_, index) => index));
  }
});

test("what fails is counted and logged once; later messages are tried", async () => {
  const { url, received } = await alertmanager((count) => (count <= 2 ? 503 : 200));
  const { client: sender, log } = client([url]);
  for (let round = 0; round < 4; round++) {
    sender.send(alerts(round, 3));
    await sender.drain();
  }
  expect(received).toHaveLength(4);
  const address = `${url}/api/v2/alerts`;
  expect(sender.stats).toEqual({ [address]: { sent: 6, failed: 6, overflowed: 0 } });
  expect(log).toEqual([
    `store: cannot send alerts to ${address}: it answered 503`,
    `store: alerts reach ${address} again`,
  ]);
});

test("a server that is not there does not hold up another, nor the program", async () => {
  const { url, received } = await alertmanager();
  const { client: sender, log } = client(["http://127.0.0.1:1", url]);
  sender.send(alerts(0, 1));
  await sender.drain();
  expect(received).toHaveLength(1);
  expect(log).toHaveLength(1);
  expect(log[0]).toMatch(/^store: cannot send alerts to http:\/\/127\.0\.0\.1:1\/api\/v2\/alerts: /);
});

test("beyond 10,000 that wait the oldest are dropped, and counted", async () => {
  let release: (status: number) => void = () => undefined;
  const held = new Promise<number>((resolve) => {
    release = resolve;
  });
  let arrived: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { url, received } = await alertmanager((count) => {
    arrived();
    return count === 1 ? held : 200;
  });
  const { client: sender } = client([url]);
  sender.send(alerts(0, 1));
  await first;
  sender.send(alerts(1, 10_000));
  sender.send(alerts(10_001, 50));
  sender.send(alerts(20_000, 10_200));
  release(200);
  await sender.drain();
  const order = received.slice(1).flatMap((message) => message.alerts.map(({ labels }) => Number(labels.n)));
  expect(order).toEqual(Array.from({ length: 10_000 }, (_, index) => 20_200 + index));
  expect(Object.values(sender.stats)).toEqual([{ sent: 10_001, failed: 0, overflowed: 10_250 }]);
});

test("a stop sends what waits, and takes no more", async () => {
  const { url, received } = await alertmanager();
  const { client: sender } = client([url]);
  sender.send(alerts(0, 300));
  await sender.stop();
  sender.send(alerts(300, 1));
  await sender.drain();
  expect(received.map((message) => message.alerts.length)).toEqual([256, 44]);
});

test("a stop gives up on a server that does not answer", async () => {
  const { url } = await alertmanager(() => new Promise<number>(() => undefined));
  const { client: sender } = client([url]);
  sender.send(alerts(0, 300));
  await sender.stop(0);
  expect(Object.values(sender.stats)).toEqual([{ sent: 0, failed: 300, overflowed: 0 }]);
});

test("credentials go into a header, and nowhere else", async () => {
  const { url, received } = await alertmanager(() => 401);
  const { client: sender, log } = client([url.replace("//", "//me:s%20ecret@")]);
  sender.send(alerts(0, 1));
  await sender.drain();
  expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:s ecret").toString("base64")}`);
  expect(`${log.join()}${sender.urls.join()}${Object.keys(sender.stats).join()}`).not.toContain("ecret");
});

test("an address that is none is refused", () => {
  for (const url of ["localhost:9093", "ftp://x", "nothing"]) {
    expect(() => new AlertmanagerClient([url], "", () => undefined)).toThrow(
      `cannot send alerts to "${url}": it is no http address, such as http://127.0.0.1:9093`,
    );
  }
});
