import type { ComparedPipeline } from "../two-collectors.js";

type Signal = ComparedPipeline["signal"];
type Config = Readonly<Record<string, unknown>>;

export const SPAN_CONDITIONS: readonly string[] = [
  'name == "GET /users/1"',
  "kind == SPAN_KIND_SERVER or kind == SPAN_KIND_CLIENT",
  "IsRootSpan()",
  "not IsRootSpan()",
  "status.code == STATUS_CODE_ERROR",
  'attributes["code"] >= 200 and attributes["code"] < 400',
  'attributes["missing"] == nil',
  'attributes["map"]["inner"]["deep"] == "value"',
  'resource.attributes["service.name"] == "other"',
  'instrumentation_scope.name == "lib"',
  '(end_time - start_time) > Duration("1s")',
  'trace_state["a"] == "1"',
  'IsMatch(name, "/[0-2]$")',
  "Len(events) > 1",
  'ParseJSON(name)["x"] == 1',
  "dropped_links_count == 5",
  "true",
  "false",
];

export const EVENT_CONDITIONS: readonly string[] = [
  'name == "exception"',
  'attributes["n"] == 0',
  'span.name == "GET /users/3"',
  'IsMatch(attributes["message"], "^m[12]$") and resource.attributes["service.name"] == "shop"',
  "time_unix_nano > 1700000001000000000",
  "true",
];

const METRIC_CONDITIONS: readonly string[] = [
  'name == "requests"',
  "type == METRIC_DATA_TYPE_NONE",
  "type == METRIC_DATA_TYPE_HISTOGRAM or type == METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM",
  "aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA",
  "is_monotonic == true",
  'unit == "s" and instrumentation_scope.name == "lib"',
  'HasAttrKeyOnDatapoint("route")',
  'HasAttrOnDatapoint("route", "/a")',
  'HasAttrOnDatapoint("route", "/b")',
  'HasAttrOnDatapoint("code", "")',
  'HasAttrKeyOnDatapoint("missing")',
  "Len(data_points) == 2",
  'resource.attributes["service.name"] == "other"',
];

const POINT_CONDITIONS: readonly string[] = [
  "value_int == 10 or value_double == 1.5",
  'attributes["route"] == "/a"',
  'attributes["route"] == "/a" and metric.name == "delta"',
  "metric.type == METRIC_DATA_TYPE_SUMMARY",
  "count > 5",
  "sum > 10",
  "flags == FLAG_NO_RECORDED_VALUE",
  "scale == 1",
  "zero_count == 0",
  "positive.offset == 2",
  "true",
];

const LOG_CONDITIONS: readonly string[] = [
  "severity_number < SEVERITY_NUMBER_WARN",
  'severity_text == "WARN" and severity_number > 10',
  'body == "text body"',
  "IsMap(body)",
  "IsString(body) or IsInt(body)",
  'IsMatch(body, "text")',
  'body["key"] == "value"',
  'attributes["list"][1] == "two"',
  'attributes["id"] == "log-3"',
  "span_id == SpanID(0x0000000000000000)",
  'resource.attributes["host.name"] != nil',
  'scope.name == "lib"',
  'Int(attributes["text"]) > 1',
];

/** The forms of the configuration in which contexts are told by paths. */
const CONTEXTS: readonly (readonly [Signal, unknown])[] = [
  ["traces", ['resource.attributes["service.name"] == "other"']],
  ["traces", ['scope.name == "second"']],
  ["traces", ['resource.attributes["service.name"] == "other"', 'scope.name == "second"', "span.kind == 2"]],
  ["traces", ['spanevent.name == "exception"', 'span.name == "GET /users/1"']],
  ["traces", ['resource.attributes["host.name"] == "h1" and spanevent.attributes["n"] == 1']],
  ["traces", [{ context: "span", conditions: ["IsRootSpan()", "kind == SPAN_KIND_CONSUMER"] }]],
  ["traces", [{ conditions: ["span.kind == 1"] }, { context: "spanevent", conditions: ["true"] }]],
  ["traces", [{ context: "resource", error_mode: "silent", conditions: ['attributes["service.name"] == "shop"'] }]],
  ["metrics", ['metric.name == "up"', 'datapoint.attributes["route"] == "/b"']],
  ["metrics", ['resource.attributes["service.name"] == "other"', "metric.type == METRIC_DATA_TYPE_GAUGE"]],
  ["metrics", ['scope.name == "second"']],
  ["metrics", [{ context: "metric", conditions: ['HasAttrKeyOnDatapoint("route")'] }]],
  ["metrics", [{ context: "datapoint", conditions: ['attributes["route"] == "/a"'] }]],
  ["logs", ['log.body == "text body"', 'resource.attributes["service.name"] == "other"']],
  ["logs", ['scope.name == "lib" and log.severity_number > 9']],
  ["logs", [{ context: "log", conditions: ["severity_number > 9"] }, { conditions: ['log.body["key"] != nil'] }]],
];

