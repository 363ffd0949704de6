import type { StoredSpan } from "../../spans/stored-span.js";
import { adjustTrace, parentIdOf } from "../jaeger/jaeger-adjust.js";
import { type JaegerSpan, type JaegerTag, toJaegerSpans } from "../jaeger/jaeger-model.js";
import type { AnalysisSpan } from "./trace-analysis.js";

/** The spans of a trace as Jaeger shows them, each once and with an id of its own, and with their own clocks. */
export function analysisSpans(spans: readonly StoredSpan[]): AnalysisSpan[] {
  return adjustTrace(toJaegerSpans(spans), 0n).map(analysisSpan);
}

function analysisSpan(span: JaegerSpan): AnalysisSpan {
  const attributes = Object.fromEntries(span.tags.map((tag) => [tag.key, tag.value]));
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: parentIdOf(span) || null,
    service: span.process.serviceName,
    instance: textOf(span.process.tags, "service.instance.id"),
    name: span.operationName,
    kind: textOf(span.tags, "span.kind") || "internal",
    startUs: Number(span.startNs / 1000n),
    durationUs: Number(span.durationNs / 1000n),
    error: attributes.error === true,
    attributes,
  };
}

function textOf(tags: readonly JaegerTag[], key: string): string {
  return String(tags.find((tag) => tag.key === key)?.value ?? "");
}
