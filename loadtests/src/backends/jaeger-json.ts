import type { Span, SpanKind, Trace } from "@venturi/analysis";

/** The part of Jaeger's JSON that is read. Everything may be missing: it is another program's output. */
export interface JaegerTrace {
  readonly traceID?: string;
  readonly spans?: readonly JaegerSpan[] | null;
  readonly processes?: Readonly<Record<string, JaegerProcess>> | null;
}

interface JaegerSpan {
  readonly traceID?: string;
  readonly spanID?: string;
  readonly operationName?: string;
  readonly references?:
    | readonly { readonly refType?: string; readonly traceID?: string; readonly spanID?: string }[]
    | null;
  /** Unix microseconds. */
  readonly startTime?: number;
  readonly duration?: number;
  readonly tags?: readonly JaegerTag[] | null;
  readonly processID?: string;
}

interface JaegerProcess {
  readonly serviceName?: string;
  readonly tags?: readonly JaegerTag[] | null;
}

interface JaegerTag {
  readonly key?: string;
  readonly value?: unknown;
}

type Attributes = Record<string, string | number | boolean>;

const kinds: ReadonlySet<string> = new Set(["internal", "server", "client", "producer", "consumer"]);

/** Jaeger's view of a trace, as the analysis wants it. Null when it has no spans. */
export function toTrace(trace: JaegerTrace): Trace | null {
  const spans = (trace.spans ?? []).flatMap((span) => toSpan(span, trace) ?? []);
  const traceId = trace.traceID ?? spans[0]?.traceId;
  return traceId === undefined || spans.length === 0 ? null : { traceId, spans };
}

function toSpan(span: JaegerSpan, trace: JaegerTrace): Span | null {
  const traceId = span.traceID ?? trace.traceID;
  if (traceId === undefined || span.spanID === undefined || typeof span.startTime !== "number") return null;
  const owner = trace.processes?.[span.processID ?? ""];
  const attributes = attributesOf(span.tags);
  return {
    traceId,
    spanId: span.spanID,
    parentSpanId: parentOf(span, traceId),
    service: owner?.serviceName ?? "unknown",
    instance: instanceOf(attributesOf(owner?.tags)),
    name: span.operationName ?? "",
    kind: kindOf(attributes),
    startUs: span.startTime,
    durationUs: Math.max(0, span.duration ?? 0),
    error: attributes.error === true || attributes.error === "true" || attributes["otel.status_code"] === "ERROR",
    attributes,
  };
}

/** A parent is a CHILD_OF in the same trace; a span link comes as FOLLOWS_FROM, and so do some tracers' parents. */
function parentOf({ references }: JaegerSpan, traceId: string): string | null {
  const inTrace = (references ?? []).filter(
    (reference) => reference.traceID === traceId && reference.spanID !== undefined,
  );
  const parent = inTrace.find((reference) => reference.refType === "CHILD_OF");
  return parent?.spanID ?? null;
}

function kindOf(attributes: Attributes): SpanKind {
  const kind = String(attributes["span.kind"] ?? "internal");
  return kinds.has(kind) ? (kind as SpanKind) : "internal";
}

function instanceOf(resource: Attributes): string {
  const id = resource["service.instance.id"] ?? resource["k8s.pod.name"] ?? resource["host.name"] ?? resource.hostname;
  return id === undefined ? "" : String(id);
}

function attributesOf(tags: readonly JaegerTag[] | null | undefined): Attributes {
  const attributes: Attributes = {};
  for (const { key, value } of tags ?? []) {
    if (key === undefined) continue;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") attributes[key] = value;
  }
  return attributes;
}
