import { type Batch, forEachMetric, type Metric } from "@venturi/otlp";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { metricValue, testHost } from "../../testing/host.test.fixture.js";
import { type ShortResource, type ShortSpan, spansBatch } from "../../testing/spans.test.fixture.js";
import { ExponentialHistogram } from "./exponential-histogram.js";
import { serviceGraphConnector } from "./servicegraph.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;

async function start(config: object = {}) {
  const host = testHost("connector", "servicegraph");
  const out: Batch[] = [];
  const next = { consume: (batch: Batch) => void out.push(batch) };
  const parsed = serviceGraphConnector.schema.parse({ metrics_flush_interval: "10s", ...config });
  const connector = serviceGraphConnector.create(parsed, "traces", "metrics", next, host);
  await connector.start();
  return {
    connector,
    out,
    send: (...resources: ShortResource[]) => connector.consume(spansBatch(resources)),
    count: (name: string) => metricValue(host.metrics, `otelcol_connector_servicegraph_${name}`, {}),
    /** The metrics of the last flush by name, each point by its attributes. */
    last: (): Record<string, Metric> => {
      const metrics: Record<string, Metric> = {};
      forEachMetric(out.at(-1) as Batch, (metric) => void (metrics[metric.name] = metric));
      return metrics;
    },
  };
}

const service = (name: string, ...spans: ShortSpan[]): ShortResource => ({
  attributes: { "service.name": name },
  spans,
});
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

test("a client span and the server span under it are an edge, in either order and in different batches", async () => {
  const graph = await start();
  const client = service("shop", { trace: 1, id: 10, kind: CLIENT, end: 30 });
  const server = service("stock", { trace: 1, id: 11, parent: 10, kind: SERVER, start: 5, end: 25 });
  await graph.send(client);
  await graph.send(server);
  await graph.send(server, client);
  await pass(10);
  expect(graph.count("total_edges")).toBe(2);
  const attributes = { client: "shop", server: "stock", connection_type: "", failed: false };
  const metrics = graph.last();
  expect(Object.keys(metrics)).toEqual([
    "traces_service_graph_request_total",
    "traces_service_graph_request_server",
    "traces_service_graph_request_client",
  ]);
  expect(metrics.traces_service_graph_request_total).toMatchObject({
    monotonic: true,
    temporality: "cumulative",
    points: [{ attributes, value: 2n }],
  });
  expect(metrics.traces_service_graph_request_client).toMatchObject({
    unit: "s",
    points: [{ attributes, count: 2, explicitBounds: expect.arrayContaining([0.002, 15]) }],
  });
  expect(metrics.traces_service_graph_request_client?.points[0]).toHaveProperty("sum", 0.06);
  expect(metrics.traces_service_graph_request_server?.points[0]).toHaveProperty("sum", 0.04);
  await graph.connector.shutdown();
});

test("failures, messages and databases", async () => {
  const graph = await start({ latency_histogram_buckets: ["10ms", "1s"] });
  await graph.send(
    service(
      "shop",
      { trace: 1, id: 10, kind: CLIENT, status: "ERROR" },
      { trace: 2, id: 20, kind: PRODUCER },
      { trace: 3, id: 30, kind: CLIENT, end: 500, attributes: { "db.name": "orders" } },
    ),
    service(
      "worker",
      { trace: 1, id: 11, parent: 10, kind: SERVER },
      { trace: 2, id: 21, parent: 20, kind: CONSUMER },
      { trace: 4, id: 41, kind: 1 },
    ),
  );
  await graph.connector.shutdown();
  const { traces_service_graph_request_total: total, traces_service_graph_request_failed_total: failed } = graph.last();
  const edge = (server: string, connection_type: string, isFailed: boolean) => ({
    attributes: { client: "shop", server, connection_type, failed: isFailed },
    value: 1n,
  });
  expect(total?.points).toEqual(
    expect.arrayContaining([
      expect.objectContaining(edge("worker", "", true)),
      expect.objectContaining(edge("worker", "messaging_system", false)),
      expect.objectContaining(edge("orders", "database", false)),
    ]),
  );
  expect(total?.points.length).toBe(3);
  expect(failed?.points).toEqual([expect.objectContaining(edge("worker", "", true))]);
  const durations = graph.last().traces_service_graph_request_server?.points ?? [];
  const ofDatabase = durations.find(({ attributes }) => attributes.server === "orders");
  expect(ofDatabase).toMatchObject({ explicitBounds: [0.01, 1], bucketCounts: [0, 1, 0], sum: 0.5 });
});

