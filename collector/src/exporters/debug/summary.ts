import type { Signal } from "@venturi/otlp";
import { dataOf, type Json, list } from "./json.js";

/** How much is in a request, in upstream's words. */
export function summaryOf(signal: Signal, request: Json): Readonly<Record<string, number>> {
  if (signal === "traces") {
    const { resources, items } = count(request, "resourceSpans", "scopeSpans", "spans");
    return { "resource spans": resources, spans: items.length };
  }
  if (signal === "logs") {
    const { resources, items } = count(request, "resourceLogs", "scopeLogs", "logRecords");
    return { "resource logs": resources, "log records": items.length };
  }
  const { resources, items } = count(request, "resourceMetrics", "scopeMetrics", "metrics");
  const points = items.reduce((sum, metric) => sum + (dataOf(metric)?.points.length ?? 0), 0);
  return { "resource metrics": resources, metrics: items.length, "data points": points };
}

function count(request: Json, resources: string, scopes: string, items: string): { resources: number; items: Json[] } {
  const all = list(request[resources]);
  return {
    resources: all.length,
    items: all.flatMap((resource) => list(resource[scopes]).flatMap((scope) => list(scope[items]))),
  };
}
