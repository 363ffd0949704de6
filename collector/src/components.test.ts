import { devNull, tmpdir } from "node:os";
import { readBatch, type Signal } from "@venturi/otlp";
import { describe, expect, test } from "vitest";
import type { Component, Consumer, Factory, StoreSink } from "./component.js";
import { components } from "./components.js";
import { Lane } from "./ledger.js";
import { type TestHost, testHost } from "./testing/host.test.fixture.js";
import { startSink } from "./testing/sink.test.fixture.js";
import { gaugeJson, logsJson, requestBytes, someSpans } from "./testing/telemetry.test.fixture.js";

/** What a component cannot do without, and addresses that are free. Everything else is at its default. */
const MINIMAL: Readonly<Record<string, (sinkUrl: string) => object>> = {
  "receiver host_metrics": () => ({ scrapers: { load: {} } }),
  "receiver otlp": () => ({ protocols: { grpc: { endpoint: "127.0.0.1:0" }, http: { endpoint: "127.0.0.1:0" } } }),
  "receiver prometheus": (url) => ({
    config: { scrape_configs: [{ job_name: "a", static_configs: [{ targets: [url.slice("http://".length)] }] }] },
  }),
  "receiver zipkin": () => ({ endpoint: "127.0.0.1:0" }),
  "processor attributes": () => ({ actions: [{ key: "a", value: 1, action: "upsert" }] }),
  "processor memory_limiter": () => ({ check_interval: "1s", limit_mib: 4096 }),
  "processor probabilistic_sampler": () => ({ sampling_percentage: 100 }),
  "processor resource": () => ({ attributes: [{ key: "a", value: 1, action: "upsert" }] }),
  "processor tail_sampling": () => ({ policies: [{ name: "all", type: "always_sample" }] }),
  "exporter otlp_http": (url) => ({ endpoint: url }),
  "exporter otlp_grpc": () => ({
    endpoint: "127.0.0.1:1",
    tls: { insecure: true },
    retry_on_failure: { enabled: false },
  }),
  "exporter file": () => ({ path: devNull }),
  "exporter loadbalancing": () => ({
    resolver: { static: { hostnames: ["127.0.0.1:1"] } },
    protocol: { otlp: { tls: { insecure: true }, retry_on_failure: { enabled: false } } },
  }),
  "exporter prometheus": () => ({ endpoint: "127.0.0.1:0" }),
  "exporter prometheus_remote_write": (url) => ({ endpoint: url }),
  "extension basicauth": () => ({ htpasswd: { inline: "user:password" } }),
  "extension bearertokenauth": () => ({ token: "t" }),
  "extension file_storage": () => ({ directory: tmpdir() }),
  "extension health_check": () => ({ endpoint: "127.0.0.1:0" }),
  "extension pprof": () => ({ endpoint: "127.0.0.1:0" }),
  "extension zpages": () => ({ endpoint: "127.0.0.1:0" }),
};

const batchOf = (signal: Signal) =>
  signal === "traces"
    ? someSpans(3)
    : signal === "metrics"
      ? readBatch("metrics", requestBytes("metrics", gaugeJson("m", 1)))
      : readBatch("logs", requestBytes("logs", logsJson(["a", "b"])));

interface Built {
  readonly component: Component;
  readonly feeds: readonly { readonly signal: Signal; readonly consumer: Consumer; readonly lane: Lane }[];
  readonly host: TestHost;
  /** Items that came out of it, into the pipelines behind. */
  readonly out: { items: number };
}

function build(factory: Factory, sinkUrl: string): Built {
  const store: StoreSink = { write: async () => {}, close: async () => {} };
  const host = testHost(factory.kind, factory.type, { openStore: async () => store });
  const config = factory.schema.parse(MINIMAL[`${factory.kind} ${factory.type}`]?.(sinkUrl) ?? {});
  const out = { items: 0 };
  const next: Consumer = {
    consume: (batch) => {
      out.items += batch.itemCount;
      return undefined;
    },
  };
  switch (factory.kind) {
    case "receiver": {
      const outputs = Object.fromEntries(Object.keys(factory.signals).map((signal) => [signal, next]));
      return { component: factory.create(config, outputs, host), feeds: [], host, out };
    }
    case "processor": {
      const lane = new Lane();
      const component = factory.create(config, "traces", next, lane, host);
      return { component, feeds: [{ signal: "traces", consumer: component, lane }], host, out };
    }
    case "connector": {
      const { from, to } = factory.pairs[0] as (typeof factory.pairs)[number];
      const component = factory.create(config, from, to, next, host);
      return { component, feeds: [{ signal: from, consumer: component, lane: new Lane() }], host, out };
    }
    case "exporter": {
      const component = factory.create(config, host);
      const signals = Object.keys(factory.signals) as Signal[];
      const feeds = signals.map((signal) => {
        const lane = new Lane();
        return { signal, lane, consumer: component.consumer(signal, lane) };
      });
      return { component, feeds, host, out };
    }
    case "extension":
      return { component: factory.create(config, host), feeds: [], host, out };
  }
}

/** Timers, sockets and servers that keep the process alive. */
function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /Timeout|TCP|TLS|Pipe|FSEvent|HTTP/.test(name))
    .sort();
}

const cases = components.map((factory) => [`${factory.kind} ${factory.type}`, factory] as const);

describe.each(cases)("%s", (_name, factory) => {
  test("unknown options are refused", () => {
    const minimal = MINIMAL[`${factory.kind} ${factory.type}`]?.("http://127.0.0.1:1") ?? {};
    expect(factory.schema.safeParse({ ...minimal, no_such_option: 1 }).success).toBe(false);
    expect(factory.schema.safeParse(minimal).success).toBe(true);
  });

  test("shutdown without start, and shutdown twice", async () => {
    const { component, host } = build(factory, "http://127.0.0.1:1");
    host.startDrain(1000);
    await component.shutdown();
    await component.shutdown();
  });

  test("starts, takes data, drains, and leaves nothing open", async () => {
    const sink = await startSink();
    const before = handles();
    const { component, feeds, host, out } = build(factory, sink.url);
    await component.start();
    let items = 0;
    for (const { signal, consumer, lane } of feeds) {
      const batch = batchOf(signal);
      lane.entered += batch.itemCount;
      items += batch.itemCount;
      expect(await consumer.consume(batch)).toBeUndefined();
    }
    host.startDrain(5000);
    await component.shutdown();
    await component.shutdown();
    if (factory.kind === "exporter") for (const { lane } of feeds) expect(lane.inside).toBe(0);
    if (factory.kind === "processor") expect(out.items).toBe(items);
    if (factory.kind === "connector") expect(out.items).toBeGreaterThan(0);
    for (let turns = 0; turns < 100 && handles().length > before.length; turns++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(handles().length).toBeLessThanOrEqual(before.length);
    await sink.close();
  });
});

test("types and aliases are unique within their kind", () => {
  const names = components.flatMap(({ kind, type, aliases }) =>
    [type, ...(aliases ?? [])].map((name) => `${kind} ${name}`),
  );
  expect(new Set(names).size).toBe(names.length);
});
