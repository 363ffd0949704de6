import type { Span, Trace } from "./api/jaeger.js";

/** One line of the waterfall. */
export interface Row {
  readonly span: Span;
  readonly service: string;
  readonly depth: number;
  /** Spans below this one, at all levels. */
  readonly descendants: number;
  readonly error: boolean;
  /** Where the bar starts and how wide it is, as shares of the trace's duration. */
  readonly offset: number;
  readonly width: number;
}

export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootOperation: string;
  /** Microseconds since 1970. */
  readonly startUs: number;
  /** From the first start to the last end: asynchronous work makes it longer than anybody waited. */
  readonly durationUs: number;
  /** What the caller waited for. */
  readonly rootDurationUs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  /** Span count by service, in the order of the tree. */
  readonly services: ReadonlyMap<string, number>;
}

/** A span that failed, in OpenTelemetry's or in OpenTracing's words. */
export function failed(span: Span): boolean {
  return span.tags.some(
    ({ key, value }) =>
      (key === "error" && String(value) === "true") || (key === "otel.status_code" && value === "ERROR"),
  );
}

/** The service that a span belongs to. */
export function serviceOf(trace: Trace, span: Span): string {
  return trace.processes[span.processID]?.serviceName ?? "(unknown service)";
}

function extent(trace: Trace): { startUs: number; endUs: number } {
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = Number.NEGATIVE_INFINITY;
  for (const { startTime, duration } of trace.spans) {
    startUs = Math.min(startUs, startTime);
    endUs = Math.max(endUs, startTime + duration);
  }
  return { startUs, endUs };
}

/** What a list of traces shows of one. */
export function summarize(trace: Trace): TraceSummary {
  const { startUs, endUs } = extent(trace);
  const rows = buildRows(trace);
  const root = rows[0];
  const services = new Map<string, number>();
  for (const { service } of rows) services.set(service, (services.get(service) ?? 0) + 1);
  return {
    traceId: trace.traceID,
    rootService: root?.service ?? "",
    rootOperation: root?.span.operationName ?? "(no spans)",
    startUs,
    durationUs: Math.max(0, endUs - startUs),
    rootDurationUs: root?.span.duration ?? 0,
    spanCount: trace.spans.length,
    errorCount: trace.spans.filter(failed).length,
    services,
  };
}

/**
 * Orders spans as a tree: a parent before its children, siblings by start. Spans whose parent did not arrive are roots;
 * spans that are each other's parents (broken instrumentation) are shown as roots too, so that none is lost.
 */
export function buildRows(trace: Trace): Row[] {
  const { startUs, endUs } = extent(trace);
  const total = Math.max(1, endUs - startUs);
  const present = new Set(trace.spans.map((span) => span.spanID));
  const children = new Map<string, Span[]>();
  const roots: Span[] = [];
  for (const span of trace.spans.toSorted((a, b) => a.startTime - b.startTime)) {
    const parent = parentOf(trace, span);
    if (parent === undefined || !present.has(parent)) roots.push(span);
    else if (!children.get(parent)?.push(span)) children.set(parent, [span]);
  }

  const rows: Row[] = [];
  const seen = new Set<string>();
  function visit(root: Span): void {
    const stack: { span: Span; depth: number }[] = [{ span: root, depth: 0 }];
    for (let next = stack.pop(); next; next = stack.pop()) {
      const { span, depth } = next;
      if (seen.has(span.spanID)) continue;
      seen.add(span.spanID);
      rows.push({
        span,
        depth,
        service: serviceOf(trace, span),
        descendants: 0,
        error: failed(span),
        offset: (span.startTime - startUs) / total,
        width: span.duration / total,
      });
      for (const child of children.get(span.spanID)?.toReversed() ?? []) stack.push({ span: child, depth: depth + 1 });
    }
  }
  for (const root of roots) visit(root);
  for (const span of trace.spans) visit(span);
  return countDescendants(rows);
}

function parentOf(trace: Trace, span: Span): string | undefined {
  return span.references.find((ref) => ref.refType === "CHILD_OF" && ref.traceID === trace.traceID)?.spanID;
}

/** In a pre-order list the descendants of a row are the rows up to the next one that is not deeper. */
function countDescendants(rows: readonly Row[]): Row[] {
  const counts = new Array<number>(rows.length).fill(0);
  const open: number[] = [];
  const closeDownTo = (depth: number, end: number): void => {
    while (open.length > depth) {
      const index = open.pop() ?? 0;
      counts[index] = end - index - 1;
    }
  };
  for (const [index, row] of rows.entries()) {
    closeDownTo(row.depth, index);
    open.push(index);
  }
  closeDownTo(0, rows.length);
  return rows.map((row, index) => ({ ...row, descendants: counts[index] ?? 0 }));
}

/** The rows that are visible when the spans in `folded` show nothing below them. */
export function visibleRows(rows: readonly Row[], folded: ReadonlySet<string>): Row[] {
  const visible: Row[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!row) break;
    visible.push(row);
    if (folded.has(row.span.spanID)) i += row.descendants;
  }
  return visible;
}
