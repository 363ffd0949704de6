import { jsonToProtobuf, protobufToJson, type Signal } from "@venturi/otlp";

const SIGNALS: Readonly<Record<string, Signal>> = {
  resourceSpans: "traces",
  resource_spans: "traces",
  resourceMetrics: "metrics",
  resource_metrics: "metrics",
  resourceLogs: "logs",
  resource_logs: "logs",
};

/** The signal of a request by its one field. @throws Error that says what was expected */
export function signalOf(json: Readonly<Record<string, unknown>>): Signal {
  for (const key of Object.keys(json)) {
    const signal = SIGNALS[key];
    if (signal !== undefined) return signal;
  }
  throw new Error("expected OTLP/JSON with resourceSpans, resourceMetrics or resourceLogs");
}

/** A request as bytes. @throws MalformedOtlpError */
export function toBytes(signal: Signal, json: unknown): Uint8Array {
  return jsonToProtobuf(signal, Buffer.from(JSON.stringify(withAttributeLists(json))));
}

/** The one form of a request: enums as numbers, 64-bit integers as texts, names in camel case. @throws MalformedOtlpError */
export function canonical(signal: Signal, json: unknown): unknown {
  return protobufToJson(signal, toBytes(signal, json));
}

/**
 * `attributes: { http.route: /cart, retries: 2 }` for short: lists of key and value as OTLP has them. What is a list already
 * stays.
 */
function withAttributeLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withAttributeLists);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key,
      ATTRIBUTE_FIELDS.has(key) && isMapping(inner) ? toKeyValues(inner) : withAttributeLists(inner),
    ]),
  );
}

const ATTRIBUTE_FIELDS: ReadonlySet<string> = new Set(["attributes", "filteredAttributes", "filtered_attributes"]);

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toKeyValues(mapping: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(mapping).map(([key, value]) => ({ key, value: toAnyValue(value) }));
}

function toAnyValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
  if (isMapping(value)) return { kvlistValue: { values: toKeyValues(value) } };
  return {};
}
