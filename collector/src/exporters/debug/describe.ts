import type { Signal } from "@venturi/otlp";

type Json = Readonly<Record<string, unknown>>;

export interface Description {
  readonly summary: Readonly<Record<string, number>>;
  /** One per item; empty for basic verbosity. */
  readonly lines: readonly string[];
}

const NAMES = {
  traces: { resources: "resourceSpans", scopes: "scopeSpans", items: "spans", words: "resource spans" },
  metrics: { resources: "resourceMetrics", scopes: "scopeMetrics", items: "metrics", words: "resource metrics" },
  logs: { resources: "resourceLogs", scopes: "scopeLogs", items: "logRecords", words: "resource logs" },
} as const;

/** What a batch holds, from its OTLP/JSON form, in the words of the Collector's debug exporter. */
export function describeBatch(signal: Signal, request: Json, verbosity: "basic" | "normal" | "detailed"): Description {
  const names = NAMES[signal];
  const resources = list(request[names.resources]);
  const items = resources.flatMap((resource) =>
    list(resource[names.scopes]).flatMap((scope) =>
      list(scope[names.items]).map((item) => ({ resource, scope, item })),
    ),
  );
  const word = signal === "traces" ? "spans" : signal === "metrics" ? "metrics" : "log records";
  const summary: Record<string, number> = { [names.words]: resources.length, [word]: items.length };
  if (signal === "metrics") summary["data points"] = items.reduce((sum, { item }) => sum + pointsOf(item).length, 0);
  if (verbosity === "basic") return { summary, lines: [] };
  const lines = items.map(({ resource, scope, item }) =>
    verbosity === "normal"
      ? oneLine(signal, item)
      : JSON.stringify({ resource: resource.resource, scope: scope.scope, ...item }),
  );
  return { summary, lines };
}

function oneLine(signal: Signal, item: Json): string {
  if (signal === "traces") return `${item.name} ${item.traceId} ${item.spanId}${attributes(item)}`;
  if (signal === "logs") return `${value(item.body)}${attributes(item)}`;
  const points = pointsOf(item).map((point) => {
    const amount = point.asDouble ?? point.asInt ?? `count=${point.count} sum=${point.sum}`;
    return `${attributes(point)} ${amount}`.trim();
  });
  return `${item.name}{${points.join("; ")}}`;
}

function pointsOf(metric: Json): readonly Json[] {
  for (const kind of ["gauge", "sum", "histogram", "exponentialHistogram", "summary"]) {
    const data = metric[kind] as Json | undefined;
    if (data !== undefined) return list(data.dataPoints);
  }
  return [];
}

function attributes(item: Json): string {
  const pairs = list(item.attributes).map(({ key, value: any }) => `${key}=${value(any)}`);
  return pairs.length === 0 ? "" : ` ${pairs.join(" ")}`;
}

/** An AnyValue in short: the one field that it has. */
function value(any: unknown): string {
  const inner = Object.values((any ?? {}) as Json)[0];
  return typeof inner === "object" ? JSON.stringify(inner) : String(inner ?? "");
}

function list(items: unknown): readonly Json[] {
  return Array.isArray(items) ? (items as Json[]) : [];
}
