import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { protobufToJson } from "@venturi/otlp";
import { beforeAll, describe, expect, test } from "vitest";
import { startOtelcol } from "./support/backends.js";
import { cleanup } from "./support/cleanup.js";
import { inOrder } from "./support/otlp-json.js";
import { freePorts } from "./support/ports.js";
import { startRequestSink } from "./support/request-sink.js";
import { type ComparedPipeline, startTwoCollectors, type TwoCollectors } from "./support/two-collectors.js";
import { venturi } from "./support/venturi.js";

type Config = Readonly<Record<string, unknown>>;

/** Lists of actions: each runs on spans, log records and data points, and on resources. */
const ACTIONS: readonly (readonly Config[])[] = [
  [{ key: "new", value: "text", action: "insert" }],
  [{ key: "text", value: "other", action: "insert" }],
  [{ key: "text", value: 17, action: "update" }],
  [{ key: "new", value: 17, action: "update" }],
  [{ key: "text", value: 2.5, action: "UPSERT" }],
  [{ key: "new", value: false, action: "upsert" }],
  [{ key: "new", value: ["a", 1, true, [2.5]], action: "insert" }],
  [{ key: "new", value: { b: { c: 1 } }, action: "insert" }],
  [{ key: "new", from_attribute: "list", action: "insert" }],
  [{ key: "text", from_attribute: "int", action: "update" }],
  [{ key: "new", from_attribute: "none", action: "upsert" }],
  [{ key: "new", from_attribute: "none", default_value: "fallback", action: "upsert" }],
  [{ key: "new", from_attribute: "int", default_value: "fallback", action: "upsert" }],
  [{ key: "new", from_attribute: "empty", default_value: "fallback", action: "upsert" }],
  [{ key: "text", default_value: 3, action: "update" }],
  [{ key: "text", action: "delete" }],
  [{ pattern: "^(i|d)", action: "delete" }],
  [{ key: "map", pattern: "t$", action: "delete" }],
  ...["text", "int", "negative", "double", "yes", "no", "list", "map", "bytes", "empty", "none"].map((key) => [
    { key, action: "hash" },
  ]),
  [{ pattern: ".*", action: "hash" }],
  [{ key: "text", pattern: "^t", action: "hash" }],
  [{ key: "path", pattern: "^/(?P<first>\\w+)/(?P<text>\\d+)(?P<rest>/.*)?$", action: "extract" }],
  [{ key: "path", pattern: "(?P<second>/[0-9]+)", action: "extract" }],
  [{ key: "path", pattern: "^(?P<no>x)", action: "extract" }],
  [{ key: "int", pattern: "(?P<digits>.*)", action: "extract" }],
  ...["int", "double", "string"].flatMap((converted_type) =>
    [
      "text",
      "digits",
      "decimal",
      "odd",
      "int",
      "negative",
      "double",
      "huge",
      "small",
      "yes",
      "no",
      "list",
      "map",
      "bytes",
    ].map((key) => [{ key, converted_type, action: "convert" }]),
  ),
  [
    { key: "copy", from_attribute: "text", action: "insert" },
    { key: "text", action: "delete" },
    { key: "copy", action: "hash" },
    { key: "int", converted_type: "string", action: "convert" },
    { key: "sum", from_attribute: "int", action: "upsert" },
  ],
];

const strict = { match_type: "strict" };
const regexp = { match_type: "regexp" };

