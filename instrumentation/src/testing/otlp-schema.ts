import protobuf from "protobufjs";

/** The messages of opentelemetry-proto 1.x, less the fields that no test reads. */
const schema = `
syntax = "proto3";
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; }
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Span { bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15; }
message Status { string message = 2; int32 code = 3; }
message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message Metric { string name = 1; string description = 2; string unit = 3; oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; } }
message Gauge { repeated NumberDataPoint data_points = 1; }
message Sum { repeated NumberDataPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
message NumberDataPoint { fixed64 time_unix_nano = 3; oneof value { double as_double = 4; sfixed64 as_int = 6; } repeated KeyValue attributes = 7; }
message HistogramDataPoint { fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5; repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated KeyValue attributes = 9; }
`;

const root = protobuf.parse(schema, { keepCase: false }).root;

export interface WireValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly WireValue[] };
}

export interface WireKeyValue {
  readonly key: string;
  readonly value?: WireValue;
}

export interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes?: readonly WireKeyValue[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

export interface WirePoint {
  readonly attributes?: readonly WireKeyValue[];
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly explicitBounds?: readonly number[];
}

export interface WireMetric {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints: readonly WirePoint[] };
  readonly sum?: { readonly dataPoints: readonly WirePoint[] };
  readonly histogram?: { readonly dataPoints: readonly WirePoint[] };
}

interface WireResource {
  readonly resource?: { readonly attributes?: readonly WireKeyValue[] };
}

export interface TraceRequest {
  readonly resourceSpans?: readonly (WireResource & {
    readonly scopeSpans: readonly { readonly scope?: { readonly name: string }; readonly spans: readonly WireSpan[] }[];
  })[];
}

export interface MetricsRequest {
  readonly resourceMetrics?: readonly (WireResource & {
    readonly scopeMetrics: readonly {
      readonly scope?: { readonly name: string };
      readonly metrics: readonly WireMetric[];
    }[];
  })[];
}

function decode<T>(type: string, bytes: Uint8Array): T {
  const message = root.lookupType(type);
  return message.toObject(message.decode(bytes), { longs: Number, bytes: Array }) as T;
}

const isBytes = (value: unknown): value is number[] => Array.isArray(value);

export function decodeTraces(bytes: Uint8Array): TraceRequest {
  const request = decode<TraceRequest>("ExportTraceServiceRequest", bytes);
  for (const span of (request.resourceSpans ?? []).flatMap((r) => r.scopeSpans).flatMap((s) => s.spans)) {
    const mutable = span as { -readonly [K in keyof WireSpan]: unknown };
    for (const field of ["traceId", "spanId", "parentSpanId"] as const) {
      const raw = mutable[field];
      if (isBytes(raw)) mutable[field] = Buffer.from(raw).toString("hex");
    }
  }
  return request;
}

export function decodeMetrics(bytes: Uint8Array): MetricsRequest {
  return decode<MetricsRequest>("ExportMetricsServiceRequest", bytes);
}
