import { type Batch, batchToBytes, forEachMetric, readBatch, type Signal } from "@venturi/otlp";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../component.js";
import { lend } from "../../lease.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { spansBatch } from "../../testing/spans.test.fixture.js";
import { gaugeJson, logsJson, requestBytes } from "../../testing/telemetry.test.fixture.js";
import { countConnector } from "./count.js";

function build(config: object, from: Signal, outcome?: Outcome) {
  const out: Batch[] = [];
  const next = {
    consume: (batch: Batch): Outcome => {
      out.push(batch);
      return outcome;
    },
  };
  const parsed = countConnector.schema.parse(config);
  return { out, connector: countConnector.create(parsed, from, "metrics", next, testHost("connector", "count")) };
}

/** `service name{attributes} = value`, one for each data point. */
function pointsOf(batch: Batch): string[] {
  const points: string[] = [];
  const read = readBatch("metrics", batchToBytes(batch));
  expect(read.itemCount).toBe(batch.itemCount);
  forEachMetric(read, (metric, _scope, resource) => {
    if (metric.type !== "sum") throw new Error(`${metric.name} is a ${metric.type}`);
    expect([metric.temporality, metric.monotonic]).toEqual(["delta", true]);
    for (const { attributes, value } of metric.points) {
      const labels = Object.entries(attributes).map(([key, text]) => `${key}=${text}`);
      points.push(`${resource.attributes.get("service.name")} ${metric.name}{${labels.join()}} = ${value}`);
    }
  });
  return points;
}

async function counted(config: object, batch: Batch): Promise<string[]> {
  const { out, connector } = build(config, batch.signal);
  expect(await connector.consume(batch)).toBeUndefined();
  return out.flatMap(pointsOf);
}

const spans = () =>
  spansBatch([
    {
      spans: [
        { trace: 1, name: "get", start: 5, end: 9, attributes: { env: "prod", size: 1 } },
        { trace: 1, name: "put", start: 2, end: 3, attributes: { env: "dev" } },
        { trace: 2, name: "get", start: 7, attributes: { env: "prod" } },
      ],
    },
    { attributes: { "service.name": "cart", env: "test" }, spans: [{ trace: 3, name: "get" }] },
  ]);

describe("what is counted", () => {
  test("everything, when nothing is said", async () => {
    const all = ["shop trace.span.count{} = 3", "cart trace.span.count{} = 1"];
    expect(await counted({}, spans())).toEqual(all);
    expect(await counted({ spans: {}, logs: { other: {} } }, spans())).toEqual(all);
    const logs = readBatch("logs", requestBytes("logs", logsJson(["a", "b"])));
    expect(await counted({}, logs)).toEqual(["shop log.record.count{} = 2"]);
    const metrics = readBatch("metrics", requestBytes("metrics", gaugeJson("g", 1)));
    expect(await counted({}, metrics)).toEqual(["shop metric.count{} = 1", "shop metric.datapoint.count{} = 1"]);
  });

  test("span events", async () => {
    const event = (name: string) => ({ name, timeUnixNano: "5", attributes: [] });
    const span = { traceId: "01".repeat(16), spanId: "02".repeat(8), name: "s", events: ["a", "b"].map(event) };
    const batch = readBatch("traces", requestBytes("traces", { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
    const config = { spanevents: { b: { conditions: ['name == "b"'] }, all: {} } };
    const expected = ["trace.span.count{} = 1", "b{} = 1", "all{} = 2"].map((point) => `undefined ${point}`);
    expect(await counted(config, batch)).toEqual(expected);
  });

  test("what one of the conditions holds for", async () => {
    const conditions = ['attributes["env"] == "dev"', 'span.name == "get" and span.attributes["size"] == 1'];
    expect(await counted({ spans: { some: { conditions } } }, spans())).toEqual(["shop some{} = 2"]);
  });

  test("each combination of attributes; those of the resource stand behind", async () => {
    const attributes = [{ key: "env" }, { key: "size", default_value: 0 }];
    expect(await counted({ spans: { n: { attributes } } }, spans())).toEqual([
      "shop n{env=prod,size=1} = 1",
      "shop n{env=dev,size=0} = 1",
      "shop n{env=prod,size=0} = 1",
      "cart n{env=test,size=0} = 1",
    ]);
    const missing = { spans: { n: { attributes: [{ key: "size" }] } } };
    expect(await counted(missing, spans())).toEqual(["shop n{size=1} = 1"]);
    const nothing = { spans: { n: { attributes: [{ key: "none" }] } } };
    expect(await counted(nothing, spans())).toEqual([]);
  });

  test("the times are those of the items; of items without, the current one", async () => {
    const { out, connector } = build({ spans: { n: { conditions: ['name == "put"'] } } }, "traces");
    await connector.consume(spans());
    const times: bigint[] = [];
    forEachMetric(out[0] as Batch, (metric) => {
      if (metric.type !== "sum") return;
      for (const point of metric.points) times.push(point.startTimeUnixNano ?? 0n, point.timeUnixNano);
    });
    // As upstream, also of those that no condition holds for.
    expect(times.map((nanos) => Number(nanos - 1_700_000_000_000_000_000n) / 1e6)).toEqual([2, 9]);
  });

  test("one batch says nothing about the next", async () => {
    const { out, connector } = build({ spans: { n: { attributes: [{ key: "env" }] } } }, "traces");
    await connector.consume(spans());
    await connector.consume(spans());
    expect(pointsOf(out[1] as Batch)).toEqual(pointsOf(out[0] as Batch));
  });
});

test("a refusal is passed on; what was counted is given back", async () => {
  let released = 0;
  const batch = spans();
  lend(batch, { release: () => void released++ });
  const refusal = { reason: "queue_full", message: "full", retryable: true } as const;
  expect(await build({}, "traces", refusal).connector.consume(batch)).toBe(refusal);
  expect(released).toBe(0);
  await build({}, "traces").connector.consume(batch);
  expect(released).toBe(1);
});

test("a condition that fails refuses the batch, and the next one is counted from nothing", async () => {
  const { out, connector } = build({ spans: { n: { conditions: ['ParseJSON(name)["a"] == 1', "true"] } } }, "traces");
  const outcome = await connector.consume(spans());
  expect(outcome).toMatchObject({ reason: "export_failed", retryable: false });
  expect(outcome?.message).toContain("failed to eval condition");
  await connector.consume(spansBatch([{ spans: [{ trace: 1, name: '{"a":1}' }] }]));
  expect(out.flatMap(pointsOf)).toEqual(["shop n{} = 1"]);
});

describe("configuration", () => {
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ spans: { n: { conditions: ["nam == 1"] } } }, "spans.n.conditions.0", /unknown path/],
    [{ metrics: { n: { attributes: [{ key: "k" }] } } }, "metrics.n.attributes", /metrics have no attributes/],
    [{ logs: { n: { attributes: [{ key: "" }] } } }, "logs.n.attributes.0.key", /Too small/],
    [{ logs: { n: { attributes: [{ key: "k" }, { key: "k" }] } } }, "logs.n.attributes.1.key", /named twice/],
    [{ profiles: {} }, "profiles", /not supported/],
  ];
  test.each(cases)("%j is refused", (config, path, message) => {
    const issues = countConnector.schema.safeParse(config).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join("."))).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });
});