const BOTH_MATCHES: readonly Config[] = [
  ...["text", "int", "double", "yes", "list", "map", "none"].map((key) => ({ ...strict, attributes: [{ key }] })),
  { ...strict, attributes: [{ key: "text", value: "value 1" }] },
  { ...strict, attributes: [{ key: "int", value: 1 }] },
  { ...strict, attributes: [{ key: "int", value: "1" }] },
  { ...strict, attributes: [{ key: "double", value: 1.5 }] },
  { ...strict, attributes: [{ key: "yes", value: true }] },
  { ...strict, attributes: [{ key: "list", value: ["one", 2] }] },
  { ...strict, attributes: [{ key: "map", value: { b: 1, inner: "x" } }] },
  { ...strict, attributes: [{ key: "text", value: "value 1" }, { key: "int" }] },
  ...["^value [12]$", "", "(?i)VALUE"].map((value) => ({ ...regexp, attributes: [{ key: "text", value }] })),
  { ...regexp, attributes: [{ key: "int", value: "^[1-2]$" }] },
  { ...regexp, attributes: [{ key: "double", value: "^2\\.5" }] },
  { ...regexp, attributes: [{ key: "huge", value: "^1000000000000000000000000$" }] },
  { ...regexp, attributes: [{ key: "small", value: "^0\\.00000001$" }] },
  { ...regexp, attributes: [{ key: "yes", value: "true" }] },
  { ...regexp, attributes: [{ key: "list", value: "" }] },
  { ...strict, resources: [{ key: "text", value: "value 1" }] },
  { ...strict, resources: [{ key: "none" }] },
  { ...regexp, resources: [{ key: "service.name", value: "^sh" }] },
  { ...strict, libraries: [{ name: "library" }] },
  { ...strict, libraries: [{ name: "library", version: "" }] },
  { ...strict, libraries: [{ name: "library", version: "1.0" }] },
  { ...regexp, libraries: [{ name: "^lib" }, { name: "y$" }] },
  { ...strict, libraries: [{ name: "library" }, { name: "other" }] },
];
const SPAN_MATCHES: readonly Config[] = [
  { ...strict, services: ["shop", "other"] },
  { ...strict, services: ["<nil-service-name>"] },
  { ...regexp, services: ["^s.*p$"] },
  { ...strict, span_names: ["item 1", "item 2"] },
  { ...regexp, span_names: ["[02]$"] },
  { ...regexp, regexp: { cacheenabled: true, cachemaxnumentries: 1 }, span_names: ["[02]$"] },
  { ...strict, span_kinds: ["SPAN_KIND_SERVER"] },
  { ...regexp, span_kinds: ["ER$"] },
  { ...strict, services: ["shop"], span_names: ["item 1"], attributes: [{ key: "int", value: 1 }] },
];
const LOG_MATCHES: readonly Config[] = [
  { ...strict, log_bodies: ["item 1"] },
  { ...regexp, log_bodies: ["^item", "inner"] },
  { ...strict, log_bodies: ['{"b":2,"inner":"x"}'] },
  { ...strict, log_severity_texts: ["INFO", ""] },
  { ...regexp, log_severity_texts: ["^W"] },
  { ...strict, log_severity_number: { min: 9 } },
  { ...strict, log_severity_number: { min: 13, match_undefined: true } },
];
const METRIC_MATCHES: readonly Config[] = [
  { ...strict, metric_names: ["gauge", "summary"] },
  { ...regexp, metric_names: ["^(g|s)"] },
  { ...regexp, metric_names: ["histogram"] },
  { ...strict, resources: [{ key: "none" }] },
];

const mark = [{ key: "mark", value: 1, action: "insert" }];

/** Each match as what is included and as what is excluded. */
function matchConfigs(matches: readonly Config[]): Config[] {
  const pair = { include: { ...regexp, attributes: [{ key: "int", value: "[12]" }] } };
  return matches.flatMap((match) => [
    { include: match, actions: mark },
    { exclude: match, actions: mark },
    ...("metric_names" in match ? [] : [{ ...pair, exclude: match, actions: mark }]),
  ]);
}

const withActions = ACTIONS.map((actions) => ({ actions }));
const CASES: readonly (readonly ["traces" | "logs", string, readonly Config[]])[] = [
  ["traces", "attributes", [...withActions, ...matchConfigs([...BOTH_MATCHES, ...SPAN_MATCHES])]],
  ["logs", "attributes", [...withActions, ...matchConfigs([...BOTH_MATCHES, ...LOG_MATCHES])]],
  ["traces", "resource", ACTIONS.map((attributes) => ({ attributes }))],
  ["logs", "resource", ACTIONS.map((attributes) => ({ attributes }))],
];
const pipelines: readonly ComparedPipeline[] = CASES.flatMap(([signal, processor, configs]) =>
  configs.map((config, index) => ({ name: `${signal}_${processor}_${index}`, signal, processor, config })),
);

const metricCases: readonly (readonly [string, Config])[] = [
  ...[...withActions, ...matchConfigs(METRIC_MATCHES.slice(0, 3)), { include: METRIC_MATCHES[3], actions: mark }].map(
    (config) => ["attributes", config] as const,
  ),
  ...ACTIONS.map((attributes) => ["resource", { attributes }] as const),
];

