import type { Signal } from "@venturi/otlp";
import { metricLines } from "./detailed-metrics.js";
import { attributeLines, type Json, list, objectOf, textOf, timeText, typedText } from "./json.js";

const WORDS = {
  traces: {
    resources: "resourceSpans",
    scopes: "scopeSpans",
    items: "spans",
    resource: "ResourceSpans",
    scope: "ScopeSpans",
    item: "Span",
  },
  metrics: {
    resources: "resourceMetrics",
    scopes: "scopeMetrics",
    items: "metrics",
    resource: "ResourceMetrics",
    scope: "ScopeMetrics",
    item: "Metric",
  },
  logs: {
    resources: "resourceLogs",
    scopes: "scopeLogs",
    items: "logRecords",
    resource: "ResourceLog",
    scope: "ScopeLogs",
    item: "LogRecord",
  },
} as const;

/** Everything of a request, in the words of the Collector's debug exporter. */
export function detailedLines(signal: Signal, request: Json): string[] {
  const words = WORDS[signal];
  const describe = signal === "traces" ? spanLines : signal === "metrics" ? metricLines : logLines;
  return list(request[words.resources]).flatMap((resource, index) => [
    `${words.resource} #${index}`,
    `Resource SchemaURL: ${textOf(resource.schemaUrl)}`,
    ...attributeLines("Resource attributes", objectOf(resource.resource)),
    ...list(resource[words.scopes]).flatMap((scope, scopeIndex) => {
      const { name, version } = objectOf(scope.scope);
      return [
        `${words.scope} #${scopeIndex}`,
        `${words.scope} SchemaURL: ${textOf(scope.schemaUrl)}`,
        `InstrumentationScope ${textOf(name)} ${textOf(version)}`,
        ...attributeLines("InstrumentationScope attributes", objectOf(scope.scope)),
        ...list(scope[words.items]).flatMap((item, itemIndex) => [`${words.item} #${itemIndex}`, ...describe(item)]),
      ];
    }),
  ]);
}

const KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
const STATUS = ["Unset", "Ok", "Error"];

function spanLines(span: Json): string[] {
  const status = objectOf(span.status);
  const field = (name: string, value: unknown): string => `    ${name.padEnd(15)}: ${textOf(value)}`;
  return [
    field("Trace ID", span.traceId),
    field("Parent ID", span.parentSpanId),
    field("ID", span.spanId),
    field("Name", span.name),
    field("Kind", KINDS[Number(span.kind ?? 0)]),
    ...(span.traceState === undefined ? [] : [field("TraceState", span.traceState)]),
    field("Start time", timeText(span.startTimeUnixNano)),
    field("End time", timeText(span.endTimeUnixNano)),
    field("Status code", STATUS[Number(status.code ?? 0)]),
    field("Status message", status.message),
    field("DroppedAttributesCount", span.droppedAttributesCount ?? 0),
    field("DroppedEventsCount", span.droppedEventsCount ?? 0),
    field("DroppedLinksCount", span.droppedLinksCount ?? 0),
    ...attributeLines("Attributes", span),
    ...partLines("Events", "SpanEvent", list(span.events), (event) => [
      `     -> Name: ${textOf(event.name)}`,
      `     -> Timestamp: ${timeText(event.timeUnixNano)}`,
    ]),
    ...partLines("Links", "SpanLink", list(span.links), (link) => [
      `     -> Trace ID: ${textOf(link.traceId)}`,
      `     -> ID: ${textOf(link.spanId)}`,
      `     -> TraceState: ${textOf(link.traceState)}`,
    ]),
  ];
}

function partLines(
  heading: string,
  name: string,
  parts: readonly Json[],
  describe: (part: Json) => string[],
): string[] {
  if (parts.length === 0) return [];
  return [
    `${heading}:`,
    ...parts.flatMap((part, index) => [
      `${name} #${index}`,
      ...describe(part),
      `     -> DroppedAttributesCount: ${textOf(part.droppedAttributesCount ?? 0)}`,
      ...attributeLines("     -> Attributes:", part),
    ]),
  ];
}

const LEVELS = ["Trace", "Debug", "Info", "Warn", "Error", "Fatal"];

/** Four numbers to a level: 9 is Info, 10 is Info2. */
function severityText(severity: number): string {
  const level = LEVELS[Math.floor((severity - 1) / 4)];
  if (severity === 0) return "Unspecified";
  const step = (severity - 1) % 4;
  return level === undefined ? "" : `${level}${step === 0 ? "" : step + 1}`;
}

function logLines(log: Json): string[] {
  const severity = Number(log.severityNumber ?? 0);
  return [
    `ObservedTimestamp: ${timeText(log.observedTimeUnixNano)}`,
    `Timestamp: ${timeText(log.timeUnixNano)}`,
    `SeverityText: ${textOf(log.severityText)}`,
    `SeverityNumber: ${severityText(severity)}(${severity})`,
    ...(log.eventName === undefined ? [] : [`EventName: ${textOf(log.eventName)}`]),
    `Body: ${typedText(objectOf(log.body))}`,
    ...attributeLines("Attributes", log),
    `Trace ID: ${textOf(log.traceId)}`,
    `Span ID: ${textOf(log.spanId)}`,
    `Flags: ${textOf(log.flags ?? 0)}`,
  ];
}
