import { type Batch, batchToBytes, protobufToJson, readBatch, type Signal } from "@venturi/otlp";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../component.js";
import { lend } from "../../lease.js";
import { Lane } from "../../ledger.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { spansBatch } from "../../testing/spans.test.fixture.js";
import { requestBytes } from "../../testing/telemetry.test.fixture.js";
import { filterProcessor } from "./filter.js";

function build(config: object, signal: Signal, outcome?: Outcome) {
  const out: Batch[] = [];
  const next = {
    consume: (batch: Batch): Outcome => {
      out.push(batch);
      return outcome;
    },
  };
  const host = testHost("processor", "filter/test");
  const lane = new Lane();
  const parsed = filterProcessor.schema.parse(config);
  return { out, host, lane, processor: filterProcessor.create(parsed, signal, next, lane, host) };
}

/** What stays of a batch: everything that has a name or a text as its body. */
async function namesAfter(config: object, batch: Batch): Promise<string> {
  const { out, processor } = build(config, batch.signal);
  expect(await processor.consume(batch)).toBeUndefined();
  const [kept] = out;
  if (kept === undefined) return "nothing";
  const bytes = batchToBytes(kept);
  // What was written must be valid, and counted rightly.
  expect(readBatch(batch.signal, bytes).itemCount).toBe(kept.itemCount);
  const names: string[] = [];
  JSON.parse(JSON.stringify(protobufToJson(batch.signal, bytes)), (_key, value) => {
    if (typeof value?.name === "string") names.push(value.name);
    if (typeof value?.body?.stringValue === "string") names.push(value.body.stringValue);
    if (value?.asInt !== undefined) names.push(String(value.asInt));
    return value;
  });
  return names.join(" ");
}

const spans = () =>
  spansBatch([
    {
      attributes: { "service.name": "shop" },
      spans: [
        { trace: 1, name: "ping" },
        { trace: 1, id: 7, parent: 9, name: "get", kind: 2, attributes: { "http.route": "/health" } },
      ],
    },
    { attributes: { "service.name": "cart" }, spans: [{ trace: 2, name: "put", status: "ERROR" }] },
  ]);
const event = (name: string) => ({ name, timeUnixNano: "5" });
const EVENTS = {
  resourceSpans: [
    {
      scopeSpans: [
        { spans: [{ traceId: "01".repeat(16), spanId: "02".repeat(8), name: "s", events: ["a", "b"].map(event) }] },
      ],
    },
  ],
};
const point = (asInt: number, key = "k") => ({
  asInt,
  timeUnixNano: "5",
  attributes: [{ key, value: { stringValue: `v${asInt}` } }],
});
const METRICS = {
  resourceMetrics: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] },
      scopeMetrics: [
        {
          scope: { name: "lib" },
          metrics: [
            { name: "g", gauge: { dataPoints: [point(1), point(2)] } },
            { name: "s", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point(3, "other")] } },
            { name: "e" },
          ],
        },
      ],
    },
  ],
};
const record = (body: string, severityNumber: number) => ({
  body: { stringValue: body },
  severityNumber,
  severityText: "T",
});
const LOGS = {
  resourceLogs: [{ scopeLogs: [{ logRecords: [record("low", 5), record("none", 0), record("high", 17)] }] }],
};
const read = (signal: Signal, json: object) => readBatch(signal, requestBytes(signal, json));

describe("spans and their events", () => {
  const cases: readonly (readonly [object, string])[] = [
    [{}, "test ping get test put"],
    [{ traces: { span: ['attributes["http.route"] == "/health"', 'name == "put"'] } }, "test ping"],
    [{ traces: { resource: ['attributes["service.name"] == "shop"'] } }, "test put"],
    [{ traces: { span: ["IsRootSpan()"] } }, "test get"],
    [{ traces: { span: ["true"] } }, "nothing"],
    [{ trace_conditions: ['span.name == "ping"', 'resource.attributes["service.name"] == "cart"'] }, "test get"],
    [{ trace_conditions: [{ context: "span", conditions: ["IsRootSpan()"] }] }, "test get"],
    [{ trace_conditions: ['scope.name == "test"'] }, "nothing"],
    [{ trace_conditions: [{ conditions: ['span.name == "ping"'] }, { conditions: ["span.kind == 2"] }] }, "test put"],
    [{ spans: { include: { match_type: "strict", services: ["shop"] } } }, "test ping get"],
    [{ spans: { exclude: { match_type: "regexp", span_names: ["^p"] } } }, "test get"],
  ];
  test.each(cases)("%j", async (config, expected) => {
    expect(await namesAfter(config, spans())).toBe(expected);
  });

  test("a span stays when all its events go", async () => {
    expect(await namesAfter({ traces: { spanevent: ['name == "a"'] } }, read("traces", EVENTS))).toBe("b s");
    expect(await namesAfter({ trace_conditions: ["spanevent.name != nil"] }, read("traces", EVENTS))).toBe("s");
  });
});

describe("metrics and data points", () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ metrics: { metric: ['name == "g"'] } }, "lib 3 s e"],
    [{ metrics: { datapoint: ["value_int == 2"] } }, "lib 1 g 3 s e"],
    [{ metrics: { datapoint: ['metric.name == "g"'] } }, "lib 3 s e"],
    [{ metrics: { metric: ['HasAttrKeyOnDatapoint("k")'] } }, "lib 3 s e"],
    [{ metrics: { metric: ['HasAttrOnDatapoint("k", "v2")'] } }, "lib 1 2 g 3 s e"],
    [{ metrics: { metric: ['HasAttrOnDatapoint("k", "v1")'] } }, "lib 3 s e"],
    [{ metric_conditions: ["metric.type == METRIC_DATA_TYPE_NONE", "datapoint.value_int > 2"] }, "lib 1 2 g"],
    [{ metrics: { include: { match_type: "regexp", metric_names: ["^[ge]$"] } } }, "lib 1 2 g e"],
    [{ metrics: { exclude: { match_type: "strict", metric_names: ["e"] } } }, "lib 1 2 g 3 s"],
    [
      { metrics: { exclude: { match_type: "strict", resource_attributes: [{ key: "service.name", value: "shop" }] } } },
      "nothing",
    ],
  ];
  test.each(cases)("%j", async (config, expected) => {
    expect(await namesAfter(config, read("metrics", METRICS))).toBe(expected);
  });
});

