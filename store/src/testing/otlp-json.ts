import { type Batch, jsonToProtobuf, readBatch, type Signal } from "@venturi/otlp";

/** A batch from an OTLP/JSON export request, the form that is readable in a test. */
export function batchFromJson(signal: Signal, request: object): Batch {
  return readBatch(signal, jsonToProtobuf(signal, Buffer.from(JSON.stringify(request))));
}

/** OTLP/JSON attributes; an object gives the AnyValue itself, for what JavaScript cannot tell apart. */
export function attributes(values: Record<string, string | number | boolean | object>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean | object): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return value;
}

export interface TestSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** OTLP number. Default 2, server. */
  readonly kind?: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes?: Record<string, string | number | boolean | object>;
  readonly events?: object[];
  readonly links?: object[];
  readonly status?: object;
}

/** Spans of one service. */
export function spansOf(service: string, spans: readonly TestSpan[], resource: Record<string, string> = {}): Batch {
  const scope = { name: "test-scope", version: "1.2.3" };
  return batchFromJson("traces", {
    resourceSpans: [
      {
        resource: { attributes: attributes({ "service.name": service, ...resource }) },
        scopeSpans: [{ scope, spans: spans.map(jsonSpan) }],
      },
    ],
  });
}

function jsonSpan(span: TestSpan): object {
  const { startMs, durationMs, attributes: values, ...rest } = span;
  return {
    kind: 2,
    ...rest,
    startTimeUnixNano: String(BigInt(startMs) * 1_000_000n),
    endTimeUnixNano: String(BigInt(startMs + durationMs) * 1_000_000n),
    attributes: attributes(values ?? {}),
  };
}
