import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { forEachMetric, type Metric, readBatch } from "@venturi/otlp";
import { beforeAll, describe, expect, test } from "vitest";
import { startOtelcol } from "./support/backends.js";
import type { Child } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { inOrder } from "./support/otlp-json.js";
import { freePorts } from "./support/ports.js";
import { type RequestSink, startRequestSink } from "./support/request-sink.js";
import { spanMetricsRequest } from "./support/spanmetrics-corpus.js";
import { venturi } from "./support/venturi.js";

type Config = Readonly<Record<string, unknown>>;

const DELTA = { aggregation_temporality: "AGGREGATION_TEMPORALITY_DELTA" };
const exponential = (max_size?: number): Config => ({ exponential: max_size === undefined ? {} : { max_size } });
const named = (...names: readonly string[]): Config[] => names.map((name) => ({ name }));

const CUMULATIVE: readonly Config[] = [
  {},
  { histogram: { unit: "s" } },
  { histogram: { unit: "s", explicit: { buckets: ["7us", "10ms", "1s", "1m30s"] } } },
  { histogram: { disable: true } },
  { histogram: exponential() },
  { histogram: { unit: "s", ...exponential() } },
  ...[2, 4, 20, 1000].map((size) => ({ histogram: exponential(size) })),
  { dimensions: named("http.route", "http.status", "ratio", "cached", "tags", "bytes") },
  { dimensions: [{ name: "http.route", default: "none" }, ...named("region", "pod")] },
  { calls_dimensions: named("http.route"), histogram: { dimensions: named("region"), ...exponential(10) } },
  {
    calls_dimensions: [{ name: "region", default: "x" }],
    histogram: { dimensions: [{ name: "region", default: "y" }] },
  },
  { exclude_dimensions: ["span.name", "status.code"], dimensions: named("region") },
  { exclude_dimensions: ["service.name", "span.kind", "collector.instance.id", "region"], dimensions: named("region") },
  { exemplars: { enabled: true } },
  { exemplars: { enabled: true, max_per_data_point: 1 }, histogram: exponential(), dimensions: named("cached") },
  { exemplars: { enabled: true, max_per_data_point: 0 } },
  { events: { enabled: true, dimensions: named("exception.type") } },
  {
    events: { enabled: true, dimensions: named("exception.type", "user") },
    dimensions: named("region"),
    exemplars: { enabled: true, max_per_data_point: 2 },
    aggregation_cardinality_limit: 9,
  },
  { aggregation_cardinality_limit: 3, dimensions: named("user") },
  { aggregation_cardinality_limit: 1, histogram: { dimensions: named("user"), ...exponential() } },
  { aggregation_cardinality_limit: 5, exemplars: { enabled: true, max_per_data_point: 3 }, dimensions: named("user") },
  { resource_metrics_key_attributes: ["service.name"] },
  { resource_metrics_key_attributes: ["service.name", "pod"], add_resource_attributes: true },
  { include_instrumentation_scope: ["express", "other"] },
  { namespace: "" },
  { namespace: "my.space", dimensions: [{ glob: "http.*" }] },
  { dimensions: [{ glob: "*" }], exclude_dimensions: ["span.name", "span.kind"] },
  { calls_dimensions: [{ glob: "{r*,pod}" }, { name: "user" }], histogram: { dimensions: [{ glob: "http.r????" }] } },
  { enable_metrics_sampling_method: true, dimensions: named("http.route") },
];
const DELTAS: readonly Config[] = [
  {},
  { histogram: exponential() },
  { histogram: exponential(5), dimensions: named("http.status", "region") },
  { exemplars: { enabled: true }, dimensions: named("user") },
  { aggregation_cardinality_limit: 2, events: { enabled: true, dimensions: named("exception.type") } },
].map((config) => ({ ...config, ...DELTA }));
const CONFIGS = [...CUMULATIVE, ...DELTAS];

const SIDES = ["stock", "ours"] as const;
type Side = (typeof SIDES)[number];

const { defer, temporaryFolder } = cleanup();
let sink: RequestSink;

/** What the flushes of one configuration said; empty ones are left out. */
function flushes(side: Side, index: number): Uint8Array[] {
  return sink.bodies(`/${side}/${index}`).filter(hasPoints);
}

/** Bodies are looked at again and again while more are waited for. */
const known = new WeakMap<Uint8Array, boolean>();

function hasPoints(body: Uint8Array): boolean {
  const before = known.get(body);
  if (before !== undefined) return before;
  const has = readBatch("metrics", body).itemCount > 0;
  known.set(body, has);
  return has;
}

/** Each data point as one text, in order. */
function pointsIn(body: Uint8Array | undefined): string[] {
  if (body === undefined) return [];
  const points: string[] = [];
  forEachMetric(readBatch("metrics", body), ({ points: all, ...metric }, scope, resource) => {
    for (const point of all) points.push(shown({ ...metric }, point, scope.name, resource.attributes.toObject()));
  });
  return points.sort();
}

