import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listExpressions, substituteVariables } from "@venturi/dashboards";
import { type Shop, shopLoadScript, startShop } from "@venturi/shop";
import { resolveTool } from "@venturi/tools";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, differenceOf } from "./promql/compare.js";
import { type RunningJaeger, startJaeger, startPrometheus, startRedis } from "./support/backends.js";
import { startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { freePorts } from "./support/ports.js";
import { queryByLabel } from "./support/prometheus.js";
import { root, venturi } from "./support/venturi.js";

const { openStore } = (await import(join(root, "store/dist/index.js"))) as typeof import("../../store/dist/index.js");

const { defer, temporaryFolder } = cleanup();

interface Ports {
  readonly otlpHttp: number;
  readonly exposition: number;
  readonly telemetry: number;
}

/** The same pipelines as for the embedded store; only the exporters differ. */
const collectorConfig = (ports: Ports, jaegerGrpc: string, prometheusUrl: string): string => `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${ports.otlpHttp} } } } }
processors: { memory_limiter: { check_interval: 1s, limit_mib: 512 }, batch: { timeout: 200ms } }
connectors: { spanmetrics: { metrics_flush_interval: 1s } }
exporters:
  otlp/jaeger: { endpoint: ${jaegerGrpc}, tls: { insecure: true } }
  prometheusremotewrite: { endpoint: ${prometheusUrl}/api/v1/write }
  prometheus: { endpoint: 127.0.0.1:${ports.exposition} }
service:
  telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${ports.telemetry} } } } }] } }
  pipelines:
    traces: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp/jaeger, spanmetrics] }
    metrics: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheusremotewrite] }
    metrics/spans: { receivers: [spanmetrics], exporters: [prometheus] }
`;

const requests = 25;
let shop: Shop;
let jaeger: RunningJaeger;
let prometheusUrl: string;
/** A store that the real Prometheus writes all it has to. */
let storeUrl: string;
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const [otlpHttp, exposition, telemetry] = (await freePorts(3)) as [number, number, number];
  jaeger = await startJaeger(folder);
  defer(() => jaeger.child.stop());
  const store = await openStore({ path: ":memory:" });
  defer(() => store.close());
  storeUrl = (await store.listen({ port: 0 })).url;
  const prometheus = await startPrometheus(folder, [`127.0.0.1:${exposition}`, `127.0.0.1:${telemetry}`], storeUrl);
  defer(() => prometheus.child.stop());
  prometheusUrl = prometheus.url;
  const config = join(folder, "collector.yaml");
  await writeFile(config, collectorConfig({ otlpHttp, exposition, telemetry }, jaeger.otlpGrpc, prometheusUrl));
  const collector = venturi(["collector", "--config", config]);
  defer(() => collector.stop());
  await collector.waitForOutput(/Everything is ready/);
  const redis = await startRedis();
  defer(() => redis.child.stop());
  shop = await startShop({ otlpEndpoint: `http://127.0.0.1:${otlpHttp}`, redisUrl: redis.url });
  defer(() => shop.stop());
  for (let i = 1; i <= requests; i++) await (await fetch(`${shop.gatewayUrl}/products/${i}`)).arrayBuffer();
});

