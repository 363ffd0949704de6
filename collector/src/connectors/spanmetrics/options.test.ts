import {
  type Batch,
  type ExponentialHistogramPoint,
  forEachMetric,
  type Metric,
  type NumberPoint,
  readBatch,
} from "@venturi/otlp";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Connector, Outcome } from "../../component.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { requestBytes } from "../../testing/telemetry.test.fixture.js";
import { spanMetricsConnector } from "./spanmetrics.js";

/** Flushes come when a test says so. */
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const FLUSH_MS = 1000;

interface Running {
  readonly connector: Connector;
  /** What each flush brought. */
  readonly flushes: Metric[][];
  answer: Outcome | Promise<Outcome>;
  send(...spans: readonly object[]): void;
  flush(): Promise<Metric[]>;
}

async function start(config: object): Promise<Running> {
  const flushes: Metric[][] = [];
  const next = {
    consume: (batch: Batch) => {
      const metrics: Metric[] = [];
      forEachMetric(batch, (metric) => void metrics.push(metric));
      flushes.push(metrics);
      return running.answer;
    },
  };
  const parsed = spanMetricsConnector.schema.parse({ metrics_flush_interval: `${FLUSH_MS}ms`, ...config });
  const host = testHost("connector", "spanmetrics");
  const connector = spanMetricsConnector.create(parsed, "traces", "metrics", next, host);
  const running: Running = {
    connector,
    flushes,
    answer: undefined,
    send: (...spans) => void connector.consume(batchOf({ "service.name": "shop" }, spans)),
    flush: async () => {
      const count = flushes.length;
      await vi.advanceTimersByTimeAsync(FLUSH_MS);
      return flushes.slice(count).flat();
    },
  };
  await connector.start();
  return running;
}

const keyValues = (values: Readonly<Record<string, unknown>>): object[] =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === "number"
        ? { intValue: String(value) }
        : typeof value === "string"
          ? { stringValue: value }
          : value,
  }));

function batchOf(resource: Readonly<Record<string, unknown>>, spans: readonly object[], scope: object = {}): Batch {
  const all = spans.map((span) => ({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "get",
    kind: 2,
    startTimeUnixNano: "1700000000000000000",
    endTimeUnixNano: "1700000000008000000",
    ...span,
  }));
  const resourceSpans = [{ resource: { attributes: keyValues(resource) }, scopeSpans: [{ scope, spans: all }] }];
  return readBatch("traces", requestBytes("traces", { resourceSpans }));
}

const pointsOf = (metrics: readonly Metric[], name: string): NumberPoint[] =>
  metrics
    .filter((metric) => metric.name === `traces.span.metrics.${name}`)
    .flatMap(({ points }) => points as NumberPoint[]);
/** The values of some attributes, and of the point. */
const shown = (points: readonly NumberPoint[], ...names: string[]): unknown[][] =>
  points.map(({ attributes, value }) => [...names.map((name) => attributes[name]), Number(value)]);

/** One flush at shutdown. */
async function once(config: object, ...spans: readonly object[]): Promise<Metric[]> {
  const running = await start(config);
  running.send(...spans);
  await running.connector.shutdown();
  return running.flushes.flat();
}

const attributed = (values: Readonly<Record<string, unknown>>): object => ({ attributes: keyValues(values) });

