import { parsed, type StoredEvent, type StoredLink, type StoredSpan } from "../../spans/stored-span.js";

export interface JaegerTag {
  readonly key: string;
  readonly type: "string" | "bool" | "int64" | "float64" | "binary";
  readonly value: string | number | boolean;
}

export interface JaegerReference {
  readonly refType: "CHILD_OF" | "FOLLOWS_FROM";
  /** 32 hex digits; all zeros when a link has none. */
  readonly traceId: string;
  spanId: string;
}

export interface JaegerProcess {
  readonly serviceName: string;
  tags: JaegerTag[];
}

/** A span on its way to an answer; Jaeger's adjusters change it. */
export interface JaegerSpan {
  readonly traceId: string;
  spanId: string;
  readonly operationName: string;
  references: JaegerReference[];
  startNs: bigint;
  readonly durationNs: bigint;
  tags: JaegerTag[];
  readonly logs: { timeNs: bigint; fields: JaegerTag[] }[];
  process: JaegerProcess;
  readonly warnings: string[];
}

/** OTLP's span kinds by number, as Jaeger names them. */
export const kindNames: readonly string[] = ["", "internal", "server", "client", "producer", "consumer"];

/** The spans of a trace in Jaeger's own model; the translation of OTLP is the one of Jaeger's receiver. */
export function toJaegerSpans(spans: readonly StoredSpan[]): JaegerSpan[] {
  const processes = new Map<number, JaegerProcess>();
  return spans.map((span) => {
    let process = processes.get(span.resource.id);
    if (process === undefined) {
      process = processOf(span);
      processes.set(span.resource.id, process);
    }
    return toJaegerSpan(span, process);
  });
}

function toJaegerSpan(span: StoredSpan, process: JaegerProcess): JaegerSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    operationName: span.name,
    references: references(span),
    startNs: span.startNs,
    durationNs: span.durationNs,
    tags: spanTags(span),
    logs: logs(span.events),
    process,
    warnings: [],
  };
}

function processOf(span: StoredSpan): JaegerProcess {
  const tags = tagsOf(span.resource.attributes).filter((tag) => tag.key !== "service.name");
  return { serviceName: span.service, tags };
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

/** The parent first; a link to the parent itself only changes the kind of that reference. */
function references(span: StoredSpan): JaegerReference[] {
  const found: JaegerReference[] = [];
  if (span.parentSpanId !== "") {
    found.push({ refType: "CHILD_OF", traceId: span.traceId, spanId: span.parentSpanId });
  }
  for (const link of parsed<StoredLink[]>(span.links, [])) {
    const refType = link.attributes["opentracing.ref_type"] === "child_of" ? "CHILD_OF" : "FOLLOWS_FROM";
    const traceId = (link.trace_id ?? "").padStart(32, "0");
    const spanId = (link.span_id ?? "").padStart(16, "0");
    const reference: JaegerReference = { refType, traceId, spanId };
    const isParent = traceId === span.traceId && spanId === span.parentSpanId;
    if (isParent) found[0] = reference;
    else found.push(reference);
  }
  return found;
}

function logs(events: string): JaegerSpan["logs"] {
  return parsed<StoredEvent[]>(events, []).map((event) => {
    const fields = Object.entries(event.attributes).map(([key, value]) => tag(key, value));
    if (event.name !== "" && !Object.hasOwn(event.attributes, "event")) {
      fields.unshift({ key: "event", type: "string", value: event.name });
    }
    return { timeNs: BigInt(event.time_ns), fields };
  });
}

function tagsOf(attributes: string): JaegerTag[] {
  return Object.entries(parsed<Record<string, unknown>>(attributes, {})).map(([key, value]) => tag(key, value));
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
  const escapes: Readonly<Record<string, string>> = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
  };
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] as string);
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
