import type { JaegerProcess, JaegerSpan, JaegerTag } from "./jaeger-model.js";
import { shownTraceId } from "./jaeger-parameters.js";

interface JsonProcess {
  readonly serviceName: string;
  readonly tags: readonly JaegerTag[];
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly object[];
  readonly processes: Readonly<Record<string, JsonProcess>>;
  readonly warnings: null;
}

/** One trace as Jaeger's query service answers it. */
export function jaegerTrace(spans: readonly JaegerSpan[]): JaegerTrace {
  const processes: Record<string, JsonProcess> = {};
  const processIds = new Map<string, string>();
  const known = new Map<JaegerProcess, string>();
  const jsonSpans = spans.map((span) => {
    let processId = known.get(span.process);
    if (processId === undefined) {
      const { serviceName, tags } = span.process;
      const key = JSON.stringify([serviceName, tags]);
      processId = processIds.get(key) ?? `p${processIds.size + 1}`;
      processIds.set(key, processId);
      processes[processId] = { serviceName, tags };
      known.set(span.process, processId);
    }
    return jsonSpan(span, processId);
  });
  return { traceID: shownTraceId(spans[0]?.traceId ?? ""), spans: jsonSpans, processes, warnings: null };
}

/** Times are microseconds. */
function jsonSpan(span: JaegerSpan, processId: string): object {
  return {
    traceID: shownTraceId(span.traceId),
    spanID: span.spanId,
    operationName: span.operationName,
    references: span.references.map(({ refType, traceId, spanId }) => ({
      refType,
      traceID: shownTraceId(traceId),
      spanID: spanId,
    })),
    startTime: Number(span.startNs / 1000n),
    duration: Number(span.durationNs / 1000n),
    tags: span.tags,
    logs: span.logs.map(({ timeNs, fields }) => ({ timestamp: Number(timeNs / 1000n), fields })),
    processID: processId,
    warnings: span.warnings.length === 0 ? null : span.warnings,
  };
}
