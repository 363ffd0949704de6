import { inOrder } from "../otlp-json.js";

type Json = Record<string, unknown>;

/**
 * An answer of Jaeger's API with everything in order whose order Jaeger leaves to chance (Go's maps): services,
 * operations, dependencies, spans, and with the spans the numbers of processes and who of two equals has a warning.
 */
export function normalForm(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const { data, result, services, operations, metrics } = body as Json;
  if (Array.isArray(data)) return { ...body, data: data.map(normalItem).sort(byText) };
  if (typeof result === "object" && result !== null) return { ...body, result: normalOtlp(result as Json) };
  if (Array.isArray(services)) return { ...body, services: [...services].sort() };
  if (Array.isArray(operations)) return { ...body, operations: [...operations].sort(byText) };
  if (Array.isArray(metrics)) return { ...body, metrics: metrics.map(normalMetric).sort(byText) };
  return body;
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function normalItem(item: unknown): unknown {
  if (typeof item !== "object" || item === null || !("spans" in item)) return inOrder(item);
  const { spans, processes, ...trace } = item as { spans: Json[]; processes: Record<string, unknown> };
  return {
    ...trace,
    spans: spans
      .map(({ processID, ...span }) => withSharedWarnings({ ...span, process: processes[processID as string] }))
      .sort(byText),
    processCount: Object.keys(processes).length,
  };
}

/** The second of two spans with one id gets a warning, and which is the second is chance. */
const duplicateWarning = "duplicate span IDs; skipping clock skew adjustment";

function withSharedWarnings(span: Json): Json {
  const warnings = (span.warnings as string[] | null)?.filter((warning) => warning !== duplicateWarning) ?? [];
  return { ...span, warnings: warnings.length === 0 ? null : warnings };
}

/** Every span with its resource and scope. Jaeger's storage in memory loses the schemas' URLs, the store keeps them. */
function normalOtlp({ resourceSpans }: Json): unknown {
  const spans: unknown[] = [];
  for (const { scopeSpans = [], schemaUrl: _, ...resource } of (resourceSpans ?? []) as Json[]) {
    for (const { spans: inner = [], schemaUrl: __, ...scope } of scopeSpans as Json[]) {
      for (const span of inner as Json[]) spans.push({ resource, scope, span });
    }
  }
  return spans.map(inOrder).sort(byText);
}

function normalMetric(metric: unknown): unknown {
  const { labels, ...rest } = metric as { labels: unknown[] };
  return { labels: [...labels].sort(byText), ...rest };
}
