import type { Span, SpanKind, Trace } from "../model.js";

/** A span as tests write it: milliseconds from the trace's start. */
export interface SpanSketch {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly service?: string;
  readonly kind?: SpanKind;
  readonly children?: readonly SpanSketch[];
  /** The span's parent is not in the trace. */
  readonly lostParent?: boolean;
  readonly error?: boolean;
  readonly attributes?: Span["attributes"];
}

const epochUs = 1_700_000_000_000_000;

/** A trace drawn as a tree. A child's service is its parent's unless it says otherwise; names serve as span ids. */
export function sketch(root: SpanSketch, ...lost: readonly SpanSketch[]): Trace {
  const spans: Span[] = [];
  const add = (span: SpanSketch, parent: SpanSketch | null, service: string): void => {
    const own = span.service ?? service;
    spans.push({
      traceId: "t",
      spanId: span.name,
      parentSpanId: span.lostParent === true ? "lost" : (parent?.name ?? null),
      service: own,
      instance: `${own}-1`,
      name: span.name,
      kind: span.kind ?? "internal",
      startUs: epochUs + span.from * 1000,
      durationUs: (span.to - span.from) * 1000,
      error: span.error ?? false,
      attributes: span.attributes ?? {},
    });
    for (const child of span.children ?? []) add(child, span, own);
  };
  add(root, null, "web");
  for (const span of lost) add({ ...span, lostParent: true }, null, "web");
  return { traceId: "t", spans };
}