/** Without times, and without the identity of the collector. */
function shown(metric: object, point: Metric["points"][number], scope: string, resource: object): string {
  const { startTimeUnixNano = 0n, timeUnixNano, attributes, ...rest } = point;
  expect(startTimeUnixNano).toBeLessThanOrEqual(timeUnixNano);
  const { "collector.instance.id": instance, ...own } = attributes;
  const all = { metric, scope, resource, hasInstance: instance !== undefined, attributes: own, ...rest };
  return JSON.stringify(inOrder(JSON.parse(JSON.stringify(all, plain))));
}

function plain(key: string, value: unknown): unknown {
  if (key === "timeUnixNano") return undefined;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "bigint" ? Number(value) : value;
}

function collectorConfig(side: Side, receiver: string, metricsPort: number | undefined): string {
  const each = (entry: (config: Config, index: number) => [string, object]): object =>
    Object.fromEntries(CONFIGS.map(entry));
  const prometheus = { host: "127.0.0.1", port: metricsPort };
  const traces = { receivers: ["otlp"], exporters: CONFIGS.map((_, index) => `span_metrics/${index}`) };
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: receiver } } } },
    connectors: each((config, index) => [`span_metrics/${index}`, { metrics_flush_interval: "1s", ...config }]),
    exporters: each((_, index) => [
      `otlp_http/${index}`,
      // One consumer: flushes come in their order.
      {
        metrics_endpoint: `${sink.url}/${side}/${index}`,
        compression: "none",
        sending_queue: { num_consumers: 1 },
      },
    ]),
    service: {
      telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus } } }] } },
      pipelines: {
        traces,
        ...each((_, index) => [
          `metrics/${index}`,
          { receivers: [`span_metrics/${index}`], exporters: [`otlp_http/${index}`] },
        ]),
      },
    },
  });
}

async function start(side: Side, folder: string, config: string): Promise<Child> {
  if (side === "stock") return startOtelcol(folder, side, config);
  const file = join(folder, "ours.yaml");
  await writeFile(file, config);
  const child = venturi(["collector", "--config", file]);
  await child.waitForOutput(/Everything is ready/);
  return child;
}

/** Numbers that are the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

beforeAll(async () => {
  const folder = await temporaryFolder();
  sink = await startRequestSink();
  defer(() => sink.close());
  const ports = await freePorts(4);
  const children: Child[] = [];
  const receivers = SIDES.map((_, index) => `127.0.0.1:${ports[index * 2]}`);
  for (const [index, side] of SIDES.entries()) {
    const config = collectorConfig(side, receivers[index] as string, ports[index * 2 + 1]);
    const child = await start(side, folder, config);
    children.push(child);
    defer(() => child.stop());
  }
  const random = randomNumbers(7);
  // A request is counted as a whole, so a flush has all of it or nothing.
  const indexes = [...CONFIGS.keys()];
  const arrived = (count: (side: Side, index: number) => number): Promise<true> =>
    eventually<true>("flushes arrive", async () => {
      const missing = SIDES.flatMap((side) =>
        indexes
          .filter((index) => flushes(side, index).length < count(side, index))
          .map((index) => `${side}/${index}: ${flushes(side, index).length}`),
      );
      if (missing.length > 0) throw new Error(missing.join(", "));
      return true;
    });
  const send = async (): Promise<void> => {
    const body = JSON.stringify(spanMetricsRequest(30, random));
    const headers = { "content-type": "application/json" };
    for (const receiver of receivers) {
      const response = await fetch(`http://${receiver}/v1/traces`, { method: "POST", headers, body });
      expect(response.status).toBe(200);
    }
  };
  await send();
  await arrived((_side, index) => (index < CUMULATIVE.length ? 2 : 1));
  const before = new Map(SIDES.map((side) => [side, indexes.map((index) => flushes(side, index).length)]));
  await send();
  // The first flush after may have been on its way; series that are new are told to be zero in the second.
  await arrived((side, index) => (before.get(side)?.[index] ?? 0) + (index < CUMULATIVE.length ? 4 : 1));
  for (const child of children) await child.stop();
}, 90_000);

describe("the same as the stock collector", () => {
  test.each(CUMULATIVE.map((config, index) => [JSON.stringify(config), index] as const))("%s", (_config, index) => {
    const [stock, ours] = SIDES.map((side) => {
      const all = flushes(side, index);
      return [0, 1, all.length - 1].map((flush) => pointsIn(all[flush]));
    });
    // The first flush says zero calls, and has the exemplars; the last has everything.
    expect(ours).toEqual(stock);
    expect(ours?.[2]).not.toEqual(ours?.[1]);
  });

  test.each(DELTAS.map((config, index) => [JSON.stringify(config), CUMULATIVE.length + index] as const))(
    "%s",
    (_config, index) => {
      const [stock, ours] = SIDES.map((side) => flushes(side, index).map(pointsIn));
      expect(stock).toHaveLength(2);
      expect(ours).toEqual(stock);
    },
  );
});
