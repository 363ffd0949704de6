import { readFile } from "node:fs/promises";

interface KeyValue {
  readonly key: string;
  readonly value: unknown;
}

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes?: readonly KeyValue[];
  readonly [field: string]: unknown;
}

interface TracesJson {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans?: readonly { readonly scope?: unknown; readonly spans?: readonly JsonSpan[] }[];
  }[];
}

/**
 * The spans in the files that an OpenTelemetry Collector's `file` exporter wrote (one OTLP/JSON request a line), each
 * as one canonical text with its resource and scope, so that two collections can be compared whole. The line being
 * written at the moment is left out.
 */
export async function spansInFile(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8");
  const requests = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TracesJson);
  const spans = requests.flatMap((request) =>
    (request.resourceSpans ?? []).flatMap((resourceSpans) =>
      (resourceSpans.scopeSpans ?? []).flatMap((scopeSpans) =>
        (scopeSpans.spans ?? []).map((span) =>
          JSON.stringify({ resource: resourceSpans.resource?.attributes ?? [], scope: scopeSpans.scope ?? {}, span }),
        ),
      ),
    ),
  );
  return spans.sort();
}

/** As `spansInFile`, with the keys of every object and the attributes of every list in order: for maps without one. */
export async function sortedSpansInFile(path: string): Promise<string[]> {
  const spans = await spansInFile(path);
  return spans.map((span) => JSON.stringify(inOrder(JSON.parse(span)))).sort();
}

/** The same value with the keys of objects and the attributes of lists in order. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    const keyed = items.every((item) => typeof item === "object" && item !== null && "key" in item && "value" in item);
    const keyOf = (item: unknown): string => String((item as KeyValue).key);
    return keyed ? items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}
