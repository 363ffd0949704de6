import type { TraceSpan } from "./model.js";

/** One span of an operation, and what it called: within itself, of databases, of other services. */
export interface Pattern {
  readonly service: string;
  readonly operation: string;
  /** Names of what it called, each once, in alphabetical order. */
  readonly calls: readonly string[];
  readonly below: readonly Pattern[];
  /** Spans at and below it. */
  readonly spans: number;
}

/** What a request did at each operation that it came to; one that did the same thing there several times says it once. */
export function distinctPatterns(spans: readonly TraceSpan[]): Pattern[] {
  const byKey = new Map(patternsOf(spans).map((at) => [`${at.operation}\n${patternKey(at)}`, at]));
  return [...byKey.values()];
}

/** A pattern for each span, as the parents tell them: what a request calls does not depend on how long it takes. */
function patternsOf(spans: readonly TraceSpan[]): Pattern[] {
  const below = new Map<string, TraceSpan[]>();
  const present = new Set(spans.map(({ spanId }) => spanId));
  const roots: TraceSpan[] = [];
  for (const span of spans) {
    const parent = span.parentSpanId;
    const siblings = parent === null || !present.has(parent) ? roots : below.get(parent);
    if (siblings !== undefined) siblings.push(span);
    else if (parent !== null) below.set(parent, [span]);
  }
  const all: Pattern[] = [];
  const visit = (span: TraceSpan): Pattern => {
    const patterns = (below.get(span.spanId) ?? []).map(visit);
    const calls = [...new Set(patterns.map((child) => callName(span, child)))].sort();
    const size = patterns.reduce((sum, child) => sum + child.spans, 1);
    const operation = `${span.service} ${span.operation}`;
    const pattern = { service: span.service, operation, calls, below: patterns, spans: size };
    all.push(pattern);
    return pattern;
  };
  for (const root of roots) visit(root);
  return all;
}

/** A call to another service is told by what answered it: client spans are often all named after the HTTP method. */
function callName(caller: TraceSpan, { operation, service, below }: Pattern): string {
  if (service !== caller.service) return operation;
  const answer = below.find((child) => child.service !== service);
  return answer === undefined ? operation : `${operation} > ${answer.operation}`;
}

/** The same for two spans that made the same calls, in whatever order. */
export function patternKey({ calls }: Pattern): string {
  return calls.join("\n");
}
