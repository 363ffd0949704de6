import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { HttpApi } from "./http.js";
import { JaegerClient } from "./jaeger.js";
import type { JaegerTrace } from "./jaeger-json.js";
import { PrometheusClient } from "./prometheus.js";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = (url: URL, authorization: string | undefined) => { status?: number; body: unknown };

async function serve(answer: Answer): Promise<string> {
  server = createServer((request, response) => {
    const { status = 200, body } = answer(new URL(request.url ?? "/", "http://x"), request.headers.authorization);
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** One trace a millisecond; every tenth is slow. */
const traces: JaegerTrace[] = Array.from({ length: 5000 }, (_, i) => ({
  traceID: `t${String(i).padStart(5, "0")}`,
  spans: [
    {
      spanID: "a",
      startTime: i * 1000,
      duration: i % 10 === 0 ? 90_000 : 1000,
      processID: "p",
      tags: [{ key: "span.kind", value: "server" }],
    },
  ],
  processes: { p: { serviceName: "web" } },
}));

function jaegerAnswer(url: URL): { body: unknown } {
  if (url.pathname === "/api/services") return { body: { data: ["web", "db"] } };
  const parameter = (name: string): number => Number.parseInt(url.searchParams.get(name) ?? "0", 10);
  const matching = traces.filter(({ spans }) => {
    const [span] = spans ?? [];
    return (
      (span?.startTime ?? 0) >= parameter("start") &&
      (span?.startTime ?? 0) < parameter("end") &&
      (span?.duration ?? 0) >= parameter("minDuration")
    );
  });
  return { body: { data: matching.slice(-parameter("limit")) } };
}

test("a fair sample: from the whole time, bounded, the slow ones that were added are marked", async () => {
  const client = new JaegerClient(new HttpApi("Jaeger", await serve(jaegerAnswer)));
  const sample = await client.sampleTraces("web", { startMs: 0, endMs: 5000 });
  const fair = sample.filter(({ extra }) => extra !== true);
  expect(sample.length).toBeLessThanOrEqual(1500);
  expect(sample.some(({ extra }) => extra === true)).toBe(true);
  for (let part = 0; part < 10; part++) {
    const inPart = fair.filter(({ spans }) => Math.floor((spans[0]?.startUs ?? 0) / 500_000) === part);
    expect(inPart.length).toBeGreaterThan(100);
  }
  const slowShare = fair.filter(({ spans }) => spans[0]?.durationUs === 90_000).length / fair.length;
  expect(slowShare).toBeCloseTo(0.1, 1);
});

test("the root service is the one that traces begin in", async () => {
  const client = new JaegerClient(new HttpApi("Jaeger", await serve(jaegerAnswer)));
  expect(await client.findRootService({ startMs: 0, endMs: 5000 })).toBe("web");
  expect(await client.findRootService({ startMs: 90_000, endMs: 95_000 })).toBeNull();
});

test("credentials in the URL become a header and stay out of messages", async () => {
  const url = await serve((_, authorization) =>
    authorization === "Basic dTpwdw=="
      ? { status: 500, body: { error: "broken inside" } }
      : { status: 401, body: "who?" },
  );
  const api = new HttpApi("Prometheus", url.replace("//", "//u:pw@"));
  await expect(api.getJson("/x")).rejects.toThrow(`Prometheus at ${url} answers 500 to /x: broken inside`);
});

test("range queries become series; a refused signal is explained and left out", async () => {
  const url = await serve(({ searchParams }) =>
    searchParams.get("query") === "bad("
      ? { status: 400, body: { status: "error", errorType: "bad_data", error: "unclosed parenthesis" } }
      : {
          body: {
            status: "success",
            data: {
              resultType: "matrix",
              result: [
                {
                  metric: { job: "web" },
                  values: [
                    [1.5, "2"],
                    [2.5, "NaN"],
                  ],
                },
              ],
            },
          },
        },
  );
  const client = new PrometheusClient(new HttpApi("Prometheus", url));
  const notes: string[] = [];
  const series = await client.signals(
    [
      { name: "good", query: "up" },
      { name: "bad", query: "bad(" },
    ],
    { startMs: 0, endMs: 10_000 },
    (note) => notes.push(note),
  );
  expect(series).toEqual({
    good: [
      {
        labels: { job: "web" },
        points: [
          [1500, 2],
          [2500, Number.NaN],
        ],
      },
    ],
  });
  expect(notes.join()).toMatch(/^The signal bad could not be read: .*unclosed parenthesis$/);
});

test("something else at the address is recognised", async () => {
  const url = await serve(() => ({ body: "<html>welcome</html>" }));
  await expect(new JaegerClient(new HttpApi("Jaeger", url)).services()).rejects.toThrow(
    /does not answer JSON .*is it the right address\?/,
  );
  await expect(new PrometheusClient(new HttpApi("Prometheus", url)).value("1")).rejects.toThrow(
    /is it the right address\?/,
  );
});