const keyValue = (key: string, value: object): object => ({ key, value });
const text = (key: string, stringValue: string): object => keyValue(key, { stringValue });

function attributes(index: number): object[] {
  return [
    text("text", `value ${index}`),
    text("digits", `${index}42`),
    text("decimal", `${index}.25`),
    text("odd", ["-.5e1", "+5", " 7", "9223372036854775808"][index] ?? ""),
    text("path", `/items/${index}${index === 1 ? "/parts" : ""}`),
    keyValue("int", { intValue: String(index) }),
    keyValue("negative", { intValue: `-${index}7` }),
    keyValue("double", { doubleValue: index + 0.5 }),
    keyValue("huge", { doubleValue: index === 1 ? 1e24 : 1e21 * index }),
    keyValue("small", { doubleValue: -1e-8 * (index - 1.5) * 2 }),
    keyValue("yes", { boolValue: true }),
    keyValue("no", { boolValue: false }),
    keyValue("list", { arrayValue: { values: [{ stringValue: "one" }, { intValue: String(index) }] } }),
    keyValue("map", { kvlistValue: { values: [text("inner", "x"), keyValue("b", { intValue: String(index) })] } }),
    keyValue("bytes", { bytesValue: Buffer.from(`bytes ${index}`).toString("base64") }),
    keyValue("empty", {}),
  ];
}

const at = (index: number): string => `17000000000000000${index}0`;
const INDEXES = [0, 1, 2, 3];
const RESOURCES = [
  { attributes: [text("service.name", "shop"), ...attributes(1)] },
  { attributes: [text("service.name", "other"), ...attributes(2)] },
  { attributes: [text("only", "this")] },
];
const scope = { name: "library", version: "1.0" };

function span(index: number): object {
  const ids = { traceId: `${index}af7651916cd43dd8448eb211c80319c`, spanId: `b7ad6b716920333${index}` };
  const times = { startTimeUnixNano: at(index), endTimeUnixNano: at(index + 1) };
  // The stock collector writes an empty status too, which says the same as none.
  return { ...ids, ...times, name: `item ${index}`, kind: index, status: { code: 1 }, attributes: attributes(index) };
}

function logRecord(index: number): object {
  const body = index === 2 ? { kvlistValue: { values: [text("inner", "x"), keyValue("b", { intValue: "2" })] } } : null;
  const severity = { severityNumber: index * 6, severityText: ["", "TRACE", "WARN", "ERROR"][index] };
  return {
    timeUnixNano: at(index),
    ...severity,
    body: body ?? { stringValue: `item ${index}` },
    attributes: attributes(index),
  };
}

function metrics(): object[] {
  const point = (index: number) => ({ timeUnixNano: at(index), attributes: attributes(index) });
  const points = (more: object) => INDEXES.map((index) => ({ ...point(index), ...more }));
  const cumulative = { aggregationTemporality: 2 };
  const counts = { count: "3", sum: 6 };
  const histogram = { ...counts, bucketCounts: ["1", "2"], explicitBounds: [1.5] };
  const exponential = { ...counts, scale: 2, positive: { offset: 1, bucketCounts: ["1", "2"] } };
  return [
    { name: "gauge", unit: "By", gauge: { dataPoints: points({ asDouble: 1.5 }) } },
    { name: "sum", sum: { ...cumulative, isMonotonic: true, dataPoints: points({ asInt: "4" }) } },
    { name: "histogram", histogram: { ...cumulative, dataPoints: points(histogram) } },
    { name: "exponential_histogram", exponentialHistogram: { ...cumulative, dataPoints: points(exponential) } },
    { name: "summary", summary: { dataPoints: points({ ...counts, quantileValues: [{ quantile: 0.5, value: 2 }] }) } },
  ];
}

const { defer, temporaryFolder } = cleanup();