interface JaegerTrace {
  readonly spans: readonly {
    readonly operationName: string;
    readonly processID: string;
    readonly tags: readonly { readonly key: string; readonly value: unknown }[];
  }[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

describe("the shop's telemetry in the real servers", () => {
  test("Jaeger has every request as one trace through gateway and catalog", async () => {
    const search = new URLSearchParams({
      service: "gateway",
      operation: "GET /products/:id",
      limit: "1000",
      lookback: "1h",
    });
    const expected = Array.from({ length: requests }, () => "catalog gateway");
    // The two services send on their own time, so a trace may at first show one of them only.
    await eventually("every trace in Jaeger", async () => {
      const { data } = (await (await fetch(`${jaeger.url}/api/traces?${search}`)).json()) as { data: JaegerTrace[] };
      const services = data.map(({ spans, processes }) =>
        [...new Set(spans.map((span) => processes[span.processID]?.serviceName))].sort().join(" "),
      );
      expect(services).toEqual(expected);
      return true;
    });
  });

  test("Jaeger has the cache look-ups in Redis", async () => {
    const search = new URLSearchParams({
      service: "catalog",
      tags: '{"db.system.name":"redis"}',
      limit: "10",
      lookback: "1h",
    });
    await eventually("a trace with a Redis span", async () => {
      const { data } = (await (await fetch(`${jaeger.url}/api/traces?${search}`)).json()) as { data: JaegerTrace[] };
      return data.length > 0 ? true : undefined;
    });
  });

  test("Jaeger has an order as one trace from the gateway through the queue in Redis to the worker", async () => {
    const placed = await fetch(`${shop.gatewayUrl}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ customerId: 7, items: [{ productId: 12 }] }),
    });
    expect(placed.status, await placed.text()).toBe(201);
    const search = new URLSearchParams({ service: "gateway", operation: "POST /orders", limit: "10", lookback: "1h" });
    const consumed = await eventually("a consumer span of worker in the gateway's trace", async () => {
      const { data } = (await (await fetch(`${jaeger.url}/api/traces?${search}`)).json()) as { data: JaegerTrace[] };
      const all = data.flatMap(({ spans, processes }) =>
        spans.map(({ processID, tags }) => ({
          service: processes[processID]?.serviceName,
          tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
        })),
      );
      return all.find(({ service, tags }) => service === "worker" && tags["span.kind"] === "consumer");
    });
    expect(consumed.tags).toMatchObject({
      "messaging.system": "bullmq",
      "messaging.destination.name": "order-fulfilment",
    });
  });

  test("Prometheus counts the same requests, by remote write of the services' own metrics", async () => {
    const counted = await eventually("the histogram's count", async () => {
      const query = 'sum by (job) (http_server_request_duration_seconds_count{http_route="/products/:id"})';
      const byJob = await queryByLabel(prometheusUrl, query, "job");
      if ((byJob.gateway ?? 0) < requests || (byJob.catalog ?? 0) < requests) throw new Error(JSON.stringify(byJob));
      return byJob;
    });
    expect(counted).toEqual({ gateway: requests, catalog: requests });
  });

  test("Prometheus counts the same requests, by scraping the span metrics", async () => {
    const query =
      'sum by (service_name) (traces_span_metrics_calls_total{span_kind="SPAN_KIND_SERVER",span_name="GET /products/:id"})';
    const counted = await eventually("the span metrics' count", async () => {
      const byService = await queryByLabel(prometheusUrl, query, "service_name");
      if ((byService.gateway ?? 0) < requests || (byService.catalog ?? 0) < requests)
        throw new Error(JSON.stringify(byService));
      return byService;
    });
    expect(counted).toEqual({ gateway: requests, catalog: requests });
  });
});

test("a load test against the real servers names the bottleneck, as against the embedded store", async () => {
  await resolveTool("k6", { log: console.error });
  await shop.setFault("db-pool");
  const args = ["load", "run", shopLoadScript, "--prometheus", prometheusUrl, "--jaeger", jaeger.url, "--out", folder];
  const run = venturi(args, { env: { BASE_URL: shop.gatewayUrl, RATE: "40", DURATION: "20s" } });
  defer(() => run.stop());
  expect(await run.exited, run.output()).toBe(0);
  expect(run.output()).toMatch(/orders/);
  expect(run.output()).toMatch(/pool/);
  const k6Requests = await queryByLabel(
    prometheusUrl,
    "sum by (scenario) (last_over_time(k6_http_reqs_total[5m]))",
    "scenario",
  );
  expect(Object.values(k6Requests)[0]).toBeGreaterThan(600);
});

test("every dashboard query is valid, and no panel is empty", async () => {
  const nowSeconds = Date.now() / 1000;
  const answered = await Promise.all(
    listExpressions().map(async (one) => {
      const query = substituteVariables(one.expr, { $__rate_interval: "30s" });
      const range = { query, start: String(nowSeconds - 60), end: String(nowSeconds), step: "5" };
      const response = await fetch(`${prometheusUrl}/api/v1/query_range?${new URLSearchParams(range)}`);
      const { error, data } = (await response.json()) as { error?: string; data?: { result: unknown[] } };
      return { panel: `${one.dashboard}: ${one.panel}`, query, error, hasData: (data?.result.length ?? 0) > 0 };
    }),
  );
  expect(answered.filter(({ error }) => error !== undefined)).toEqual([]);
  const filled = new Set(answered.filter(({ hasData }) => hasData).map(({ panel }) => panel));
  expect([...new Set(answered.map(({ panel }) => panel))].filter((panel) => !filled.has(panel))).toEqual([]);
});

test("the store answers every dashboard query as the Prometheus that wrote to it", async () => {
  const end = Math.floor(Date.now() / 1000) - 5;
  const ask = async (url: string, path: string, parameters: Record<string, string>): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    return (await response.json()) as Answer;
  };
  const difference = async (path: string, parameters: Record<string, string>): Promise<string | undefined> => {
    const [ours, theirs] = await Promise.all([ask(storeUrl, path, parameters), ask(prometheusUrl, path, parameters)]);
    const found = differenceOf(ours, theirs);
    return found === undefined ? undefined : `${path} ${parameters.query}: ${found}`;
  };
  // What was scraped lately may still be on its way.
  await eventually("equal answers to all queries", async () => {
    const found: (string | undefined)[] = [];
    for (const { expr } of listExpressions()) {
      const query = substituteVariables(expr, { $__rate_interval: "30s" });
      found.push(await difference("query", { query, time: String(end) }));
      found.push(await difference("query_range", { query, start: String(end - 120), end: String(end), step: "5" }));
    }
    expect(found.filter((one) => one !== undefined)).toEqual([]);
    return true;
  });
});

test("promtool accepts the rules", async () => {
  const { path } = await resolveTool("promtool", { log: console.error });
  const check = startChild(path, ["check", "rules", join(root, "dashboards/dist/prometheus/rules.yaml")]);
  expect(await check.exited, check.output()).toBe(0);
});