const strict = { match_type: "strict" };
const regexp = { match_type: "regexp" };

/** What is included, or excluded, in the oldest form. */
const MATCHES: readonly (readonly [Signal, string, Config])[] = [
  ["traces", "spans", { ...strict, services: ["other"] }],
  ["traces", "spans", { ...regexp, span_names: ["/[03]$"] }],
  ["traces", "spans", { ...strict, attributes: [{ key: "code", value: 200 }] }],
  ["traces", "spans", { ...strict, span_kinds: ["SPAN_KIND_CLIENT"], resources: [{ key: "host.name" }] }],
  ["traces", "spans", { ...strict, libraries: [{ name: "second" }] }],
  ["metrics", "metrics", { ...strict, metric_names: ["up", "rpc"] }],
  ["metrics", "metrics", { ...regexp, metric_names: ["^d", "^l"] }],
  ["metrics", "metrics", { ...regexp, regexp: { cacheenabled: true, cachemaxnumentries: 2 }, metric_names: ["u"] }],
  ["metrics", "metrics", { ...strict, resource_attributes: [{ key: "service.name", value: "other" }] }],
  ["metrics", "metrics", { ...regexp, metric_names: ["^r"], resource_attributes: [{ key: "host.name", value: "h" }] }],
  ["metrics", "metrics", { ...strict }],
  ["logs", "logs", { ...strict, bodies: ["text body", "7"] }],
  ["logs", "logs", { ...regexp, bodies: ["^\\[", "value"] }],
  ["logs", "logs", { ...strict, severity_texts: ["WARN"], severity_number: { min: "INFO" } }],
  ["logs", "logs", { ...strict, severity_number: { min: "error2", match_undefined: true } }],
  ["logs", "logs", { ...strict, record_attributes: [{ key: "id", value: "log-1" }] }],
  ["logs", "logs", { ...regexp, resource_attributes: [{ key: "service.name", value: "^oth" }] }],
  ["logs", "logs", { ...strict }],
];

const byContext = (
  signal: Signal,
  block: string,
  option: string,
  conditions: readonly string[],
): (readonly [Signal, Config])[] =>
  conditions.map((condition) => [signal, { [block]: { [option]: [condition] } }] as const);

const LISTS = { traces: "trace_conditions", metrics: "metric_conditions", logs: "log_conditions" } as const;

const CONFIGS: readonly (readonly [Signal, Config])[] = [
  ...byContext("traces", "traces", "span", SPAN_CONDITIONS),
  ...byContext("traces", "traces", "spanevent", EVENT_CONDITIONS),
  ...byContext("metrics", "metrics", "metric", METRIC_CONDITIONS),
  ...byContext("metrics", "metrics", "datapoint", POINT_CONDITIONS),
  ...byContext("logs", "logs", "log_record", LOG_CONDITIONS),
  ["traces", { traces: { resource: ['attributes["host.name"] == nil'], span: ["kind == 2"], spanevent: ["true"] } }],
  ["metrics", { metrics: { resource: ['attributes["host.name"] == nil'], metric: ['name == "up"'] } }],
  ["logs", { logs: { resource: ['attributes["host.name"] == nil'], log_record: ["IsMap(body)", "IsList(body)"] } }],
  ...CONTEXTS.map(([signal, conditions]) => [signal, { [LISTS[signal]]: conditions }] as const),
  ...MATCHES.flatMap(([signal, block, match]) => [
    [signal, { [block]: { include: match } }] as const,
    [signal, { [block]: { exclude: match } }] as const,
  ]),
];

export const FILTERS: readonly ComparedPipeline[] = CONFIGS.map(([signal, config], index) => ({
  name: `f${index}`,
  signal,
  processor: "filter",
  config,
}));
