import type { ComparedPipeline } from "../two-collectors.js";
import { collecting } from "./lines.js";

/** Paths of each context by upstream's documentation, with keys where they can be indexed. */

const RESOURCE = [
  "resource.attributes",
  'resource.attributes["host.name"]',
  "resource.dropped_attributes_count",
  "resource.schema_url",
];
const SCOPE = ["name", "version", "attributes", 'attributes["s"]', "dropped_attributes_count", "schema_url"];
const SCOPE_ITSELF = [...RESOURCE, ...SCOPE.map((path) => `scope.${path}`)];
/** What is in a scope may also name it thus. */
const OUTER = [...SCOPE_ITSELF, ...SCOPE.map((path) => `instrumentation_scope.${path}`)];

const SPAN = [
  "attributes",
  'attributes["map"]["inner"]["deep"]',
  'attributes["list"][1]',
  'attributes["maps"][1]["name"]',
  'attributes["missing"]["deep"]',
  "trace_id.string",
  "span_id.string",
  "parent_span_id.string",
  "trace_state",
  'trace_state["b"]',
  'trace_state["none"]',
  "status.code",
  "status.message",
  "name",
  "kind",
  "kind.string",
  "kind.deprecated_string",
  "start_time_unix_nano",
  "end_time_unix_nano",
  "dropped_attributes_count",
  "dropped_events_count",
  "dropped_links_count",
  "flags",
].map((path) => `span.${path}`);
const SPAN_EXPRESSIONS = [
  "Hex(span.trace_id)",
  "Hex(span.span_id)",
  "Len(span.events)",
  "Len(span.links)",
  "UnixNano(span.start_time)",
  "Nanoseconds(span.end_time - span.start_time)",
  "IsRootSpan()",
  "STATUS_CODE_ERROR",
  "SPAN_KIND_CONSUMER",
];

const EVENT = ["attributes", 'attributes["message"]', "time_unix_nano", "name", "dropped_attributes_count"].map(
  (path) => `spanevent.${path}`,
);

const METRIC = [
  "name",
  "description",
  "unit",
  "type",
  "metadata",
  'metadata["m"]',
  "aggregation_temporality",
  "is_monotonic",
].map((path) => `metric.${path}`);

const POINT = [
  "attributes",
  'attributes["route"]',
  "start_time_unix_nano",
  "time_unix_nano",
  "value_double",
  "value_int",
  "flags",
  "count",
  "sum",
  "explicit_bounds",
  "scale",
  "zero_count",
  "positive.offset",
  "negative.offset",
].map((path) => `datapoint.${path}`);

const LOG = [
  "attributes",
  "event_name",
  "trace_id.string",
  "span_id.string",
  "time_unix_nano",
  "observed_time_unix_nano",
  "severity_number",
  "severity_text",
  "body",
  'body["key"]',
  "body[1]",
  "body.string",
  "dropped_attributes_count",
  "flags",
].map((path) => `log.${path}`);

/** What is read where, and into which map. */
const READS: readonly (readonly [ComparedPipeline["signal"], target: string, expressions: readonly string[]])[] = [
  ["traces", "resource.attributes", RESOURCE],
  ["traces", "scope.attributes", SCOPE_ITSELF],
  ["traces", "span.attributes", [...OUTER, ...SPAN, ...SPAN_EXPRESSIONS]],
  ["traces", "spanevent.attributes", [...OUTER, ...SPAN, ...EVENT, "UnixMilli(spanevent.time)"]],
  ["metrics", "metric.metadata", [...OUTER, ...METRIC, "Len(metric.data_points)", "METRIC_DATA_TYPE_SUMMARY"]],
  [
    "metrics",
    "datapoint.attributes",
    [
      ...OUTER,
      ...METRIC,
      ...POINT,
      "Len(datapoint.exemplars)",
      "Len(datapoint.quantile_values)",
      "UnixNano(datapoint.time)",
      "FLAG_NO_RECORDED_VALUE",
    ],
  ],
  ["logs", "log.attributes", [...OUTER, ...LOG, "Unix(log.time)", "UnixMicro(log.observed_time)"]],
];

export interface ReadPaths {
  readonly target: string;
  readonly pipeline: ComparedPipeline;
  /** What each attribute stands for. */
  readonly labels: ReadonlyMap<string, string>;
}

export const LISTS = { traces: "trace_statements", metrics: "metric_statements", logs: "log_statements" } as const;

export const READ_PATHS: readonly ReadPaths[] = READS.map(([signal, target, expressions], index) => {
  // A map in itself is empty on the other side: there its place is made before it is copied.
  const { statements, labels } = collecting(
    target,
    expressions.filter((expression) => expression !== target),
  );
  const config = { error_mode: "silent", [LISTS[signal]]: statements };
  return { target, labels, pipeline: { name: `r${index}`, signal, processor: "transform", config } };
});