describe("flushes", () => {
  test("a cumulative count is 0 when it is first told, durations are not", async () => {
    const running = await start({});
    running.send({}, {});
    const first = await running.flush();
    expect(shown(pointsOf(first, "calls"))).toEqual([[0]]);
    expect(pointsOf(first, "duration")).toMatchObject([{ count: 2 }]);
    running.send({});
    expect(shown(pointsOf(await running.flush(), "calls"))).toEqual([[3]]);
  });

  test("what was told to be 0 is told before the end", async () => {
    const running = await start({});
    running.send({}, {});
    await running.flush();
    await running.connector.shutdown();
    expect(shown(pointsOf(running.flushes.at(-1) ?? [], "calls"))).toEqual([[2]]);
    expect(running.flushes).toHaveLength(2);
  });

  const DELTA = { aggregation_temporality: "AGGREGATION_TEMPORALITY_DELTA" };

  test("deltas begin where the last ended, and count what comes while an answer is waited for", async () => {
    const running = await start(DELTA);
    running.send({}, {});
    let answer: (outcome: Outcome) => void = () => {};
    running.answer = new Promise((resolve) => (answer = resolve));
    const first = pointsOf(await running.flush(), "calls");
    running.send({});
    answer(undefined);
    running.answer = undefined;
    const second = pointsOf(await running.flush(), "calls");
    expect([shown(first), shown(second)]).toEqual([[[2]], [[1]]]);
    expect(second[0]?.startTimeUnixNano).toBe(first[0]?.timeUnixNano);
    expect(await running.flush()).toEqual([]);
  });

  test("deltas that were refused are told later", async () => {
    const running = await start(DELTA);
    running.send({}, {});
    running.answer = { reason: "queue_full", message: "full", retryable: true };
    await running.flush();
    running.answer = undefined;
    running.send({});
    expect(shown(pointsOf(await running.flush(), "calls"))).toEqual([[3]]);
  });

  test("series and resources expire, and are told once more before", async () => {
    const running = await start({ series_expiration: "1500ms" });
    running.send({ name: "old" });
    await running.flush();
    running.send({ name: "new" });
    expect(shown(pointsOf(await running.flush(), "calls"), "span.name")).toEqual([
      ["old", 1],
      ["new", 0],
    ]);
    expect(shown(pointsOf(await running.flush(), "calls"), "span.name")).toEqual([["new", 1]]);
    const resources = await start({ metrics_expiration: "1s" });
    resources.send({});
    expect(await resources.flush()).toHaveLength(2);
    expect(await resources.flush()).toEqual([]);
  });

  test("of too many resources those that were not seen for longest are forgotten", async () => {
    const running = await start({ resource_metrics_cache_size: 2 });
    for (const service of ["a", "b", "c", "b"])
      await running.connector.consume(batchOf({ "service.name": service }, [{}]));
    const services = async (): Promise<unknown[]> =>
      pointsOf(await running.flush(), "calls").map(({ attributes }) => attributes["service.name"]);
    expect(await services()).toEqual(["a", "b", "c"]);
    expect(await services()).toEqual(["b", "c"]);
    await running.connector.consume(batchOf({ "service.name": "a" }, [{}]));
    expect(await services()).toEqual(["b", "c", "a"]);
    expect(await services()).toEqual(["b", "a"]);
  });
});

describe("dimensions", () => {
  test("the number 5 and the text 5 are one series, since they are one label", async () => {
    const config = { dimensions: [{ name: "x" }] };
    const values = [5, "5", { doubleValue: 5 }, 300, { stringValue: "300" }, { boolValue: true }, "true", -1, "-1"];
    const metrics = await once(config, ...values.map((x) => attributed({ x })));
    expect(shown(pointsOf(metrics, "calls"), "x")).toEqual([
      [5, 3],
      [300, 2],
      [true, 2],
      [-1, 2],
    ]);
  });

  test("lists are values like others", async () => {
    const list = { arrayValue: { values: [{ stringValue: "a" }, { intValue: "1" }] } };
    const metrics = await once({ dimensions: [{ name: "x" }] }, attributed({ x: list }), attributed({ x: list }));
    expect(shown(pointsOf(metrics, "calls"), "x")).toEqual([[["a", 1], 2]]);
  });

  test("a name may be a dimension of calls and of durations, each with its default", async () => {
    const config = {
      calls_dimensions: [{ name: "x", default: "c" }],
      histogram: { dimensions: [{ name: "x", default: "d" }] },
    };
    const metrics = await once(config, {}, attributed({ x: 1 }));
    const of = (name: string): unknown[] => pointsOf(metrics, name).map(({ attributes }) => attributes.x);
    expect([of("calls"), of("duration")]).toEqual([
      ["c", 1],
      ["d", 1],
    ]);
  });

  test("globs take every attribute of the span, then of the resource", async () => {
    const running = await start({
      dimensions: [{ glob: "http.*" }, { name: "y" }],
      calls_dimensions: [{ glob: "a.**" }],
    });
    const resource = { "service.name": "shop", "http.host": "h", "http.route": "resource", "a.b.id": "r" };
    const first = keyValues({ "http.route": "/a", "http.x.y": 1, y: 2 });
    const again = [...first].reverse();
    await running.connector.consume(batchOf(resource, [{ attributes: first }, { attributes: again }, {}]));
    await running.connector.shutdown();
    const metrics = running.flushes.flat();
    const names = ["http.route", "http.host", "http.x.y", "a.b.id", "y"];
    expect(shown(pointsOf(metrics, "calls"), ...names)).toEqual([
      ["/a", "h", undefined, "r", 2, 2],
      ["resource", "h", undefined, "r", undefined, 1],
    ]);
    expect(pointsOf(metrics, "duration").map(({ attributes }) => attributes["a.b.id"])).toEqual([undefined, undefined]);
  });

  test("scopes that are named", async () => {
    const running = await start({ include_instrumentation_scope: ["express"] });
    for (const scope of [{ name: "express", version: "1" }, { name: "express" }, { name: "other" }, {}]) {
      await running.connector.consume(batchOf({ "service.name": "shop" }, [{}], scope));
    }
    await running.connector.shutdown();
    const [name, version] = ["span.instrumentation.scope.name", "span.instrumentation.scope.version"];
    expect(shown(pointsOf(running.flushes.flat(), "calls"), name, version)).toEqual([
      ["express", "1", 1],
      ["express", undefined, 1],
      [undefined, undefined, 2],
    ]);
  });

  test("excluding is for those that are there unasked", async () => {
    const config = { dimensions: [{ name: "x" }], exclude_dimensions: ["x", "span.kind"] };
    const [point] = pointsOf(await once(config, attributed({ x: 1 })), "calls");
    expect([point?.attributes.x, point?.attributes["span.kind"]]).toEqual([1, undefined]);
  });
});

