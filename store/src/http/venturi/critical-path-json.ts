import type { AnalysisSegment, AnalysisTree } from "./trace-analysis.js";

/** The critical path of a trace for `/api/venturi/traces/{id}/critical-path` (docs/store/jaeger-api.md). */
export function criticalPathJson(traceId: string, tree: AnalysisTree, segments: readonly AnalysisSegment[]): object {
  const durationUs = tree.root.endUs - tree.root.startUs;
  return {
    traceId,
    rootSpanId: tree.root.span.spanId,
    service: tree.root.span.service,
    operation: tree.root.span.name,
    startUs: tree.root.startUs,
    durationUs,
    segments: segments.map(({ node, startUs, endUs }) => ({
      spanId: node.span.spanId,
      service: node.span.service,
      operation: node.span.name,
      startUs,
      durationUs: endUs - startUs,
    })),
    operations: byOperation(segments, durationUs),
    orphans: tree.orphans,
    clocksCorrected: tree.skewCorrected,
    asynchronousSpans: tree.asynchronous.length,
  };
}

function byOperation(segments: readonly AnalysisSegment[], totalUs: number): object[] {
  const operations = new Map<string, { service: string; operation: string; durationUs: number }>();
  for (const { node, startUs, endUs } of segments) {
    const { service, name: operation } = node.span;
    const key = JSON.stringify([service, operation]);
    const known = operations.get(key) ?? { service, operation, durationUs: 0 };
    operations.set(key, { ...known, durationUs: known.durationUs + endUs - startUs });
  }
  return [...operations.values()]
    .sort((a, b) => b.durationUs - a.durationUs)
    .map((one) => ({ ...one, share: totalUs === 0 ? 0 : one.durationUs / totalUs }));
}
