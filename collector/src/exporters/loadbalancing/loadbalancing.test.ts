import { type Batch, forEachLogRecord, forEachMetric, forEachSpan, readBatch, type Signal } from "@venturi/otlp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Exporter, Outcome, Refusal } from "../../component.js";
import { exitBranch } from "../../graph/branches.js";
import { fanOut } from "../../graph/fan-out.js";
import { Lane } from "../../ledger.js";
import { otlpReceiver } from "../../receivers/otlp/otlp.js";
import { eventually } from "../../testing/collector.test.fixture.js";
import { metricValue, testHost } from "../../testing/host.test.fixture.js";
import { type ShortSpan, spansBatch } from "../../testing/spans.test.fixture.js";
import { requestBytes } from "../../testing/telemetry.test.fixture.js";
import { Backends } from "./backends.js";
import { loadBalancingExporter } from "./loadbalancing.js";

/** Real OTLP receivers, as many as there are backends; each keeps what it is sent. */
interface TestBackend {
  readonly endpoint: string;
  readonly received: Batch[];
  answer: () => Outcome;
  shutdown(): Promise<void>;
}
const backends: TestBackend[] = [];

async function startBackend(): Promise<TestBackend> {
  const host = testHost("receiver", "otlp");
  const received: Batch[] = [];
  const backend: TestBackend = {
    endpoint: "",
    received,
    answer: () => undefined,
    shutdown: () => receiver.shutdown(),
  };
  const consumer = {
    consume: (batch: Batch) => {
      const outcome = backend.answer();
      if (outcome === undefined) received.push({ ...batch, slices: batch.slices.map((slice) => slice.slice()) });
      return outcome;
    },
  };
  const config = otlpReceiver.schema.parse({ protocols: { grpc: { endpoint: "127.0.0.1:0" } } });
  const receiver = otlpReceiver.create(config, { traces: consumer, metrics: consumer, logs: consumer }, host);
  await receiver.start();
  return Object.assign(backend, { endpoint: host.addresses[0] as string });
}

beforeAll(async () => {
  for (let index = 0; index < 3; index++) backends.push(await startBackend());
});
afterAll(async () => {
  for (const backend of backends) await backend.shutdown();
});
beforeEach(() => {
  for (const backend of backends) {
    backend.received.length = 0;
    backend.answer = () => undefined;
  }
});

const otlp = { tls: { insecure: true }, compression: "none", retry_on_failure: { enabled: false } };

async function start(signal: Signal, config: object = {}) {
  const host = testHost("exporter", "loadbalancing");
  const hostnames = backends.map(({ endpoint }) => endpoint);
  const parsed = loadBalancingExporter.schema.parse({
    protocol: { otlp },
    resolver: { static: { hostnames } },
    ...config,
  });
  const exporter = loadBalancingExporter.create(parsed, host);
  const lane = new Lane();
  const entry = fanOut([exitBranch(lane, exporter.consumer(signal, lane), false)]);
  await exporter.start();
  return { exporter, host, lane, send: (batch: Batch) => entry.consume(batch) };
}

async function finish(exporter: Exporter, lane: Lane): Promise<void> {
  await exporter.shutdown();
  expect(lane.inside).toBe(0);
}

const spansOf = ({ received }: TestBackend): { trace: string; name: string; service: unknown }[] => {
  const spans: { trace: string; name: string; service: unknown }[] = [];
  for (const batch of received) {
    forEachSpan(batch, (span, _scope, resource) => {
      spans.push({ trace: span.traceId, name: span.name, service: resource.attributes.get("service.name") });
    });
  }
  return spans;
};

/** Spans of one trace come mixed with others, in two requests. */
const requests = (): Batch[] =>
  [0, 1].map((part) => {
    const spans = Array.from({ length: 300 }, (_, index): ShortSpan => ({ trace: (index % 100) + 1, name: `${part}` }));
    return spansBatch([
      { attributes: { "service.name": "a" }, spans: spans.slice(0, 150) },
      { attributes: { "service.name": "b" }, spans: spans.slice(150) },
    ]);
  });

test("traceID: every span arrives once, those of a trace at one backend, and all backends have work", async () => {
  const { exporter, lane, send, host } = await start("traces");
  for (const batch of requests()) expect(await send(batch)).toBeUndefined();
  await finish(exporter, lane);
  const perBackend = backends.map(spansOf);
  expect(perBackend.flat().length).toBe(600);
  expect(lane.sent).toBe(600);
  const traces = perBackend.map((spans) => new Set(spans.map(({ trace }) => trace)));
  expect(traces.reduce((sum, { size }) => sum + size, 0)).toBe(100);
  for (const { size } of traces) expect(size).toBeGreaterThan(10);
  expect(metricValue(host.metrics, "otelcol_loadbalancer_num_backends", { resolver: "static" })).toBe(3);
  const { endpoint } = backends[0] as TestBackend;
  expect(metricValue(host.metrics, "otelcol_loadbalancer_backend_outcome", { endpoint, success: "true" })).toBe(2);
});

