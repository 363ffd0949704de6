import type { OtlpAttributes, OtlpResource, OtlpSpan } from "./otlp-model.js";

/** Where Jaeger keeps what it has to say about a span. */
const warningsAttribute = "@jaeger@warnings";

/** One element of OTLP's `resourceSpans`, in OTLP/JSON as the Collector writes it: fields without a value are left out. */
export function otlpResourceJson({ attributes, extra, scopes }: OtlpResource): object {
  return {
    resource: { ...list("attributes", attributesJson(attributes)), ...droppedJson(extra.dropped_attributes_count) },
    scopeSpans: scopes.filter(({ spans }) => spans.length > 0).map(scopeJson),
    ...text("schemaUrl", extra.schema_url),
  };
}

function scopeJson({ attributes, spans }: OtlpResource["scopes"][number]): object {
  const stored = spans[0]?.stored;
  const extra = spans[0]?.extra.scope;
  return {
    scope: {
      ...text("name", stored?.scopeName),
      ...text("version", stored?.scopeVersion),
      ...list("attributes", attributesJson(attributes)),
      ...droppedJson(extra?.dropped_attributes_count),
    },
    spans: spans.map(spanJson),
    ...text("schemaUrl", extra?.schema_url),
  };
}

function spanJson(span: OtlpSpan): object {
  const { stored, extra } = span;
  const warnings: OtlpAttributes = span.warnings.length === 0 ? [] : [[warningsAttribute, span.warnings]];
  return {
    traceId: stored.traceId,
    spanId: span.spanId,
    ...text("traceState", stored.traceState),
    ...text("parentSpanId", span.parentSpanId),
    ...number("flags", stored.flags),
    ...text("name", stored.name),
    ...number("kind", stored.kind),
    ...time("startTimeUnixNano", span.startNs),
    ...time("endTimeUnixNano", span.endNs),
    ...list("attributes", attributesJson([...span.attributes, ...warnings])),
    ...droppedJson(extra.dropped_attributes_count),
    ...list("events", span.events.map(eventJson)),
    ...number("droppedEventsCount", extra.dropped_events_count),
    ...list("links", span.links.map(linkJson)),
    ...number("droppedLinksCount", extra.dropped_links_count),
    status: { ...text("message", stored.statusMessage), ...number("code", stored.statusCode) },
  };
}

function eventJson({ timeNs, stored, attributes }: OtlpSpan["events"][number]): object {
  return {
    ...time("timeUnixNano", timeNs),
    ...text("name", stored.name),
    ...list("attributes", attributesJson(attributes)),
    ...droppedJson(stored.dropped_attributes_count),
  };
}

function linkJson({ stored, attributes }: OtlpSpan["links"][number]): object {
  return {
    ...id("traceId", stored.trace_id),
    ...id("spanId", stored.span_id),
    ...text("traceState", stored.trace_state),
    ...list("attributes", attributesJson(attributes)),
    ...droppedJson(stored.dropped_attributes_count),
    ...number("flags", stored.flags),
  };
}

function text(name: string, value: string | undefined): object {
  return value === undefined || value === "" ? {} : { [name]: value };
}

/** Ids of zeros count as none. */
function id(name: string, value = ""): object {
  return /^0*$/.test(value) ? {} : { [name]: value };
}

function number(name: string, value: number | undefined): object {
  return value === undefined || value === 0 ? {} : { [name]: value };
}

function time(name: string, valueNs: bigint): object {
  return valueNs === 0n ? {} : { [name]: String(valueNs) };
}

function list(name: string, values: readonly object[]): object {
  return values.length === 0 ? {} : { [name]: values };
}

function droppedJson(count: number | undefined): object {
  return number("droppedAttributesCount", count);
}

function attributesJson(attributes: OtlpAttributes): object[] {
  return attributes.map(([key, value]) => ({ key, value: valueJson(value) }));
}

/** A stored value (`attribute-json.ts`) as an AnyValue. */
function valueJson(value: unknown): object {
  if (value === null) return {};
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: list("values", value.map(valueJson)) };
  const { $numberDouble, $numberLong, $binary } = value as Record<string, unknown>;
  if (typeof $numberLong === "string") return { intValue: $numberLong };
  if (typeof $binary === "string") return { bytesValue: $binary };
  if (typeof $numberDouble === "string") return { doubleValue: doubleJson($numberDouble) };
  return { kvlistValue: list("values", attributesJson(Object.entries(value as object))) };
}

/** Protobuf's JSON has names for what is no number. */
function doubleJson(value: string): number | string {
  const double = Number(value);
  return Number.isFinite(double) ? double : value;
}
