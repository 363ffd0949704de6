import { type Batch, forEachSpan, readBatch } from "@venturi/otlp";
import { requestBytes } from "./telemetry.test.fixture.js";

/** A span of a test, in short. Times are milliseconds after a fixed moment. */
export interface ShortSpan {
  /** Number of the trace. */
  readonly trace: number;
  readonly id?: number;
  /** Number of the parent; 0, or none: a root. */
  readonly parent?: number;
  readonly name?: string;
  readonly kind?: number;
  readonly start?: number;
  readonly end?: number;
  readonly status?: "UNSET" | "OK" | "ERROR";
  readonly flags?: number;
  readonly traceState?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface ShortResource {
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly spans: readonly ShortSpan[];
}

const EPOCH_NANO = 1_700_000_000_000_000_000n;

export function traceIdOf(trace: number): string {
  // Spread over all four words, so that tables have something to hash.
  return `${hex(trace * 2654435761, 8)}${hex(trace ^ 0x5bd1e995, 8)}${hex(trace * 40503, 8)}${hex(trace, 8)}`;
}

/** An OTLP/JSON export request; each resource has one scope. */
export function spansJson(resources: readonly ShortResource[]): object {
  return {
    resourceSpans: resources.map(({ attributes = { "service.name": "shop" }, spans }) => ({
      resource: { attributes: keyValues(attributes) },
      scopeSpans: [{ scope: { name: "test" }, spans: spans.map(spanJson) }],
    })),
  };
}

export function spansBatch(resources: readonly ShortResource[]): Batch {
  return readBatch("traces", requestBytes("traces", spansJson(resources)));
}

/** `trace number → span names`, of spans made by `spansJson`. */
export function spansByTrace(batches: readonly Batch[]): Record<number, string[]> {
  const result: Record<number, string[]> = {};
  for (const batch of batches) {
    forEachSpan(batch, (span) => {
      const trace = Number.parseInt(span.traceId.slice(24), 16);
      (result[trace] ??= []).push(span.name);
    });
  }
  return result;
}

function spanJson(span: ShortSpan, index: number): object {
  const at = (ms: number): string => String(EPOCH_NANO + BigInt(Math.round(ms * 1e6)));
  return {
    traceId: traceIdOf(span.trace),
    spanId: hex(span.id ?? span.trace * 1000 + index + 1, 16),
    ...(span.parent === undefined || span.parent === 0 ? {} : { parentSpanId: hex(span.parent, 16) }),
    name: span.name ?? `s${index}`,
    kind: span.kind ?? 1,
    startTimeUnixNano: at(span.start ?? 0),
    endTimeUnixNano: at(span.end ?? (span.start ?? 0) + 1),
    status: { code: ["UNSET", "OK", "ERROR"].indexOf(span.status ?? "UNSET") },
    ...(span.flags === undefined ? {} : { flags: span.flags }),
    ...(span.traceState === undefined ? {} : { traceState: span.traceState }),
    attributes: keyValues(span.attributes ?? {}),
  };
}

/** Integers become int values and other numbers doubles. */
function keyValues(attributes: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return {};
}

function hex(value: number, length: number): string {
  return (BigInt(Math.trunc(value)) & ((1n << BigInt(length * 4)) - 1n)).toString(16).padStart(length, "0");
}