test("service, resource and attributes", async () => {
  const places = async (config: object, of: (span: { name: string; service: unknown }) => unknown) => {
    for (const backend of backends) backend.received.length = 0;
    const { exporter, lane, send } = await start("traces", config);
    await send(
      spansBatch(
        Array.from({ length: 40 }, (_, index) => ({
          attributes: { "service.name": `s${index % 20}` },
          spans: [{ trace: index + 1, name: `n${index % 5}` }],
        })),
      ),
    );
    await finish(exporter, lane);
    const found = new Map<unknown, Set<number>>();
    backends.forEach((backend, number) => {
      for (const span of spansOf(backend)) found.set(of(span), (found.get(of(span)) ?? new Set()).add(number));
    });
    expect(lane.sent).toBe(40);
    return [...found.values()];
  };
  for (const routing_key of ["service", "resource"]) {
    const services = await places({ routing_key }, ({ service }) => service);
    expect(services.length).toBe(20);
    expect(services.every(({ size }) => size === 1)).toBe(true);
    expect(new Set(services.flatMap((one) => [...one])).size).toBe(3);
  }
  const attributes = { routing_key: "attributes", routing_attributes: ["no.such", "span.name"] };
  const names = await places(attributes, ({ name }) => name);
  expect([names.length, names.every(({ size }) => size === 1)]).toEqual([5, true]);
});

test("what has nothing to be routed by is dropped with a name", async () => {
  const { exporter, lane, send } = await start("traces", { routing_key: "service" });
  await send(spansBatch([{ attributes: {}, spans: [{ trace: 1 }, { trace: 2 }] }, { spans: [{ trace: 3 }] }]));
  await finish(exporter, lane);
  expect([lane.sent, Object.fromEntries(lane.dropped)]).toEqual([1, { no_routing_key: 2 }]);
});

test("logs: by trace id, and anywhere without one", async () => {
  const { exporter, lane, send } = await start("logs");
  const logRecords = Array.from({ length: 200 }, (_, index) => ({
    body: { stringValue: index < 100 ? `trace ${index % 10}` : "free" },
    ...(index < 100 ? { traceId: String(index % 10).padStart(32, "7") } : {}),
  }));
  await send(readBatch("logs", requestBytes("logs", { resourceLogs: [{ scopeLogs: [{ logRecords }] }] })));
  await finish(exporter, lane);
  const places = new Map<string, Set<number>>();
  let count = 0;
  backends.forEach(({ received }, number) => {
    for (const batch of received) {
      forEachLogRecord(batch, (record) => {
        count++;
        const body = String(record.body);
        places.set(body, (places.get(body) ?? new Set()).add(number));
      });
    }
  });
  expect(count).toBe(200);
  expect(places.get("free")?.size).toBe(3);
  places.delete("free");
  expect([...places.values()].every(({ size }) => size === 1)).toBe(true);
});

function metrics(): Batch {
  const point = (index: number, reversed: boolean) => {
    const attributes = [
      { key: "id", value: { intValue: String(index) } },
      { key: "zone", value: { stringValue: "z" } },
    ];
    return { attributes: reversed ? attributes.reverse() : attributes, asInt: "1", timeUnixNano: "1" };
  };
  const dataPoints = [false, true].flatMap((reversed) =>
    Array.from({ length: 30 }, (_, index) => point(index, reversed)),
  );
  const scopeMetrics = [
    {
      metrics: [
        { name: "many", unit: "1", sum: { dataPoints, aggregationTemporality: 2, isMonotonic: true } },
        { name: "one", gauge: { dataPoints: [point(0, false)] } },
        { name: "none", gauge: { dataPoints: [] } },
      ],
    },
  ];
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "a" } }] };
  return readBatch("metrics", requestBytes("metrics", { resourceMetrics: [{ resource, scopeMetrics }] }));
}

test("metrics: by service, by name, and point by point, whatever the order of attributes", async () => {
  for (const routing_key of ["", "resource", "metric", "streamID"]) {
    for (const backend of backends) backend.received.length = 0;
    const { exporter, lane, send } = await start("metrics", { routing_key });
    await send(metrics());
    await finish(exporter, lane);
    expect(lane.sent).toBe(61);
    const ids = new Map<unknown, Set<number>>();
    let points = 0;
    backends.forEach(({ received }, number) => {
      for (const batch of received) {
        forEachMetric(batch, (metric) => {
          if (metric.name === "many") expect(metric).toMatchObject({ type: "sum", monotonic: true, unit: "1" });
          for (const { attributes } of metric.points) {
            points++;
            const id = `${metric.name} ${attributes.id}`;
            ids.set(id, (ids.get(id) ?? new Set()).add(number));
          }
        });
      }
    });
    expect([points, ids.size]).toEqual([61, 31]);
    expect([...ids.values()].every(({ size }) => size === 1)).toBe(true);
    const used = new Set([...ids.values()].flatMap((one) => [...one]));
    if (routing_key === "streamID") expect(used.size).toBe(3);
    else expect(used.size).toBeLessThanOrEqual(routing_key === "metric" ? 2 : 1);
  }
});

