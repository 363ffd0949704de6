import { unknownService } from "../../spans/resources.js";
import type { StoredSpan } from "../../spans/span-queries.js";

export interface JaegerTag {
  readonly key: string;
  readonly type: "string" | "bool" | "int64" | "float64" | "binary";
  readonly value: string | number | boolean;
}

export interface JaegerReference {
  readonly refType: "CHILD_OF" | "FOLLOWS_FROM";
  readonly traceID: string;
  readonly spanID: string;
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly JaegerReference[];
  /** Microseconds since 1970. */
  readonly startTime: number;
  /** Microseconds. */
  readonly duration: number;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerTag[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly JaegerTag[] }>>;
  readonly warnings: readonly string[] | null;
}

/** OTLP's span kinds by number, as Jaeger names them. */
export const kindNames: readonly string[] = ["", "internal", "server", "client", "producer", "consumer"];

/** One trace as Jaeger's query service shows it; the translation of OTLP is the one of Jaeger's own receiver. */
export function jaegerTrace(spans: readonly StoredSpan[]): JaegerTrace {
  const processes: Record<string, { serviceName: string; tags: JaegerTag[] }> = {};
  const processIds = new Map<number, string>();
  const jaegerSpans = spans.map((span) => {
    let processId = processIds.get(span.resourceId);
    if (processId === undefined) {
      processId = `p${processIds.size + 1}`;
      processIds.set(span.resourceId, processId);
      processes[processId] = process(span);
    }
    return jaegerSpan(span, processId);
  });
  return { traceID: spans[0]?.traceId ?? "", spans: jaegerSpans, processes, warnings: null };
}

function process(span: StoredSpan): { serviceName: string; tags: JaegerTag[] } {
  const tags = tagsOf(span.resourceAttributes).filter((tag) => tag.key !== "service.name");
  return { serviceName: span.service === "" ? unknownService : span.service, tags: sorted(tags) };
}

function jaegerSpan(span: StoredSpan, processId: string): JaegerSpan {
  return {
    traceID: span.traceId,
    spanID: span.spanId,
    operationName: span.name,
    references: references(span),
    startTime: Number(span.startNs / 1000n),
    duration: Number(span.durationNs / 1000n),
    tags: sorted(spanTags(span)),
    logs: logs(span.events),
    processID: processId,
    warnings: null,
  };
}

function spanTags(span: StoredSpan): JaegerTag[] {
  const tags: JaegerTag[] = [];
  const add = (key: string, value: string): void => {
    if (value !== "") tags.push({ key, type: "string", value });
  };
  add("otel.scope.name", span.scopeName);
  add("otel.scope.version", span.scopeVersion);
  tags.push(...tagsOf(span.attributes));
  add("span.kind", kindNames[span.kind] ?? "");
  if (span.statusCode === 1) add("otel.status_code", "OK");
  if (span.statusCode === 2) {
    add("otel.status_code", "ERROR");
    tags.push({ key: "error", type: "bool", value: true });
  }
  add("otel.status_description", span.statusMessage);
  add("w3c.tracestate", span.traceState);
  return tags;
}

interface StoredLink {
  trace_id: string;
  span_id: string;
  attributes: Record<string, unknown>;
}

/** The parent first; a link to the parent itself only changes the kind of that reference. */
function references(span: StoredSpan): JaegerReference[] {
  const found: JaegerReference[] = [];
  if (span.parentSpanId !== "") {
    found.push({ refType: "CHILD_OF", traceID: span.traceId, spanID: span.parentSpanId });
  }
  const links = span.links === "" ? [] : (JSON.parse(span.links) as StoredLink[]);
  for (const link of links) {
    const refType = link.attributes["opentracing.ref_type"] === "child_of" ? "CHILD_OF" : "FOLLOWS_FROM";
    const reference: JaegerReference = { refType, traceID: link.trace_id, spanID: link.span_id };
    const isParent = link.trace_id === span.traceId && link.span_id === span.parentSpanId;
    if (isParent) found[0] = reference;
    else found.push(reference);
  }
  return found;
}

function logs(events: string): JaegerSpan["logs"] {
  if (events === "") return [];
  const stored = JSON.parse(events) as { time_ns: string; name: string; attributes: Record<string, unknown> }[];
  return stored.map((event) => {
    const fields = sorted(Object.entries(event.attributes).map(([key, value]) => tag(key, value)));
    const named = fields.findIndex((field) => field.key === "event" && field.type === "string");
    const first = named < 0 ? [] : fields.splice(named, 1);
    if (named < 0 && event.name !== "") first.push({ key: "event", type: "string", value: event.name });
    return { timestamp: Number(BigInt(event.time_ns) / 1000n), fields: [...first, ...fields] };
  });
}

function tagsOf(attributes: string): JaegerTag[] {
  if (attributes === "") return [];
  return Object.entries(JSON.parse(attributes) as Record<string, unknown>).map(([key, value]) => tag(key, value));
}

/** A stored JSON value (`attribute-json.ts`) with Jaeger's type. */
function tag(key: string, value: unknown): JaegerTag {
  if (typeof value === "string") return { key, type: "string", value };
  if (typeof value === "boolean") return { key, type: "bool", value };
  if (typeof value === "number") return { key, type: Number.isInteger(value) ? "int64" : "float64", value };
  const wrapped = wrappedTag(key, value);
  if (wrapped !== undefined) return wrapped;
  return { key, type: "string", value: value === null ? "" : goJson(unwrapped(value)) };
}

function wrappedTag(key: string, value: unknown): JaegerTag | undefined {
  const { $numberDouble, $numberLong, $binary } = (value ?? {}) as Record<string, unknown>;
  if (typeof $numberDouble === "string") {
    const number = Number($numberDouble);
    // JSON has no infinities; Jaeger cannot answer such a trace at all, we answer the text.
    return { key, type: "float64", value: Number.isFinite(number) ? number : $numberDouble };
  }
  // Jaeger gives ints that JavaScript cannot hold as text too.
  if (typeof $numberLong === "string") return { key, type: "int64", value: $numberLong };
  if (typeof $binary === "string") return { key, type: "binary", value: $binary };
  return undefined;
}

/** JSON text as Go writes it: safe inside HTML. */
function goJson(value: unknown): string {
  const escapes: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };
  return JSON.stringify(value).replace(/[<>&]/g, (character) => escapes[character] as string);
}

/** Arrays and maps become JSON text, their values without our wrapping and their keys in order. */
function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== "object" || value === null) return value;
  const wrapped = wrappedTag("", value);
  if (wrapped !== undefined) return wrapped.value;
  const entries = Object.entries(value).map(([key, inner]) => [key, unwrapped(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function sorted(tags: readonly JaegerTag[]): JaegerTag[] {
  return [...tags].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
