import { getJson } from "./http.js";

export interface Tag {
  readonly key: string;
  readonly value: string | number | boolean;
}

export interface Span {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
  /** Microseconds since 1970. */
  readonly startTime: number;
  /** Microseconds. */
  readonly duration: number;
  readonly tags: readonly Tag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly Tag[] }[];
  readonly processID: string;
  readonly warnings?: readonly string[] | null;
}

export interface Trace {
  readonly traceID: string;
  readonly spans: readonly Span[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags?: readonly Tag[] }>>;
}

interface Answer<T> {
  readonly data: T | null;
}

/** The names of all services that sent spans, sorted. */
export async function readServices(signal: AbortSignal): Promise<string[]> {
  const { data } = await getJson<Answer<string[]>>("/api/services", signal);
  return (data ?? []).toSorted();
}

/** The span names of a service, sorted. */
export async function readOperations(service: string, signal: AbortSignal): Promise<string[]> {
  const path = `/api/services/${encodeURIComponent(service)}/operations`;
  const { data } = await getJson<Answer<string[]>>(path, signal);
  return (data ?? []).toSorted();
}

/** What to look for; empty strings do not restrict. */
export interface TraceQuery {
  readonly service: string;
  readonly operation: string;
  /** `key=value` pairs, see {@link parseTags}. */
  readonly tags: string;
  /** Only traces with a failed span. */
  readonly errors: boolean;
  /** As Go writes durations: `100ms`, `1.5s`. */
  readonly minDuration: string;
  readonly maxDuration: string;
  readonly limit: string;
  /** How far back, in seconds. */
  readonly lookbackS: number;
}

/** Finds traces. Throws when the tags cannot be read. */
export async function findTraces(query: TraceQuery, signal: AbortSignal): Promise<Trace[]> {
  const endUs = Date.now() * 1000;
  const parameters = new URLSearchParams({
    service: query.service,
    limit: query.limit,
    start: String(endUs - query.lookbackS * 1_000_000),
    end: String(endUs),
  });
  if (query.operation) parameters.set("operation", query.operation);
  if (query.minDuration) parameters.set("minDuration", query.minDuration.replaceAll(" ", ""));
  if (query.maxDuration) parameters.set("maxDuration", query.maxDuration.replaceAll(" ", ""));
  const tags = parseTags(query.tags);
  if (query.errors) tags.error = "true";
  if (Object.keys(tags).length > 0) parameters.set("tags", JSON.stringify(tags));
  const { data } = await getJson<Answer<Trace[]>>(`/api/traces?${parameters}`, signal);
  return data ?? [];
}

/** One trace, or null when the store does not have it. */
export async function readTrace(id: string, signal: AbortSignal): Promise<Trace | null> {
  const response = await fetch(`/api/traces/${encodeURIComponent(id)}`, { signal });
  if (response.status === 404 || response.status === 400) return null;
  if (!response.ok) throw new Error(`/api/traces answered ${response.status}`);
  const { data } = (await response.json()) as Answer<Trace[]>;
  return data?.[0] ?? null;
}

/**
 * Reads `error=true http.route="/a b"` into an object.
 * @throws with the part that is not of the form key=value
 */
export function parseTags(text: string): Record<string, string> {
  const tags: Record<string, string> = {};
  const pair = /\s*([^\s=]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))(?=\s|$)/y;
  const end = text.trimEnd().length;
  while (pair.lastIndex < end) {
    const at = pair.lastIndex;
    const match = pair.exec(text);
    if (!match) throw new Error(`cannot read the tags at "${text.slice(at).trim()}": write key=value or key="a value"`);
    tags[match[1] ?? ""] = match[2]?.replace(/\\(.)/g, "$1") ?? match[3] ?? "";
  }
  return tags;
}