test("events are counted by their attributes too", async () => {
  const events = [
    { name: "exception", attributes: keyValues({ type: "A", region: "event" }) },
    { name: "exception", attributes: keyValues({ type: "B" }) },
    { name: "log" },
  ];
  const config = { dimensions: [{ name: "region" }], events: { enabled: true, dimensions: [{ name: "type" }] } };
  const metrics = await once(config, { events }, { events: events.slice(0, 1) }, attributed({ region: "eu" }));
  expect(shown(pointsOf(metrics, "events"), "type", "region")).toEqual([
    ["A", "event", 2],
    ["B", undefined, 1],
    [undefined, undefined, 1],
  ]);
  expect(shown(pointsOf(metrics, "calls"), "type", "region")).toEqual([
    [undefined, undefined, 2],
    [undefined, "eu", 1],
  ]);
});

test("a span that was sampled stands for as many as its threshold says", async () => {
  const config = { enable_metrics_sampling_method: true, histogram: { exponential: {} } };
  const spans = ["ot=th:8", "x=y,ot=rv:12345678901234;th:c", "ot=th:0", "ot=p:8", "ot=th:nonsense", "th:8"].map(
    (traceState) => ({ traceState }),
  );
  const metrics = await once(config, ...spans, {});
  expect(shown(pointsOf(metrics, "calls"), "sampling.method")).toEqual([
    ["extrapolated", 2 + 4 + 1],
    ["counted", 4],
  ]);
  const [point] = metrics.flatMap(({ points }) => [...points]).slice(2) as ExponentialHistogramPoint[];
  expect(point).toMatchObject({ count: 7, sum: 56, min: 8, max: 8, scale: 20, positive: { bucketCounts: [7] } });
});

test("exemplars of calls and durations; none without a trace, and none of what overflows", async () => {
  const config = { exemplars: { enabled: true }, aggregation_cardinality_limit: 1, calls_dimensions: [{ name: "x" }] };
  const none = { traceId: "0".repeat(32) };
  const metrics = await once(config, none, {}, { ...attributed({ x: 1 }) });
  const counts = (name: string): unknown[] => pointsOf(metrics, name).map(({ exemplars }) => exemplars?.length ?? 0);
  expect([counts("calls"), counts("duration")]).toEqual([[1, 0], [2]]);
});

describe("configuration", () => {
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ histogram: { explicit: {}, exponential: {} } }, /use either `explicit` or `exponential`/],
    [{ histogram: { exponential: { max_size: 1 } } }, /must be 2 to 16384/],
    [{ events: { enabled: true } }, /no dimensions configured for events/],
    [{ dimensions: [{}] }, /needs a "name" or a "glob"/],
    [{ dimensions: [{ name: "a", glob: "b" }] }, /not both/],
    [{ dimensions: [{ glob: "a.*", default: "x" }] }, /"default" has no meaning/],
    [{ dimensions: [{ glob: "[a" }] }, /"\[" is not closed/],
    [{ dimensions: [{ glob: "span.*" }] }, /duplicate dimension "span.name"/],
    [{ dimensions: [{ name: "a.b" }, { glob: "a.*" }] }, /duplicate dimension "a.b"/],
    [{ dimensions: [{ name: "collector.instance.id" }] }, /duplicate dimension/],
  ];
  test.each(cases)("%j is refused", (config, message) => {
    const result = spanMetricsConnector.schema.safeParse(config);
    expect(JSON.stringify(result.error?.issues ?? "").replaceAll('\\"', '"')).toMatch(message);
  });
});
