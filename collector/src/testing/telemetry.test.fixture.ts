import { type Batch, jsonToProtobuf, readBatch, type Signal } from "@venturi/otlp";

export interface TestSpan {
  readonly name?: string;
  readonly service?: string;
  readonly kind?: number;
  readonly status?: number;
  readonly durationMs?: number;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly resource?: Readonly<Record<string, string>>;
}

const START_NANO = 1_700_000_000_000_000_000n;

/** An export request of one resource per span, as OTLP/JSON. */
export function tracesJson(spans: readonly TestSpan[]): object {
  return {
    resourceSpans: spans.map((span, index) => ({
      resource: { attributes: attributes({ "service.name": span.service ?? "shop", ...span.resource }) },
      scopeSpans: [
        {
          spans: [
            {
              traceId: hex(index + 1, 32),
              spanId: hex(index + 1, 16),
              name: span.name ?? "GET /",
              kind: span.kind ?? 2,
              startTimeUnixNano: String(START_NANO),
              endTimeUnixNano: String(START_NANO + BigInt(Math.round((span.durationMs ?? 1) * 1e6))),
              status: { code: span.status ?? 0 },
              attributes: attributes(span.attributes ?? {}),
            },
          ],
        },
      ],
    })),
  };
}

export function tracesBytes(spans: readonly TestSpan[]): Uint8Array {
  return jsonToProtobuf("traces", Buffer.from(JSON.stringify(tracesJson(spans))));
}

export function tracesBatch(spans: readonly TestSpan[]): Batch {
  return readBatch("traces", tracesBytes(spans));
}

/** `count` spans of one service. */
export function someSpans(count: number, name = "GET /"): Batch {
  return tracesBatch(Array.from({ length: count }, () => ({ name })));
}

/** Any request as bytes. */
export function requestBytes(signal: Signal, json: object): Uint8Array {
  return jsonToProtobuf(signal, Buffer.from(JSON.stringify(json)));
}

export function gaugeJson(
  name: string,
  value: number,
  resource: Record<string, string> = { "service.name": "shop" },
): object {
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributes(resource) },
        scopeMetrics: [
          { metrics: [{ name, gauge: { dataPoints: [{ asDouble: value, timeUnixNano: String(START_NANO) }] } }] },
        ],
      },
    ],
  };
}

export function logsJson(bodies: readonly string[]): object {
  return {
    resourceLogs: [
      {
        resource: { attributes: attributes({ "service.name": "shop" }) },
        scopeLogs: [{ logRecords: bodies.map((stringValue) => ({ body: { stringValue } })) }],
      },
    ],
  };
}

function attributes(values: Readonly<Record<string, string | number | boolean>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === "string"
        ? { stringValue: value }
        : typeof value === "number"
          ? { intValue: String(value) }
          : { boolValue: value },
  }));
}

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, "0");
}
