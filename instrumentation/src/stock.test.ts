/** The same requests under upstream's instrumentations and under ours: the same spans and series, field by field. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { App, type AppSettings } from "./testing/app.js";
import { OtlpSink, type ReceivedSpan } from "./testing/otlp-sink.js";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const host = "Host: shop.example:8080";
/** Less one: upstream takes the mount of a router that found nothing for the route of all that follows, ours does not. */
const requests: readonly string[] = [
  `GET / HTTP/1.1\r\n${host}`,
  `GET /plain?page=3&sig=abc HTTP/1.1\r\n${host}\r\nUser-Agent: test/1.0`,
  `HEAD /plain HTTP/1.1\r\nHost: [::1]:8080`,
  `PROPFIND /plain HTTP/1.1\r\n${host}`,
  `GET /items/17 HTTP/1.1\r\nHost: shop.example`,
  `GET /items/a%20b HTTP/1.1\r\n${host}\r\nX-Forwarded-For: 203.0.113.7:4711, 10.0.0.1`,
  `GET /plain HTTP/1.1\r\n${host}\r\nX-Forwarded-Host: front.example\r\nX-Forwarded-Proto: https`,
  `GET /plain HTTP/1.1\r\n${host}\r\nForwarded: for="[2001:db8::7]:4711";host=proxy.example;proto=https, for=10.0.0.1`,
  `GET /x/../plain HTTP/1.1\r\n${host}`,
  `GET /plain HTTP/1.0`,
  `GET /files/a/b.txt HTTP/1.1\r\n${host}`,
  `GET /b/7 HTTP/1.1\r\n${host}`,
  `GET /static/logo.svg HTTP/1.1\r\n${host}`,
  `GET /static/other HTTP/1.1\r\n${host}`,
  `GET /api/acme HTTP/1.1\r\n${host}`,
  `GET /api/acme/deep/4 HTTP/1.1\r\n${host}`,
  `GET /passes/7 HTTP/1.1\r\n${host}`,
  `GET /gone HTTP/1.1\r\n${host}`,
  `GET /nowhere/7 HTTP/1.1\r\n${host}`,
  `GET /throws HTTP/1.1\r\n${host}`,
  `POST /items/7 HTTP/1.1\r\n${host}\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{`,
  `GET /fetches/200 HTTP/1.1\r\n${host}`,
  `GET /fetches/404 HTTP/1.1\r\n${host}`,
  `GET /fetches/503 HTTP/1.1\r\n${host}`,
  `GET /refused HTTP/1.1\r\n${host}`,
  `GET /requests HTTP/1.1\r\n${host}\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`,
];

let sink: OtlpSink;
const apps: App[] = [];

beforeEach(async () => {
  sink = await OtlpSink.listen();
});

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
  await sink.close();
});

async function send(port: number, text: string): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.resume();
  const [head = "", ...body] = text.split("\r\n\r\n");
  socket.write([`${head}\r\nConnection: close`, ...body, ...(body.length === 0 ? [""] : [])].join("\r\n\r\n"));
  await once(socket, "close");
}

interface Seen {
  readonly spans: readonly unknown[];
  readonly series: readonly unknown[];
}

/** Four calls of undici and one of node:http. */
const clientSpans = 5;

async function observe(service: string, settings: AppSettings): Promise<Seen> {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.endpoint,
    OTEL_SERVICE_NAME: service,
    OTEL_METRIC_EXPORT_TIMEOUT: "200",
  };
  const app = new App("shapes-app.cjs", { ...settings, env });
  apps.push(app);
  const port = Number(new URL(await app.url()).port);
  for (const request of requests) await send(port, request);
  const own = (): ReceivedSpan[] => sink.spans.filter((span) => span.service === service);
  const counted = (name: string): number =>
    sink.pointsOf(name).reduce((sum, point) => sum + (point.service === service ? point.value : 0), 0);
  // The service that is called is in the same process: its requests are server spans too.
  const servers = requests.length + clientSpans - 1;
  await sink.until(() =>
    own().length >= servers + clientSpans &&
    counted("http.server.request.duration") >= servers &&
    counted("http.client.request.duration") >= clientSpans
      ? true
      : undefined,
  );
  return { spans: own().map(comparable).sort(), series: seriesOf(service) };
}

/** Less what differs between two runs: ids and ports. */
function comparable({ name, kind, scope, statusCode, statusMessage, attributes }: ReceivedSpan): string {
  const kept = Object.entries(attributes).map(([key, value]) => {
    // Upstream's undici keeps the question mark in url.query, against the semantic conventions.
    const text =
      typeof value === "string" ? value.replace(/127\.0\.0\.1:\d{2,}/g, "127.0.0.1:PORT").replace(/^\?/, "") : value;
    const isPort = key === "network.peer.port" || (key === "server.port" && Number(value) > 10_000);
    return [key, isPort ? typeof value : text];
  });
  return JSON.stringify({ name, kind, scope, statusCode, statusMessage, attributes: Object.fromEntries(kept.sort()) });
}

function seriesOf(service: string): string[] {
  return (
    [...sink.points.values()]
      .filter((point) => point.service === service && point.name.startsWith("http."))
      // Upstream measures its own exports; the app calls by GET alone.
      .filter(({ name, attributes }) => name.includes("server") || attributes["http.request.method"] === "GET")
      .map(({ name, unit, value, attributes, bounds }) => {
        const kept = Object.entries(attributes).map(([key, it]) => [key, Number(it) > 10_000 ? "PORT" : it]);
        return JSON.stringify({ name, unit, value, bounds, attributes: Object.fromEntries(kept.sort()) });
      })
      .sort()
  );
}

test("spans and series are upstream's", async () => {
  const [stock, ours] = await Promise.all([observe("stock", { flag: "stock" }), observe("ours", {})]);
  expect(ours.spans).toEqual(stock.spans);
  expect(ours.series).toEqual(stock.series);
});