describe("spans and log records", () => {
  let collectors: TwoCollectors;

  beforeAll(async () => {
    collectors = await startTwoCollectors(await temporaryFolder(), pipelines);
    defer(() => collectors.stop());
    const scopeSpans = [{ scope, spans: INDEXES.map(span) }];
    const scopeLogs = [{ scope, logRecords: INDEXES.map(logRecord) }];
    await collectors.send("traces", { resourceSpans: RESOURCES.map((resource) => ({ resource, scopeSpans })) });
    await collectors.send("logs", { resourceLogs: RESOURCES.map((resource) => ({ resource, scopeLogs })) });
    await collectors.stop();
  }, 90_000);

  test.each(
    pipelines.map(
      (pipeline) => [pipeline.signal, pipeline.processor, JSON.stringify(pipeline.config), pipeline] as const,
    ),
  )("%s, %s: %s", (_signal, _processor, _config, pipeline) => {
    const stock = collectors.items("stock", pipeline);
    expect(stock).toHaveLength(RESOURCES.length * INDEXES.length);
    expect(collectors.items("ours", pipeline)).toEqual(stock);
  });
});

describe("data points", () => {
  const received = new Map<string, unknown>();

  beforeAll(async () => {
    const folder = await temporaryFolder();
    const sink = await startRequestSink();
    defer(() => sink.close());
    const ports = await freePorts(4);
    const sides = ["stock", "ours"].map((side, index) => {
      const [receiver, own] = ports.slice(index * 2);
      return {
        side,
        receiver: `127.0.0.1:${receiver}`,
        config: JSON.stringify(metricsConfig(side, sink.url, receiver, own)),
      };
    });
    const scopeMetrics = [{ scope, metrics: metrics() }];
    const request = { resourceMetrics: RESOURCES.map((resource) => ({ resource, scopeMetrics })) };
    for (const { side, receiver, config } of sides) {
      const child = await (side === "stock" ? startOtelcol(folder, side, config) : startOurs(folder, config));
      defer(() => child.stop());
      const body = JSON.stringify(request);
      const headers = { "content-type": "application/json" };
      const response = await fetch(`http://${receiver}/v1/metrics`, { method: "POST", headers, body });
      expect(response.status).toBe(200);
      await child.stop();
      for (const index of metricCases.keys()) {
        const path = `/${side}/${index}`;
        received.set(
          path,
          sink.bodies(path).map((one) => inOrder(withoutDefaults(protobufToJson("metrics", one)))),
        );
      }
    }
  }, 90_000);

  test.each(metricCases.map(([processor, config], index) => [processor, JSON.stringify(config), index] as const))(
    "%s: %s",
    (_processor, _config, index) => {
      const stock = received.get(`/stock/${index}`);
      expect(stock).toHaveLength(1);
      expect(received.get(`/ours/${index}`)).toEqual(stock);
    },
  );
});

async function startOurs(folder: string, config: string): Promise<ReturnType<typeof venturi>> {
  const file = join(folder, "ours.yaml");
  await writeFile(file, config);
  const child = venturi(["collector", "--config", file]);
  await child.waitForOutput(/Everything is ready/);
  return child;
}

/** One pipeline a case, each with a path of its own in the sink. */
function metricsConfig(side: string, sinkUrl: string, receiver: number | undefined, own: number | undefined): object {
  const each = (entry: (index: number) => [string, object]): object =>
    Object.fromEntries(metricCases.map((_, index) => entry(index)));
  const prometheus = { host: "127.0.0.1", port: own };
  const name = (index: number): string => `${metricCases[index]?.[0]}/${index}`;
  return {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${receiver}` } } } },
    processors: each((index) => [name(index), metricCases[index]?.[1] ?? {}]),
    exporters: each((index) => [
      `otlp_http/${index}`,
      { metrics_endpoint: `${sinkUrl}/${side}/${index}`, compression: "none" },
    ]),
    service: {
      telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus } } }] } },
      pipelines: each((index) => [
        `metrics/${index}`,
        { receivers: ["otlp"], processors: [name(index)], exporters: [`otlp_http/${index}`] },
      ]),
    },
  };
}

/** A field with its default value may be left out: only one of the two collectors does. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const isDefault = (key: string, inner: unknown): boolean =>
    key === "negative" ? Object.keys(inner as object).length === 0 : ["", 0, "0"].includes(inner as string);
  const kept = Object.entries(value).filter(([key, inner]) => key.endsWith("Value") || !isDefault(key, inner));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutDefaults(inner)]));
}