test("a backend that refuses costs its part only; all that refuse make the sender keep the batch", async () => {
  const full: Refusal = { reason: "queue_full", message: "full", retryable: false };
  const direct = { protocol: { otlp: { ...otlp, sending_queue: { enabled: false } } } };
  const { exporter, lane, send } = await start("traces", direct);
  const [bad, ...good] = backends as [TestBackend, ...TestBackend[]];
  bad.answer = () => full;
  const [first, second] = requests() as [Batch, Batch];
  expect(await send(first)).toBeUndefined();
  const lost = [...lane.dropped.values()].reduce((sum, items) => sum + items, 0);
  expect(lost).toBeGreaterThan(0);
  expect(lane.sent).toBe(300 - lost);
  for (const backend of good) backend.answer = () => full;
  expect(await send(second)).toMatchObject({ reason: expect.any(String) });
  expect([lane.sent, lane.entered]).toEqual([300 - lost, 300]);
  await finish(exporter, lane);
});

test("when the resolver finds others, only the share of what moved goes elsewhere, and what is queued arrives", async () => {
  const host = testHost("exporter", "loadbalancing");
  const hostname = "backends.test";
  const config = loadBalancingExporter.schema.parse({
    protocol: { otlp },
    resolver: { dns: { hostname, interval: "10ms" } },
  });
  // Names are answered by the test; every backend is on one address and is told apart by its port.
  let known = 2;
  const lookup = async () =>
    backends.slice(0, known).map(({ endpoint }) => ({ address: endpoint, family: 4 as const }));
  const resolved = new Backends(config, host, lookup);
  await resolved.start();
  const before = resolved.ring;
  const owner = (ring: typeof before, crc: number): string | undefined => ring.endpoints[ring.ownerOf(crc)];
  const lane = new Lane();
  const batch = spansBatch([{ spans: [{ trace: 1 }] }]);
  lane.entered += 1;
  expect(await resolved.send((backends[0] as TestBackend).endpoint, batch, lane)).toBeUndefined();
  known = 3;
  const after = await eventually(() => (resolved.ring.endpoints.length === 3 ? resolved.ring : undefined));
  const keys = Array.from({ length: 3000 }, (_, index) => Math.imul(index, 2654435761) >>> 0);
  const moved = keys.filter((key) => owner(before, key) !== owner(after, key));
  const newcomer = (backends[2] as TestBackend).endpoint;
  expect(moved.every((key) => owner(after, key) === newcomer)).toBe(true);
  expect(moved.length).toBeGreaterThan(500);
  expect(moved.length).toBeLessThan(1700);
  known = 1;
  await eventually(() => (resolved.ring.endpoints.length === 1 ? true : undefined));
  await resolved.shutdown();
  expect([lane.sent, lane.inside]).toEqual([1, 0]);
  const count = (name: string, labels: Record<string, string>) =>
    metricValue(host.metrics, `otelcol_loadbalancer_${name}`, { resolver: "dns", ...labels });
  expect(count("num_backend_updates", {})).toBe(3);
  expect(count("num_resolutions", { success: "true" })).toBeGreaterThanOrEqual(3);
});

test("without a backend the sender keeps its data; a failing resolver is counted", async () => {
  const dns = { hostname: "no-such-host.invalid", timeout: "2s" };
  const { exporter, lane, send, host } = await start("traces", { resolver: { dns } });
  expect(await send(spansBatch([{ spans: [{ trace: 1 }] }]))).toMatchObject({ retryable: true });
  expect(lane.entered).toBe(0);
  const failed = { resolver: "dns", success: "false" };
  expect(metricValue(host.metrics, "otelcol_loadbalancer_num_resolutions", failed)).toBe(1);
  await finish(exporter, lane);
});

test("a routing key that is not for the signal stops the start with one line", async () => {
  await expect(start("metrics", { routing_key: "traceID" })).rejects.toThrow(
    'cannot start exporter "loadbalancing": routing_key "traceID" is not for metrics; use one of service, resource',
  );
});

test.each([
  [{ resolver: {} }, "no resolvers specified"],
  [{ resolver: { static: { hostnames: ["a"] }, dns: { hostname: "b" } } }, "only one resolver"],
  [{ resolver: { k8s: { service: "a" } } }, "not supported: backends from Kubernetes"],
  [{ resolver: { static: { hostnames: ["a"] } }, routing_key: "attributes" }, "must name at least one attribute"],
  [{ resolver: { static: { hostnames: ["a"] } }, sending_queue: {} }, "use protocol::otlp::sending_queue"],
])("a mistake is refused: %j", (config, message) => {
  expect(loadBalancingExporter.schema.safeParse(config).error?.message).toContain(message);
});