describe("log records", () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ logs: { log_record: ["severity_number < SEVERITY_NUMBER_WARN"] } }, "high"],
    [{ log_conditions: ['IsMatch(log.body, "^h")'] }, "low none"],
    [{ logs: { include: { match_type: "strict", severity_number: { min: "info" } } } }, "high"],
    [{ logs: { exclude: { match_type: "strict", severity_number: { min: 9, match_undefined: true } } } }, "low"],
    [{ logs: { include: { match_type: "regexp", bodies: ["^n"], severity_texts: ["T"] } } }, "none"],
    [{ logs: { include: { match_type: "strict" } } }, "low none high"],
  ];
  test.each(cases)("%j", async (config, expected) => {
    expect(await namesAfter(config, read("logs", LOGS))).toBe(expected);
  });
});

describe("the books", () => {
  const config = { traces: { span: ['name == "ping"'] } };

  test("what is dropped is counted once the rest was taken", async () => {
    const { host, lane, out, processor } = build(config, "traces");
    await processor.consume(spans());
    expect([...lane.dropped]).toEqual([["filtered", 1]]);
    expect(out[0]?.itemCount).toBe(2);
    const [family] = host.metrics.collect();
    expect(family?.name).toBe("otelcol_processor_filter_spans_filtered");
    expect(family?.points).toEqual([{ labels: { filter: "filter/test" }, value: 1 }]);
    const refusal = { reason: "queue_full", message: "full", retryable: true } as const;
    const refusing = build(config, "traces", refusal);
    expect(await refusing.processor.consume(spans())).toBe(refusal);
    expect(refusing.lane.droppedTotal).toBe(0);
  });

  test("a batch of which nothing is dropped is the same batch; one that is dropped gives its memory back", async () => {
    const { out, processor } = build({ traces: { span: ['name == "none"'] } }, "traces");
    const batch = spans();
    await processor.consume(batch);
    expect(out[0]).toBe(batch);
    let isReleased = false;
    const whole = build({ traces: { span: ["true"] } }, "traces");
    lend(batch, { release: () => (isReleased = true) });
    await whole.processor.consume(batch);
    expect(isReleased).toBe(true);
    expect(whole.lane.dropped.get("filtered")).toBe(3);
  });

  test("a condition that fails does not hold, and drops the batch where errors propagate", async () => {
    const failing = ['ParseJSON("{") != nil', 'name == "ping"'];
    const ignoring = build({ traces: { span: failing } }, "traces");
    await ignoring.processor.consume(spans());
    expect(ignoring.out[0]?.itemCount).toBe(2);
    expect(ignoring.host.lines.join("\n")).toContain("failed to eval condition");
    const propagating = build({ error_mode: "Propagate", traces: { span: failing } }, "traces");
    await propagating.processor.consume(spans());
    expect(propagating.out).toEqual([]);
    expect([...propagating.lane.dropped]).toEqual([["condition_failed", 3]]);
    const group = { context: "span", error_mode: "silent", conditions: failing };
    const silent = build({ error_mode: "propagate", trace_conditions: [group] }, "traces");
    await silent.processor.consume(spans());
    expect([silent.out[0]?.itemCount, silent.host.lines]).toEqual([2, []]);
  });
});

describe("configuration", () => {
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ traces: { span: ["nam == 1"] } }, "traces.span.0", /unknown path "nam"/],
    [{ traces: { span: ['set(name, "x")'] } }, "traces.span.0", /set/],
    [{ traces: { span: ['HasAttrKeyOnDatapoint("k")'] } }, "traces.span.0", /unknown function/],
    [{ trace_conditions: ["span.name == 1", 'name == "x"'] }, "trace_conditions.1", /begin with one of/],
    [{ trace_conditions: ["IsRootSpan() or spanevent.name == nil"] }, "trace_conditions.0", /unknown function/],
    [
      { log_conditions: [{ context: "span", conditions: ["true"] }] },
      "log_conditions.0.conditions.0",
      /does not exist here/,
    ],
    [{ trace_conditions: ["true", { conditions: [] }] }, "trace_conditions", /cannot stand in one list/],
    [{ trace_conditions: ["span.kind == 1"], traces: { span: ["true"] } }, "", /traces\.span cannot be used together/],
    [
      { spans: { include: { match_type: "strict", log_bodies: ["a"] } } },
      "spans.include",
      /cannot be matched in a pipeline of traces/,
    ],
    [
      { logs: { include: { match_type: "regexp", bodies: ["("] } } },
      "logs.include.bodies.0",
      /invalid regular expression/,
    ],
    [
      { logs: { include: { match_type: "strict", severity_number: { min: "loud" } } } },
      "logs.include.severity_number.min",
      /is no severity/,
    ],
    [{ metrics: { include: { match_type: "expr" } } }, "metrics.include.match_type", /metric_conditions/],
    [{ profiles: {} }, "profiles", /not supported/],
    [{ error_mode: "loud" }, "error_mode", /Invalid option/],
  ];
  test.each(cases)("%j is refused", (config, path, message) => {
    const issues = filterProcessor.schema.safeParse(config).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join("."))).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });
});
