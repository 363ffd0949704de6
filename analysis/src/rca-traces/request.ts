import type { Span, Trace } from "../model.js";
import { criticalPath } from "../trace/critical-path.js";
import type { SpanNode } from "../trace/span-node.js";
import { buildTree } from "../trace/tree.js";
import type { TraceSpan } from "./model.js";
import { distinctPatterns, type Pattern } from "./pattern.js";

/** Where a request's time can go: the way between two services and back, or a service's work on one of its operations. */
export type Place =
  | { readonly kind: "link"; readonly caller: string; readonly callee: string }
  | { readonly kind: "work"; readonly service: string; readonly entry: string };

export interface Request {
  readonly startUs: number;
  /** Time on the critical path, by place. */
  readonly timeUs: ReadonlyMap<string, number>;
  /** What it did at each operation that it came to; the same thing once. */
  readonly patterns: readonly Pattern[];
}

export function placeKey(place: Place): string {
  return JSON.stringify(
    place.kind === "link" ? [place.kind, place.caller, place.callee] : [place.kind, place.service, place.entry],
  );
}

export function placeOf(key: string): Place {
  const [kind, first = "", second = ""] = JSON.parse(key) as string[];
  return kind === "link" ? { kind, caller: first, callee: second } : { kind: "work", service: first, entry: second };
}

/** Groups spans by trace and owes every microsecond of each request to the place that it was spent at. */
export function requestsOf(spans: readonly TraceSpan[]): Request[] {
  const byTrace = new Map<string, Map<string, TraceSpan>>();
  for (const span of spans) {
    const trace = byTrace.get(span.traceId) ?? new Map<string, TraceSpan>();
    // Exporters retry: a span that comes twice is one span.
    if (!trace.has(span.spanId)) trace.set(span.spanId, span);
    byTrace.set(span.traceId, trace);
  }
  const requests: Request[] = [];
  for (const [traceId, byId] of byTrace) {
    const own = [...byId.values()];
    const tree = buildTree(asTrace(traceId, own));
    if (tree === null) continue;
    const timeUs = new Map<string, number>();
    for (const { node, startUs, endUs } of criticalPath(tree)) {
      const key = placeKey(placeOfNode(node));
      timeUs.set(key, (timeUs.get(key) ?? 0) + endUs - startUs);
    }
    requests.push({ startUs: tree.root.startUs, timeUs, patterns: distinctPatterns(own) });
  }
  return requests;
}

/** The spans carry no kind: one whose parent is another service's answers a call, and that parent is the call. */
function asTrace(traceId: string, spans: readonly TraceSpan[]): Trace {
  const service = new Map(spans.map((span) => [span.spanId, span.service]));
  const calls = new Set<string>();
  const answers = (span: TraceSpan): boolean => {
    const caller = span.parentSpanId === null ? undefined : service.get(span.parentSpanId);
    return caller !== undefined && caller !== span.service;
  };
  for (const span of spans) if (span.parentSpanId !== null && answers(span)) calls.add(span.parentSpanId);
  return {
    traceId,
    spans: spans.map((span): Span => {
      const { spanId, parentSpanId, startUs, durationUs, operation } = span;
      const kind = calls.has(spanId) ? "client" : answers(span) ? "server" : "internal";
      const shared = { traceId, spanId, parentSpanId, startUs, durationUs, service: span.service, name: operation };
      return { ...shared, kind, instance: "", error: false, attributes: {} };
    }),
  };
}

/** Time that a call spends outside its callee belongs to the way between the two; all else is the service's own work. */
function placeOfNode(node: SpanNode): Place {
  const { service } = node.span;
  const callee = node.children.find((child) => child.span.service !== service);
  if (callee !== undefined) return { kind: "link", caller: service, callee: callee.span.service };
  let entry = node;
  while (entry.parent !== null && entry.parent.span.service === service) entry = entry.parent;
  return { kind: "work", service, entry: entry.span.name };
}
