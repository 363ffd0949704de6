import { type Batch, MetricsBatchWriter } from "@venturi/otlp";

const traceId = "5b8efff798038103d269b633813fc60c";
const spanId = "eee19b7ec3c1b174";

/** OTLP metrics of every kind, with names, units, attributes and resources that Prometheus' rules change. */
export function metricsOfAllKinds(timeUnixNano: bigint): Batch {
  const startTimeUnixNano = timeUnixNano - 60_000_000_000n;
  const times = { startTimeUnixNano, timeUnixNano };
  const exemplar = (value: number) => ({ timeUnixNano: timeUnixNano - 1_000_000n, value, traceId, spanId });
  const writer = new MetricsBatchWriter();
  writer.resource({
    "service.namespace": "shop",
    "service.name": "cart",
    "service.instance.id": "cart-1",
    "host.name": "h1",
    "process.pid": 42,
    "deployment.environment.name": "test",
  });
  writer.scope("lib.one", "1.2.3", { "scope.attr": "x", level: 7 });
  writer.gauge({ name: "queue.depth", description: 'items "waiting" \\ now', unit: "{item}" }, [
    { ...times, attributes: { "queue.name": "a", shard: 1 }, value: 3 },
    { ...times, attributes: { "queue.name": 'b"\\\n', shard: 2 }, value: 0.1 },
  ]);
  writer.gauge({ name: "cpu.utilization", unit: "1" }, [{ ...times, attributes: {}, value: 0.25 }]);
  const monotonic = { monotonic: true, temporality: "cumulative" } as const;
  writer.sum({ name: "http.requests", unit: "1", description: "Requests." }, monotonic, [
    { ...times, attributes: { "http.route": "/cart", ok: true }, value: 1_234_567n, exemplars: [exemplar(1)] },
    { ...times, attributes: { "http.route": "/", ok: false, empty: "" }, value: 7n },
  ]);
  writer.sum({ name: "network.io", unit: "By" }, monotonic, [{ ...times, attributes: { a: "1" }, value: 1e21 }]);
  writer.sum({ name: "active", unit: "{request}" }, { monotonic: false, temporality: "cumulative" }, [
    { ...times, attributes: {}, value: -5n },
  ]);
  writer.histogram({ name: "http.server.request.duration", unit: "s" }, { temporality: "cumulative" }, [
    {
      ...times,
      attributes: { "http.route": "/cart" },
      count: 1_000_010,
      sum: 12.5,
      explicitBounds: [0.005, 0.1, 1, 1e6],
      bucketCounts: [1, 2, 1_000_000, 3, 4],
      exemplars: [exemplar(0.05), exemplar(0.5), exemplar(2e6)],
    },
  ]);
  writer.scope("lib.two");
  writer.exponentialHistogram({ name: "rpc.duration", unit: "ms" }, { temporality: "cumulative" }, [
    {
      ...times,
      attributes: { method: "get" },
      count: 21,
      sum: 99.5,
      scale: 3,
      zeroCount: 2,
      zeroThreshold: 0,
      positive: { offset: -4, bucketCounts: [1, 0, 0, 0, 0, 5, 2, 0, 3] },
      negative: { offset: 2, bucketCounts: [4, 0, 4] },
      exemplars: [exemplar(1.5)],
    },
  ]);
  writer.exponentialHistogram({ name: "fine.histogram" }, { temporality: "cumulative" }, [
    {
      ...times,
      attributes: {},
      count: 10,
      sum: 20,
      scale: 10,
      zeroCount: 0,
      zeroThreshold: 0.001,
      positive: { offset: 2, bucketCounts: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
      negative: { offset: 0, bucketCounts: [] },
    },
  ]);
  writer.summary({ name: "gc.pause", unit: "s", description: "Pauses." }, [
    {
      ...times,
      attributes: { generation: "old" },
      count: 9,
      sum: 0.5,
      quantiles: [
        { quantile: 0, value: 0.0001 },
        { quantile: 0.5, value: 0.01 },
        { quantile: 0.99, value: 0.00001 },
      ],
    },
  ]);
  writer.resource({ "service.name": "front", "service.instance.id": "f" }).scope("");
  writer.gauge({ name: "process.memory.usage", unit: "MiBy" }, [{ ...times, attributes: { _x: "y" }, value: 12 }]);
  writer.gauge({ name: "9.lives", unit: "m/s" }, [{ ...times, attributes: { "9a": "y", "a..b": "z" }, value: 9 }]);
  writer.resource({ "host.name": "nobody" }).scope("s");
  writer.gauge({ name: "lonely" }, [{ ...times, attributes: { a: "b" }, value: 1 }]);
  return writer.finish();
}

/** Deltas of one series of each kind that has them: `step` 0, 1, 2, … follow each other without a gap. */
export function deltas(startUnixNano: bigint, step: number): Batch {
  const length = 1_000_000_000n;
  const startTimeUnixNano = startUnixNano + BigInt(step) * length;
  const point = { attributes: { kind: "delta" }, startTimeUnixNano, timeUnixNano: startTimeUnixNano + length };
  const writer = new MetricsBatchWriter();
  writer.resource({ "service.name": "deltas", "service.instance.id": "d" }).scope("d", "1");
  writer.sum({ name: "delta.sum" }, { monotonic: true, temporality: "delta" }, [{ ...point, value: 5n }]);
  writer.sum({ name: "delta.updown" }, { monotonic: false, temporality: "delta" }, [{ ...point, value: 5n }]);
  writer.histogram({ name: "delta.histogram" }, { temporality: "delta" }, [
    { ...point, count: 3, sum: 4.5, explicitBounds: [1, 2], bucketCounts: [1, 1, 1] },
  ]);
  writer.exponentialHistogram({ name: "delta.exponential" }, { temporality: "delta" }, [
    {
      ...point,
      count: 4,
      sum: 8,
      scale: 4,
      zeroCount: 1,
      zeroThreshold: 0,
      positive: { offset: 3 + step, bucketCounts: [1, 0, 2] },
      negative: { offset: 0, bucketCounts: [] },
    },
  ]);
  return writer.finish();
}