test("who sends no spans is a virtual node, when the time is over", async () => {
  const graph = await start({ virtual_node_extra_label: true });
  await graph.send(
    service(
      "shop",
      { trace: 1, id: 11, kind: SERVER },
      { trace: 2, id: 20, kind: CLIENT, attributes: { "peer.service": "bank" } },
      { trace: 3, id: 30, kind: CLIENT },
      { trace: 4, id: 41, parent: 40, kind: SERVER },
    ),
  );
  await pass(2);
  expect(graph.count("expired_edges")).toBe(0);
  await pass(10);
  expect(graph.count("expired_edges")).toBe(4);
  const edges = graph.last().traces_service_graph_request_total?.points.map(({ attributes }) => attributes);
  expect(edges).toEqual([
    { client: "user", server: "shop", connection_type: "virtual_node", failed: false, virtual_node: "client" },
    { client: "shop", server: "bank", connection_type: "virtual_node", failed: false, virtual_node: "server" },
    { client: "shop", server: "unknown", connection_type: "virtual_node", failed: false, virtual_node: "server" },
  ]);
  await graph.connector.shutdown();
  const none = await start({ virtual_node_peer_attributes: [] });
  await none.send(service("shop", { trace: 1, kind: SERVER }));
  await none.connector.shutdown();
  expect(none.out).toEqual([]);
});

test("dimensions come from both sides, the resource first", async () => {
  const graph = await start({ dimensions: ["zone", "http.route"], metrics_flush_interval: "0s" });
  await graph.send({
    attributes: { "service.name": "shop", zone: "a" },
    spans: [{ trace: 1, id: 10, kind: CLIENT, attributes: { zone: "z", "http.route": 5 } }],
  });
  await graph.send(service("stock", { trace: 1, id: 11, parent: 10, kind: SERVER, attributes: { zone: "b" } }));
  expect(graph.last().traces_service_graph_request_total?.points[0]?.attributes).toMatchObject({
    client_zone: "a",
    "client_http.route": "5",
    server_zone: "b",
  });
  await graph.connector.shutdown();
});

test("the store is bounded: what does not fit is counted", async () => {
  const graph = await start({ store: { max_items: 2, ttl: "1s" } });
  const spans = Array.from({ length: 5 }, (_, index) => ({ trace: index + 1, kind: CLIENT }));
  await graph.send(service("shop", ...spans));
  expect([graph.count("total_edges"), graph.count("dropped_spans")]).toEqual([2, 3]);
  vi.setSystemTime(Date.now() + 1500);
  await graph.send(service("shop", { trace: 9, kind: CLIENT }));
  expect([graph.count("total_edges"), graph.count("expired_edges")]).toEqual([3, 1]);
  await graph.connector.shutdown();
});

test("series that do not change for a quarter of an hour are forgotten", async () => {
  const graph = await start();
  await graph.send(service("shop", { trace: 1, kind: CLIENT, attributes: { "db.name": "a" } }));
  await pass(16 * 60);
  const flushes = graph.out.length;
  await pass(60);
  expect(graph.out.length).toBe(flushes);
  await graph.connector.shutdown();
});

test("exponential histograms", async () => {
  const graph = await start({ exponential_histogram_max_size: 8 });
  await graph.send(
    service(
      "shop",
      ...[1, 2, 1000].map((end, index) => ({ trace: index + 1, kind: CLIENT, end, attributes: { "db.name": "a" } })),
    ),
  );
  await graph.connector.shutdown();
  expect(graph.last().traces_service_graph_request_client).toMatchObject({
    type: "exponentialHistogram",
    points: [{ count: 3, min: 0.001, max: 1 }],
  });
  const both = { exponential_histogram_max_size: 8, latency_histogram_buckets: ["1s"] };
  expect(serviceGraphConnector.schema.safeParse(both).error?.message).toContain("use either");
});

test("an exponential histogram puts numbers where they belong and never has more buckets than it may", () => {
  const histogram = new ExponentialHistogram(20);
  let state = 3;
  const values = Array.from({ length: 2000 }, (_, index) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return index % 10 === 0 ? 2 ** ((state % 21) - 10) : Math.exp((state / 2 ** 32 - 0.5) * 20);
  });
  for (const value of [0, ...values]) histogram.record(value);
  expect(histogram.buckets.length).toBeLessThanOrEqual(20);
  expect([histogram.zeroCount, histogram.count]).toEqual([1, 2001]);
  const base = 2 ** (2 ** -histogram.scale);
  histogram.buckets.forEach((count, at) => {
    const lower = base ** (histogram.offset + at);
    expect(values.filter((value) => value > lower && value <= lower * base).length).toBe(count);
  });
});
